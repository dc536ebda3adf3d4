"""Quiet days: when little use means nothing, because everybody of the country is away.

Reference data (`holidays.yaml`), read by the measures that fall. They leave quiet days out of both windows: a window
of n days reaches back over n days that are not quiet, or is compared by the working days that are left in it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from datetime import date, timedelta
from functools import cached_property

from pydantic import BaseModel, ConfigDict, Field, model_validator

from streams.detection.facts import Facts
from streams.detection.units import Day, day_from_date

ANYWHERE = "*"
"""The region whose quiet days hold where the account's country is not known."""

_RANGE = re.compile(r"(\d\d)-(\d\d)(?:\.\.(\d\d)-(\d\d))?")


class QuietDays(BaseModel):
    """Region (ISO 3166-1 alpha-2) -> year -> days as `MM-DD` or `MM-DD..MM-DD`, separated by blanks. A region that
    is not listed has no quiet days."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    regions: dict[str, dict[int, str]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _can_be_read(self) -> QuietDays:
        assert self.days is not None
        return self

    @cached_property
    def days(self) -> dict[str, tuple[Day, ...]]:
        """Region -> its quiet days, ascending."""
        return {
            region: tuple(
                sorted(
                    {
                        day
                        for year, text in years.items()
                        for part in text.split()
                        for day in _days_of(region, year, part)
                    }
                )
            )
            for region, years in self.regions.items()
        }

    def of(self, facts: Facts) -> tuple[Day, ...]:
        """The quiet days of an account, ascending: of its country, else of the region most of its users have.

        >>> QuietDays(regions={"*": {2026: "12-24..12-26"}}).of(Facts())
        (20811, 20812, 20813)
        """
        if not self.days:
            return ()
        country = facts.profile.country
        if country is None:
            country = facts.users.home or ANYWHERE
        return self.days.get(country[:2], ())


def _days_of(region: str, year: int, text: str) -> list[Day]:
    found = _RANGE.fullmatch(text)
    if found is None:
        raise ValueError(f"{region} {year}: a day is MM-DD and a range MM-DD..MM-DD, got {text!r}")
    month, day, to_month, to_day = found.groups()
    try:
        first = date(year, int(month), int(day))
        last = date(year, int(to_month), int(to_day)) if to_month else first
    except ValueError as error:
        raise ValueError(f"{region} {year}: {text!r} is no day ({error})") from error
    if last < first:
        raise ValueError(f"{region} {year}: {text!r} runs backwards")
    return [day_from_date(first + timedelta(days=n)) for n in range((last - first).days + 1)]


def between(quiet: tuple[Day, ...], first: Day, last: Day) -> tuple[Day, ...]:
    """The quiet days of a range, both ends included."""
    return quiet[bisect_left(quiet, first) : bisect_right(quiet, last)]


def reach_back(quiet: tuple[Day, ...], last: Day, days: int) -> Day:
    """The first day of the range that ends with `last` and has `days` days that are not quiet.

    >>> reach_back((98, 99), last=100, days=3)
    96
    """
    first, missing = last + 1, days
    while missing:
        start = first - missing
        missing = len(between(quiet, start, first - 1))
        first = start
    return first


def reach_on(quiet: tuple[Day, ...], after: Day, days: int) -> Day:
    """The last day of the range that begins the day after `after` and has `days` days that are not quiet.

    >>> reach_on((98, 99), after=95, days=3)
    100
    """
    last, missing = after, days
    while missing:
        end = last + missing
        missing = len(between(quiet, last + 1, end))
        last = end
    return last
