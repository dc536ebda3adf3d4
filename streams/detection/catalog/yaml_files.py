"""YAML files with the place of every value, and pydantic models read from them.

The subset is YAML 1.2's: `no` is a text (and a country), `10:00` a time of day and no number, dates are
texts, a key that stands twice is refused."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

try:  # LibYAML reads a whole catalog in half the time; not every platform has it
    from yaml import CSafeLoader as _Base
except ImportError:
    from yaml import SafeLoader as _Base  # type: ignore[assignment]

from streams.detection.catalog.errors import sentence_of
from streams.detection.catalog.problems import CatalogError, Problem

Loc = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Document:
    """A file's content, and the line (from 1) on which each of its values begins, by its path. `origin` names
    the file of the values that an overlay has put over it."""

    name: str
    data: object
    lines: dict[Loc, int] = field(default_factory=dict)
    origin: dict[Loc, str] = field(default_factory=dict)

    def line(self, loc: Loc) -> int:
        """The line of the value, or of the nearest one around it that is in the file."""
        return self.lines.get(self.place(loc), 1)

    def place(self, loc: Loc) -> Loc:
        """The part of a path that exists in the file: what pydantic adds (branches of a union) left out."""
        found: Loc = ()
        for part in loc:
            if (*found, part) in self.lines:
                found = (*found, part)
        return found

    def problem(self, loc: Loc, sentence: str, *, missing: str = "") -> Problem:
        """Something wrong at a path; `missing` is the name of a field that should stand there."""
        place = self.place(loc)
        parts = [*place, *([missing] if missing else [])]
        return Problem(self.origin.get(place, self.name), self.line(loc), dotted(parts), sentence)


def read_yaml(path: Path, name: str | None = None) -> Document:
    """Raises CatalogError where the file is no YAML of the subset, or names a key twice."""
    shown = name or path.name
    try:
        loader = _Loader(path.read_text(encoding="utf-8"))
        try:
            node = loader.get_single_node()
            reader = _Reader(shown, loader)
            data = reader.value(node, ()) if node is not None else None
        finally:
            loader.dispose()
    except OSError as error:
        raise CatalogError([Problem(shown, 1, "", f"cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        raise CatalogError([Problem(shown, 1, "", f"is not UTF-8: byte {error.start}")]) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        told = error.problem or "is no YAML"
        raise CatalogError([Problem(shown, mark.line + 1 if mark else 1, "", told)]) from error
    except yaml.YAMLError as error:
        raise CatalogError([Problem(shown, 1, "", f"is no YAML: {error}")]) from error
    if reader.problems:
        raise CatalogError(reader.problems)
    return Document(shown, data, reader.lines)


def validated(document: Document, model: type[M]) -> M:
    """A document as a model. Raises CatalogError with every problem, each with its line and field."""
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        raise CatalogError(problems_of(document, model, error)) from error


def problems_of(
    document: Document, model: type[BaseModel], error: ValidationError, under: Loc = ()
) -> list[Problem]:
    """Pydantic's errors in the words of the file; `under` is where in the file the model stands."""
    found = []
    for detail in error.errors(include_url=False):
        loc = detail["loc"]
        missing = str(loc[-1]) if detail["type"] == "missing" and loc else ""
        found.append(
            document.problem(
                under + (loc[:-1] if missing else loc), sentence_of(model, detail), missing=missing
            )
        )
    return found


def dotted(parts: list[str | int]) -> str:
    """`('tests', 0, 'name')` as people write it.

    >>> dotted(["tests", 0, "name"])
    'tests[0].name'
    """
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


class _Loader(_Base):
    """SafeLoader with the implicit types of YAML 1.2's core schema."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


for _tag, _pattern, _first in (
    ("bool", r"^(?:true|false)$", ["t", "f"]),
    ("int", r"^[-+]?[0-9]+$", list("-+0123456789")),
    ("float", r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$", list("-+0123456789.")),
    ("null", r"^(?:~|null|)$", ["~", "n", ""]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), _first)


class _Reader:
    def __init__(self, name: str, loader: _Loader) -> None:
        self.name = name
        self.loader = loader
        self.lines: dict[Loc, int] = {}
        self.problems: list[Problem] = []

    def value(self, node: yaml.Node, loc: Loc) -> object:
        self.lines.setdefault(loc, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, loc)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*loc, at)) for at, item in enumerate(node.value)]
        return self._scalar(node, loc)

    def _mapping(self, node: yaml.MappingNode, loc: Loc) -> dict[Hashable, object]:
        found: dict[Hashable, object] = {}
        for key_node, value_node in node.value:
            key = self._scalar(key_node, loc)
            line = key_node.start_mark.line + 1
            if not isinstance(key, str | int):
                self.problems.append(
                    Problem(self.name, line, dotted(list(loc)), "a key is a text or a number")
                )
                continue
            place = (*loc, key)
            if key in found:
                first = self.lines[place]
                self.problems.append(
                    Problem(self.name, line, dotted(list(place)), f"stands here twice, first in line {first}")
                )
                continue
            self.lines[place] = line
            found[key] = self.value(value_node, place)
        return found

    def _scalar(self, node: yaml.Node, loc: Loc) -> object:
        if not isinstance(node, yaml.ScalarNode):
            return None
        if node.tag == "tag:yaml.org,2002:int":
            return int(node.value)
        made: object = self.loader.construct_object(node)
        return made
