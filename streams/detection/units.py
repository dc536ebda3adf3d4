"""Units of time: milliseconds and days since the Unix epoch, both UTC, both plain integers.

Dates and datetimes are for the edges (contract, messages, pages). Inside, a moment is a number: it compares,
subtracts and encodes in a tenth of the time.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias

Millis: TypeAlias = int
"""Milliseconds since 1970-01-01T00:00Z."""

Day: TypeAlias = int
"""Whole UTC days since 1970-01-01: day 0 is that Thursday."""

SECOND_MS = 1_000
MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_MILLISECOND = timedelta(milliseconds=1)


def day_of(ms: Millis) -> Day:
    """The UTC day that contains the moment."""
    return ms // DAY_MS


def day_start(day: Day) -> Millis:
    """The day's first millisecond."""
    return day * DAY_MS


def day_from_date(value: date) -> Day:
    """A calendar date as a day number; of a datetime, only its calendar date is taken."""
    return value.toordinal() - _EPOCH_ORDINAL


def date_of(day: Day) -> date:
    """A day number as a calendar date."""
    return date.fromordinal(day + _EPOCH_ORDINAL)


def millis_of(moment: datetime) -> Millis:
    """An aware datetime in milliseconds, rounded down; exact, without floating point."""
    return (moment - _EPOCH) // _MILLISECOND


def moment_of(ms: Millis) -> datetime:
    """Milliseconds as an aware UTC datetime."""
    return _EPOCH + timedelta(milliseconds=ms)
