"""What has to be so for a signal to open, one number beside another, and how far it is from that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict

from streams.detection.facts import Facts
from streams.detection.system import BoardState, Verdict
from streams.detection.units import Day, Millis, day_of

Needs = Literal["at least", "more than", "at most", "less than", "yes"]


class Condition(BaseModel):
    """One number beside the line that it has to reach. `gap` is what is missing in `unit`; `ratio` the same as a
    share of the larger of both numbers: 0 is on the line, 1 is as far as can be. Both are 0 where it is met."""

    model_config = ConfigDict(frozen=True)

    what: str
    reading: float
    needs: Needs
    line: float
    unit: str
    met: bool
    gap: float = 0.0
    ratio: float = 0.0


def at_least(what: str, reading: float, line: float, unit: str) -> Condition:
    """
    >>> at_least("seats assigned", 21, 28, "seats").ratio
    0.25
    """
    return _condition(what, reading, "at least", line, unit, reading >= line)


def more_than(what: str, reading: float, line: float, unit: str) -> Condition:
    return _condition(what, reading, "more than", line, unit, reading > line)


def at_most(what: str, reading: float, line: float, unit: str) -> Condition:
    return _condition(what, reading, "at most", line, unit, reading <= line)


def less_than(what: str, reading: float, line: float, unit: str) -> Condition:
    return _condition(what, reading, "less than", line, unit, reading < line)


def is_so(what: str, so: bool) -> Condition:
    """Something that is so or not: there is no half-way."""
    return Condition(
        what=what, reading=float(so), needs="yes", line=1, unit="", met=so, gap=1 - so, ratio=1.0 - so
    )


def _condition(what: str, reading: float, needs: Needs, line: float, unit: str, met: bool) -> Condition:
    gap = 0.0 if met else abs(line - reading)
    largest = max(abs(line), abs(reading))
    return Condition(
        what=what,
        reading=float(reading),
        needs=needs,
        line=float(line),
        unit=unit,
        met=met,
        gap=gap,
        # One that is not met on the line itself misses it by the least that there is.
        ratio=0.0 if met or not largest else min(1.0, gap / largest),
    )


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which a signal can open: about which subject, and everything that has to be so together. `note`
    says what else a person wants to know of it."""

    conditions: tuple[Condition, ...]
    subject: str = ""
    note: str = ""

    @property
    def hit(self) -> bool:
        return all(condition.met for condition in self.conditions)

    @property
    def binding(self) -> Condition:
        """The condition that is furthest from being met; the first one where all are."""
        return max(self.conditions, key=lambda condition: (not condition.met, condition.ratio))

    @property
    def distance(self) -> tuple[int, float]:
        """To order ways by: how many conditions are open, and the furthest."""
        missing = [condition.ratio for condition in self.conditions if not condition.met]
        return (1, max(missing)) if missing else (0, 0.0)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked at, and when. `verdicts` are the account's others that are true, `board` is its place."""

    facts: Facts
    now: Millis
    verdicts: tuple[Verdict, ...] = ()
    board: BoardState | None = None

    @property
    def today(self) -> Day:
        return day_of(self.now)

    @property
    def last(self) -> Day:
        """The last complete day."""
        return day_of(self.now) - 1


class NoReading(Exception):
    """There is nothing to read: a sentence says what is not known."""


def nearest(ways: Iterable[Way], nothing: str) -> tuple[Way, int]:
    """The way that is nearest to open, and how many there are. Raises NoReading, saying `nothing`, without any."""
    found: list[Way] = list(ways)
    if not found:
        raise NoReading(nothing)
    return min(found, key=lambda way: way.distance), len(found)


Ways = Iterator[Way]
