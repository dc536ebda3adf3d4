"""Story time: milliseconds and days since the first midnight (UTC) of the story.

The first day is fixed, so that a seed gives the same bytes in every year, and it lies in the past,
so that no broker takes an event for one of the future.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

FIRST_DAY = date(2024, 9, 2)  # a Monday: day % 7 is the weekday; the turn of the year falls on day 120
SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

_START = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, tzinfo=UTC)


def date_of(day: int) -> date:
    """The calendar date of a story day; negative days lie before the story."""
    return FIRST_DAY + timedelta(days=day)


@lru_cache(maxsize=8192)
def iso_date(day: int) -> str:
    return date_of(day).isoformat()


def stamp(at: int) -> str:
    """RFC 3339 in UTC with milliseconds, of a story time."""
    day, rest = divmod(at, DAY_MS)
    seconds, ms = divmod(rest, SECOND_MS)
    return f"{iso_date(day)}T{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{ms:03d}Z"


def epoch_ms(at: int) -> int:
    """Milliseconds since 1970 of a story time."""
    return int(_START.timestamp()) * SECOND_MS + at


def is_weekend(day: int) -> bool:
    return day % 7 >= 5


@lru_cache(maxsize=8192)
def is_year_end(day: int) -> bool:
    """The two weeks around Christmas and New Year."""
    today = date_of(day)
    return (today.month, today.day) >= (12, 21) or (today.month, today.day) <= (1, 3)


def month_of(day: int) -> tuple[int, int]:
    """First story day of the calendar month that holds `day`, and of the month after it."""
    today = date_of(day)
    first = today.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return (first - FIRST_DAY).days, (following - FIRST_DAY).days
