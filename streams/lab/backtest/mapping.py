"""`mapping.yaml`: how the rows of an export become events of the contract.

```yaml
files:
  - match: "contacts*.csv"
    type: contact.added
    time_zone: Europe/Berlin        # of times without an offset
    columns:
      account_id: AccountId         # field of the event: column of the file
      occurred_at: CreatedDate
      contact_id: Id
      seniority: {column: Level, values: {CXO: c_level, VP: vp}, default: unknown}
      roles: {column: Roles, split: ";"}
    constants: {source_system: salesforce, discovered_via: crm}
```
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator

from schemas.registry import MESSAGES
from schemas.wire import STRUCTS
from streams.detection.catalog.problems import unknown_name
from streams.detection.catalog.yaml_files import Document, Loc, read_yaml, validated
from streams.lab.backtest.fields import fields_of, leaf
from streams.lab.backtest.problems import BadInput, InputProblem

Scalar: TypeAlias = str | int | float | bool | None


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Part):
    """Where a field's value is, and how it is read."""

    column: str
    values: dict[str, Scalar] | None = Field(
        default=None, description="text in the file -> value of the field"
    )
    default: Scalar = Field(default=None, description="for an empty cell, and for a text that `values` lacks")
    split: str | None = Field(
        default=None, min_length=1, description="what stands between the items of a list"
    )


class TypeColumn(_Part):
    """The column that says which event a row is."""

    column: str
    values: dict[str, str | None] | None = Field(
        default=None, description="text in the file -> type of event; null: the row is left out"
    )


class FileMapping(_Part):
    """One kind of file."""

    match: Annotated[str, Field(min_length=1, description="glob over the file's name")]
    type: str | TypeColumn
    columns: dict[str, str | Column] = Field(
        description="field of the event -> column; `products.0.tier` goes into a list"
    )
    constants: dict[str, Scalar | list[Scalar]] = Field(
        default_factory=dict, description="field -> the same in every row"
    )
    time_zone: str | None = Field(default=None, description="IANA name, for times without an offset")
    time_format: str | None = Field(
        default=None, description="strptime; epoch_s or epoch_ms; without it ISO 8601"
    )
    date_format: str | None = Field(default=None, description="strptime; without it YYYY-MM-DD")
    delimiter: str | None = Field(
        default=None, min_length=1, max_length=1, description="of a CSV; found out without it"
    )
    encoding: str = Field(default="utf-8", description="of a CSV")

    @field_validator("time_zone")
    @classmethod
    def _known(cls, name: str | None) -> str | None:
        try:
            if name is not None:
                ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("no such time zone; IANA names look like Europe/Berlin") from None
        return name

    @property
    def types(self) -> tuple[str, ...]:
        """The events that its rows can be; empty where the column says it as it stands."""
        if isinstance(self.type, str):
            return (self.type,)
        return tuple(sorted({name for name in (self.type.values or {}).values() if name}))


class Mapping(_Part):
    """All kinds of files; the first that matches a file's name counts."""

    files: Annotated[tuple[FileMapping, ...], Field(min_length=1)]

    def of(self, path: Path) -> FileMapping | None:
        """How this file is read; None where no entry matches its name."""
        return next((each for each in self.files if fnmatch(path.name, each.match)), None)


def read_mapping(path: Path) -> Mapping:
    """Raises CatalogError for a file that is no mapping, BadInput for types and fields that the contract lacks, each
    with its line."""
    document = read_yaml(path, str(path))
    mapping = validated(document, Mapping)
    problems = [
        problem for number, each in enumerate(mapping.files) for problem in _check(document, number, each)
    ]
    if problems:
        raise BadInput(problems)
    return mapping


def _check(document: Document, number: int, mapping: FileMapping) -> Iterator[InputProblem]:
    here: Loc = ("files", number)

    def wrong(loc: Loc, sentence: str) -> InputProblem:
        return InputProblem(document.name, sentence, document.line((*here, *loc)))

    for name in mapping.types:
        if name not in MESSAGES:
            yield wrong(("type",), unknown_name("type of event", name, sorted(MESSAGES)))
            continue
        fields = fields_of(STRUCTS[name])
        given = {path.partition(".")[0] for path in (*mapping.columns, *mapping.constants)}
        for part, paths in (("columns", mapping.columns), ("constants", mapping.constants)):
            for path in paths:
                head = path.partition(".")[0]
                if head not in fields:
                    # One mapping for several types: a field need only be one of theirs.
                    if not any(head in fields_of(STRUCTS[t]) for t in mapping.types if t in STRUCTS):
                        yield wrong((part, path), unknown_name(f"field of {name}", head, sorted(fields)))
                elif leaf(STRUCTS[name], path) is None:
                    yield wrong((part, path), f"`{path}` leads to no field of {name}")
        if len(mapping.types) == 1:
            made = {"event_id", "schema_version"}
            for field in sorted(n for n, required in fields.items() if required and n not in given | made):
                yield wrong(
                    ("columns",), f"{name} needs `{field}`: name its column, or give it in `constants`"
                )
