"""Cells of an export as values of the contract: numbers, days, and times with their zone."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import orjson

from streams.lab.backtest.fields import Leaf

EPOCHS = {"epoch_s": 1, "epoch_ms": 1_000}
_TRUE, _FALSE = frozenset({"true", "1", "yes", "y", "t"}), frozenset({"false", "0", "no", "n", "f"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BadValue(Exception):
    """A cell is not what its field needs; the text says what it is and what is expected."""


@dataclass
class Times:
    """How times and days are written in one file. One column is written in one way: with offsets, or without."""

    zone: ZoneInfo | None = None
    format: str | None = None
    day_format: str | None = None
    _with_offset: dict[str, tuple[bool, int, str]] = field(default_factory=dict)

    def time(self, value: object, column: str, row: int) -> str:
        """RFC 3339 in UTC. Raises BadValue."""
        moment = value if isinstance(value, datetime) else self._parsed(value)
        aware = moment.tzinfo is not None
        first = self._with_offset.setdefault(column, (aware, row, str(value)))
        if first[0] != aware:
            raise BadValue(
                f"`{value}` has {'an' if aware else 'no'} offset, `{first[2]}` in row {first[1]:,} has "
                f"{'one' if first[0] else 'none'}: a column's times are all written in one way"
            )
        if not aware:
            moment = self._local(moment, value)
        return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")

    def has_offsets(self, column: str) -> bool:
        """Whether the column is known to be written with offsets."""
        first = self._with_offset.get(column)
        return first is not None and first[0]

    def day(self, value: object) -> str:
        """`YYYY-MM-DD`. Raises BadValue."""
        if isinstance(value, datetime):
            return value.date().isoformat()
        if isinstance(value, date):
            return value.isoformat()
        text = str(value).strip()
        try:
            if self.day_format:
                return datetime.strptime(text, self.day_format).date().isoformat()  # noqa: DTZ007
            return date.fromisoformat(text).isoformat()
        except ValueError:
            expected = f"`{self.day_format}`" if self.day_format else "YYYY-MM-DD"
            raise BadValue(
                f"`{text}` is no date written as {expected}; `date_format` says how they are"
            ) from None

    def _parsed(self, value: object) -> datetime:
        if isinstance(value, date):
            return datetime(value.year, value.month, value.day)  # noqa: DTZ001
        text = str(value).strip()
        try:
            if self.format in EPOCHS:
                return _EPOCH + timedelta(seconds=float(text) / EPOCHS[self.format])
            if self.format:
                return datetime.strptime(text, self.format)  # noqa: DTZ007
            return datetime.fromisoformat(text)
        except (ValueError, OverflowError):
            expected = f"`{self.format}`" if self.format else "ISO 8601 (2026-01-31T08:00:00Z)"
            raise BadValue(
                f"`{text}` is no time written as {expected}; `time_format` says how they are"
            ) from None

    def _local(self, moment: datetime, value: object) -> datetime:
        if self.zone is None:
            raise BadValue(f"`{value}` has no offset: `time_zone` in the mapping says where the clock stood")
        local = moment.replace(tzinfo=self.zone)
        back = local.astimezone(UTC).astimezone(self.zone)
        if back.replace(tzinfo=None) != moment:
            raise BadValue(f"`{value}` is a time that {self.zone.key} never had: the clock was put forward")
        return local


Quick: TypeAlias = dict[type, Callable[[Any], object]]
"""Type of a cell -> its value where that needs no look; None: `convert` decides."""


def quick_of(what: Leaf, times: Times, column: str) -> Quick | None:
    """How cells of the field's own type are taken over. What comes out is what `convert` gives, or a time in UTC."""
    if what.kind == "text":
        return {str: lambda text: text.strip() or None}
    if what.kind == "whole":
        return {int: _same}
    if what.kind == "number":
        return {float: lambda number: number if math.isfinite(number) else None, int: float}
    if what.kind == "truth":
        return {bool: _same}
    if what.kind == "date":
        return {date: date.isoformat}
    if what.kind == "time":

        def in_utc(moment: datetime) -> datetime | None:
            if moment.tzinfo is None or not times.has_offsets(column):
                return None
            return moment.astimezone(UTC)

        return {datetime: in_utc}
    return None


def _same(value: object) -> object:
    return value


def convert(value: object, what: Leaf, times: Times, column: str, row: int, split: str | None) -> object:
    """A cell as JSON of the field's kind. Raises BadValue."""
    if what.many and isinstance(value, str):
        items = value.split(split) if split else _json(value)
        return [one(item, what, times, column, row) for item in items if item != ""]
    if what.many and isinstance(value, list | tuple):
        return [one(item, what, times, column, row) for item in value]
    return one(value, what, times, column, row)


def one(value: object, what: Leaf, times: Times, column: str, row: int) -> object:
    """One value of the kind."""
    kind = what.kind
    if kind == "text":
        return value.strip() if isinstance(value, str) else str(value)
    if kind == "time":
        return times.time(value, column, row)
    if kind == "date":
        return times.day(value)
    if kind == "nested":
        return _nested(value)
    if kind == "truth":
        return _truth(value)
    return _number(value, kind)


def _number(value: object, kind: str) -> object:
    text = str(value).strip()
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise BadValue(f"`{text}` is no number written like 1234.50") from None
    if not number.is_finite():
        raise BadValue(f"`{text}` is no finite number")
    if kind == "money":
        return f"{number:f}"
    if kind == "whole":
        if number != number.to_integral_value():
            raise BadValue(f"`{text}` is no whole number")
        return int(number)
    as_float = float(number)
    if math.isinf(as_float):
        raise BadValue(f"`{text}` is too large")
    return as_float


def _truth(value: object) -> bool:
    text = str(value).strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise BadValue(f"`{value}` is neither true nor false")


def _nested(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        raise BadValue(f"`{value[:60]}` is no JSON: this field holds objects") from None


def _json(value: str) -> list[object]:
    text = value.strip()
    if text.startswith("["):
        found = _nested(text)
        return found if isinstance(found, list) else [found]
    return [text]
