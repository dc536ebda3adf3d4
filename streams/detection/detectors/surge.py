"""A rise against the account's own past."""

from __future__ import annotations

from math import ceil
from statistics import median
from typing import ClassVar, Literal

from pydantic import Field

from streams.detection.detectors.base import Detector, Open
from streams.detection.facts import Facts, Touch
from streams.detection.facts.activity import AHEAD
from streams.detection.facts.touch import return_of
from streams.detection.quiet import between
from streams.detection.reading import ACCOUNT, ANY_NUMBER, Evidence, Finding, Memory, Reading
from streams.detection.units import DAY_MS, Day, Millis, day_of, day_start

_WEEK = 7
_API = "api_calls"
_QUIET_DAYS = 2
"""A week with a holiday or two is a week."""


class Surge(Detector):
    """The last seven complete days against the median of the `weeks` weekly blocks before them.

    Mechanism: weekly active users (each user once) or successful API calls of the week; it hits at `times` the
    median (`volatile_times` where the account's usage is volatile), at `least` in the week and `more` above the
    median. The median is frozen at the first hit, through the hold and while the alert is open, else a lasting rise
    becomes the normal it is compared with. It clears below `clears_below` times that median. Blocks with more than two
    quiet days of the account's country are left out of the median where half of them remain. While a rise
    is open, a week with more than two quiet days of the account's country is passed over for the last one without:
    holidays end no rise.

    Trade-off: the median forgives two holiday weeks or one burst among eight, where a mean would call the return to
    normal a rise. Use over days in progress is left to the next midnight: the hold is a matter of weeks. A use that
    begins from nothing says nothing until there are eight weeks of it to compare with.

    Shapes and units: values per week; shares as multiples (1.2 = 20 % more); history of 7 * (`weeks` + 1) days.
    Source: the project's simulation of over-dispersed healthy accounts (API calls need 1.45 and a week's hold).

    >>> surge = Surge(of="active_users", times=1.2, least=10, more=3)
    >>> surge.rises(20, usual=15, times=1.2), surge.rises(9, usual=5, times=1.2), surge.rises(12, usual=10, times=1.2)
    (True, False, False)
    """

    touches: ClassVar[int] = Touch.ACTIVITY | Touch.API | Touch.USERS | Touch.PROFILE
    falls: ClassVar[bool] = True
    fields: ClassVar[frozenset[str]] = frozenset({"now", "usual", "times", "rise"})

    of: Literal["active_users", "api_calls"]
    times: float = Field(gt=1)
    volatile_times: float | None = Field(default=None, gt=1)
    clears_below: float = Field(default=1.1, ge=1)
    least: float = Field(default=0, ge=0, description="in the week")
    more: float = Field(default=0, ge=0, description="above the usual week")
    weeks: int = Field(default=8, ge=3)

    @property
    def reads(self) -> int:
        measured = Touch.ACTIVITY | Touch.USERS if self.of == "active_users" else Touch.API
        return measured | Touch.PROFILE

    @property
    def news(self) -> int:
        return return_of(_WEEK) if self.of == "active_users" else 0

    def rises(self, value: float, usual: float, times: float) -> bool:
        """Whether a week of `value` is a rise over weeks of `usual`."""
        return value >= self.least and value >= times * usual and value >= usual + self.more

    @property
    def reach(self) -> int:
        return 7 * (self.weeks + 1)

    def read(self, facts: Facts, now: Millis, open_: Open) -> Reading:
        last = day_of(now) - 1
        begun = self.begun(facts)
        if begun is None:
            return Reading()
        memory = open_.get(ACCOUNT)
        ready = day_start(begun + _WEEK * (self.weeks + 1))
        if memory is None and now < ready:
            return Reading(recheck_at=ready, unknown="too-young", bears=ANY_NUMBER)
        if memory is not None and memory.standing:
            last = self._last_ordinary(facts, last)
        value = self.week(facts, last)
        if memory is None and value < self.least:
            return self._following(facts, last)
        usual = self.usual(facts, last, memory)
        times = self.times
        if self.volatile_times is not None and facts.profile.usage_pattern == "volatile":
            times = self.volatile_times
        finding = Finding(
            hit=self.rises(value, usual, times),
            clear=value < self.clears_below * usual,
            level=self.level_from_below(value / usual if usual else times),
            observed=value,
            threshold=max(times * usual, usual + self.more, self.least),
            baseline=usual,
            frozen=(usual,),
        )
        return Reading((finding,), now + DAY_MS)

    def _following(self, facts: Facts, last: Day) -> Reading:
        """Below the least that a week must have: each who comes back, and nobody else, makes it one more."""
        if self.of == "api_calls":
            return Reading()
        missing = ceil(self.least) - self._counted(facts, facts.users.grid.active(last - _WEEK + 1, AHEAD))
        return Reading(bears=missing - 1) if missing > 0 else Reading(recheck_at=day_start(last + 2))

    def _counted(self, facts: Facts, users: int) -> int:
        return facts.users.only_counted(users).bit_count()

    def begun(self, facts: Facts) -> Day | None:
        """The first day of what is measured."""
        if self.of == "active_users":
            return facts.first_usage_day
        counter = facts.counters.get(_API)
        return counter.base if counter is not None else None

    def week(self, facts: Facts, last: Day) -> float:
        """The value of the seven days that end with `last`."""
        if self.of == "api_calls":
            return facts.counters[_API].sum(last - _WEEK + 1, last)
        return self._counted(facts, facts.users.grid.active(last - _WEEK + 1, last))

    def _last_ordinary(self, facts: Facts, last: Day) -> Day:
        """The last day of the newest week that is no holiday."""
        quiet = self._packaging.quiet_days.of(facts)
        while len(between(quiet, last - _WEEK + 1, last)) > _QUIET_DAYS:
            last -= 1
        return last

    def usual(self, facts: Facts, last: Day, memory: Memory | None) -> float:
        """The median week before, or what was frozen; weeks of holidays count only where too few others are left."""
        if memory is not None and isinstance(memory.frozen, tuple):
            return memory.frozen[0]
        ends = [last - _WEEK * back for back in range(1, self.weeks + 1)]
        quiet = self._packaging.quiet_days.of(facts)
        ordinary = [end for end in ends if len(between(quiet, end - _WEEK + 1, end)) <= _QUIET_DAYS]
        return float(
            median(self.week(facts, end) for end in (ordinary if 2 * len(ordinary) >= self.weeks else ends))
        )

    def evidence(self, facts: Facts, now: Millis, finding: Finding, memory: Memory | None) -> Evidence:
        last = day_of(now) - 1
        if memory is not None and memory.standing:
            last = self._last_ordinary(facts, last)
        first = last - _WEEK * (self.weeks + 1) + 1
        usual = finding.baseline or 0.0
        series: list[float]
        if self.of == "api_calls":
            series = [float(count) for count in facts.counters[_API].slice(first, last)]
        else:
            counted = facts.users.mask_counted()
            series = [float(count) for count in facts.users.grid.daily(first, last, counted)]
        return Evidence(
            observed=finding.observed,
            threshold=finding.threshold,
            unit="active users per week" if self.of == "active_users" else "successful API calls per week",
            window=(last - _WEEK + 1, last),
            baseline=usual,
            baseline_window=(first, last - _WEEK),
            series=tuple((first + at, value) for at, value in enumerate(series)),
            details={
                "now": finding.observed,
                "usual": usual,
                "times": round(finding.observed / usual, 2) if usual else None,
                "rise": round(finding.observed / usual - 1, 4) if usual else None,
                "weeks": ", ".join(
                    f"{self.week(facts, last - _WEEK * back):g}" for back in range(self.weeks, -1, -1)
                ),
            },
        )
