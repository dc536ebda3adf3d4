"""Rules over more than one field, said in the words of the fields."""

from __future__ import annotations

from datetime import date, datetime, timedelta


def check_period(start: datetime | None, end: datetime | None, longest_hours: int | None = None) -> None:
    """Both ends or none, in order, not longer than allowed; else ValueError."""
    if start is None and end is None:
        return
    if start is None or end is None:
        raise ValueError("`period_start` and `period_end` come together or not at all")
    if start >= end:
        raise ValueError("`period_start` must be before `period_end`")
    if longest_hours is not None and end - start > timedelta(hours=longest_hours):
        raise ValueError(f"the period must not be longer than {longest_hours} h")


def check_order(first_name: str, first: date, last_name: str, last: date) -> None:
    """`last` is not before `first`; else ValueError."""
    if last < first:
        raise ValueError(f"`{last_name}` ({last}) must not be before `{first_name}` ({first})")


def check_other(name: str, value: str, own_name: str, own: str) -> None:
    """A merge names another one than itself; else ValueError."""
    if value == own:
        raise ValueError(f"`{name}` must differ from `{own_name}`, both are {own!r}")
