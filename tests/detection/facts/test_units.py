"""Moments and days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from streams.detection.units import DAY_MS, date_of, day_from_date, day_of, day_start, millis_of, moment_of


@given(st.dates())
def test_a_date_comes_back_from_its_day(value: date) -> None:
    assert date_of(day_from_date(value)) == value


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_moment_comes_back_to_the_millisecond(moment: datetime) -> None:
    found = moment_of(millis_of(moment))

    assert timedelta(0) <= moment - found < timedelta(milliseconds=1)
    assert date_of(day_of(millis_of(moment))) == moment.date()


def test_a_day_is_the_utc_day_whatever_the_offset() -> None:
    evening_in_new_york = datetime(2026, 5, 27, 21, tzinfo=timezone(timedelta(hours=-5)))

    assert date_of(day_of(millis_of(evening_in_new_york))) == date(2026, 5, 28)
    assert day_start(1) == DAY_MS
