"""What the message of an alert shows of its evidence, as somebody reads it who has nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from streams.detection.units import Day, day_from_date, day_of, millis_of


class Judged(NamedTuple):
    """What follows from the evidence: whether it opens, and the number that the signal's levels are about.

    `measure` is None where the levels are one, `falling` where a smaller number is the worse one."""

    hit: bool
    measure: float | None = None
    falling: bool = False


@dataclass(frozen=True)
class Shown:
    """The evidence of one message, and what else the message says of the account."""

    body: dict[str, Any]

    @property
    def observed(self) -> float:
        return float(self.body["evidence"]["observed"])

    @property
    def threshold(self) -> float:
        return float(self.body["evidence"]["threshold"])

    @property
    def baseline(self) -> float:
        baseline = self.body["evidence"]["baseline"]
        assert baseline is not None
        return float(baseline)

    @property
    def series(self) -> dict[Day, float]:
        """Day -> value."""
        points = self.body["evidence"]["series"]
        return {day_from_date(date.fromisoformat(p["day"])): float(p["value"]) for p in points}

    @property
    def window(self) -> tuple[Day, Day]:
        """The first and the last day that was judged."""
        return self._days("window")

    @property
    def baseline_window(self) -> tuple[Day, Day]:
        return self._days("baseline_window")

    def _days(self, name: str) -> tuple[Day, Day]:
        window = self.body["evidence"][name]
        first, last = (millis_of(datetime.fromisoformat(window[end])) for end in ("from", "to"))
        return day_of(first), day_of(last)

    @property
    def days(self) -> int:
        """Length of the window."""
        first, last = self.window
        return last - first + 1

    @property
    def event_ids(self) -> list[str]:
        return list(self.body["evidence"]["event_ids"])

    @property
    def unit(self) -> str:
        return str(self.body["evidence"]["unit"])

    @property
    def decided(self) -> Day:
        return day_of(millis_of(datetime.fromisoformat(self.body["times"]["decided_at"])))

    @property
    def opened(self) -> Day:
        return day_of(millis_of(datetime.fromisoformat(self.body["times"]["opened_at"])))

    @property
    def days_to_renewal(self) -> int | None:
        renewal = self.body["account"]["renewal_date"]
        return None if renewal is None else day_from_date(date.fromisoformat(renewal)) - self.decided

    def sum(self, first: Day, last: Day) -> float:
        """Of the series from one day to another, both included."""
        return sum(value for day, value in self.series.items() if first <= day <= last)

    def within(self) -> float:
        """The sum of the series in the window."""
        return self.sum(*self.window)

    def number(self, name: str) -> float:
        """A detail that is a number."""
        value = self.detail(name)
        assert isinstance(value, (int, float)), (name, value)
        return float(value)

    def text(self, name: str) -> str:
        """A detail that is a text; nothing where there is none."""
        return str(self.detail(name) or "")

    def names(self, name: str) -> list[str]:
        """A detail that lists names."""
        return [each for each in self.text(name).split(", ") if each]

    def day(self, name: str) -> Day:
        """A detail that is a date."""
        return day_from_date(date.fromisoformat(self.text(name)))

    def detail(self, name: str) -> object:
        details = self.body["evidence"]["details"]
        assert name in details, f"{self.body['signal']['id']} does not say {name}"
        return details[name]
