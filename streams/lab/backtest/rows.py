"""Rows of an export made into events, by a mapping or by their own column names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import orjson

from schemas.base import SCHEMA_VERSION
from schemas.registry import MESSAGES
from schemas.wire import STRUCTS
from streams.detection.catalog.problems import unknown_name
from streams.lab.backtest.fields import Leaf, fields_of, leaf
from streams.lab.backtest.mapping import Column, FileMapping, TypeColumn
from streams.lab.backtest.problems import BadInput, InputProblem
from streams.lab.backtest.values import BadValue, Quick, Times, convert, quick_of

_NAMED = re.compile(r"`([^`]+)`")
_LONGEST_NAME = 120
_SURELY = ("type", "account_id", "occurred_at")


class BadCell(Exception):
    """A row that is no event, and which column is to blame."""

    def __init__(self, sentence: str, column: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.column = column


class _Field(NamedTuple):
    path: tuple[str | int, ...]
    at: int
    rule: Column
    what: Leaf
    name: str
    quick: Quick | None


class RowReader:
    """Makes events of one file's rows; their ids are `name` and the row, where no column gives them. Raises BadInput
    where the file lacks a column that is needed."""

    def __init__(
        self, file: str, columns: Sequence[str], mapping: FileMapping | None, name: str | None = None
    ) -> None:
        self._file = file
        self._name = (name or Path(file).name)[-_LONGEST_NAME:]
        self._at = {name: number for number, name in enumerate(columns)}
        self._mapping = mapping or _by_name(columns)
        zone = self._mapping.time_zone
        self._times = Times(
            ZoneInfo(zone) if zone else None, self._mapping.time_format, self._mapping.date_format
        )
        self._plans: dict[str, list[_Field]] = {}
        self._rules = {
            path: rule if isinstance(rule, Column) else Column(column=rule)
            for path, rule in self._mapping.columns.items()
        }
        if mapping is None:
            self._need(_SURELY, columns, "is no column; `--mapping` says which column is which field")
        else:
            named = [rule.column for rule in self._rules.values()]
            if isinstance(mapping.type, TypeColumn):
                named.append(mapping.type.column)
            self._need(named, columns, "")

    def _need(self, names: Sequence[str], columns: Sequence[str], otherwise: str) -> None:
        missing = dict.fromkeys(name for name in names if name not in self._at)
        if missing:
            raise BadInput(
                [
                    InputProblem(
                        self._file, otherwise or unknown_name("column", name, list(columns)), 1, name
                    )
                    for name in missing
                ]
            )

    def event(self, cells: Sequence[object], row: int) -> tuple[str, bytes] | None:
        """The event's type and its JSON; None where the mapping leaves the row out. Raises BadCell."""
        name = self._type_of(cells)
        if name is None:
            return None
        event: dict[str, object] = {"type": name, "schema_version": SCHEMA_VERSION, **self._mapping.constants}
        for path, at, rule, what, field, quick in self._plan(name):
            if quick is not None:
                cell = cells[at]
                if cell is None:
                    continue
                of_type = quick.get(type(cell))
                if of_type is not None and (quickly := of_type(cell)) is not None:
                    event[field] = quickly
                    continue
            value = self._value(cells[at], rule)
            if value is None:
                if what.many and len(path) == 1 and fields_of(STRUCTS[name])[str(path[0])]:
                    event[str(path[0])] = []  # an empty cell of a list that every event has is an empty list
                continue
            try:
                made = convert(value, what, self._times, rule.column, row, rule.split)
            except BadValue as wrong:
                raise BadCell(str(wrong), rule.column) from None
            if len(path) == 1:
                event[str(path[0])] = made
            else:
                _put(event, path, made)
        # The same row of the same file is the same event, however often it is read.
        if "event_id" not in event:
            event["event_id"] = f"{self._name}:{row}"
        return name, orjson.dumps(event, option=orjson.OPT_UTC_Z)

    def column_of(self, sentence: str) -> str | None:
        """The column that a sentence about a field is about."""
        for named in _NAMED.findall(sentence):
            for path, rule in self._rules.items():
                if named.partition(".")[0] == path.partition(".")[0]:
                    return rule.column
        return None

    def _type_of(self, cells: Sequence[object]) -> str | None:
        said = self._mapping.type
        if isinstance(said, str):
            return said
        text = str(cells[self._at[said.column]] or "").strip()
        if said.values is not None:
            if text not in said.values:
                raise BadCell(
                    unknown_name("value of the type's column", text, list(said.values)), said.column
                )
            return said.values[text]
        if text not in MESSAGES:
            raise BadCell(unknown_name("type of event", text, sorted(MESSAGES)), said.column)
        return text

    def _plan(self, name: str) -> list[_Field]:
        plan = self._plans.get(name)
        if plan is None:
            struct = STRUCTS[name]
            plan = self._plans[name] = []
            for path, rule in self._rules.items():
                what = leaf(struct, path) if path.partition(".")[0] in fields_of(struct) else None
                if what is not None:
                    parts = tuple(int(part) if part.isdecimal() else part for part in path.split("."))
                    # Most cells are of the field's own type already, and nothing is to be looked up.
                    plain = len(parts) == 1 and rule.values is None and rule.default is None and not what.many
                    quick = quick_of(what, self._times, rule.column) if plain else None
                    plan.append(_Field(parts, self._at[rule.column], rule, what, path, quick))
        return plan

    def _value(self, cell: object, rule: Column) -> object:
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            return rule.default
        if rule.values is not None:
            text = str(cell).strip()
            if text in rule.values:
                return rule.values[text]
            if rule.default is None:
                raise BadCell(unknown_name("value", text, list(rule.values)), rule.column)
            return rule.default
        return cell


def _by_name(columns: Sequence[str]) -> FileMapping:
    """Columns that are called as the fields are."""
    return FileMapping(
        match="*",
        type=TypeColumn(column="type"),
        columns={name: name for name in columns if name not in ("type", "schema_version")},
    )


def _put(event: dict[str, object], path: tuple[str | int, ...], value: object) -> None:
    here: object = event
    for part, following in zip(path, (*path[1:], None), strict=True):
        last = following is None
        empty: object = value if last else ([] if isinstance(following, int) else {})
        if isinstance(here, list) and isinstance(part, int):
            while len(here) <= part:
                here.append({} if not isinstance(following, int) else [])
            if last:
                here[part] = value
            here = here[part]
        elif isinstance(here, dict):
            if last:
                here[part] = value
            else:
                here = here.setdefault(part, empty)
