"""What a rule is, and the times in it: production has the real ones, a drill has them shortened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Severity: TypeAlias = Literal["page", "ticket"]

#: The page of the runbooks, from the root of the repository; the chart puts a base of one's own before it.
RUNBOOKS: Final = "docs/runbooks.md"
#: What Prometheus calls the workers: the job of its scrape configuration.
JOB: Final = "twomotion"


@dataclass(frozen=True)
class Times:
    """The times of a rule, divided by `faster` (1 in production).

    A limit has a floor of its own, since what is measured does not become quicker in a drill: a worker asks its
    broker every 2 s however short the rule is.
    """

    faster: float = 1.0
    #: A rate needs two samples, and a scrape may come late: no window is shorter, in s.
    shortest_window_s: float = 5.0

    def window(self, seconds: float) -> str:
        """A range in an expression."""
        return duration(max(seconds / self.faster, min(seconds, self.shortest_window_s)))

    def hold(self, seconds: float) -> str:
        """How long an expression has to be true."""
        return duration(seconds / self.faster)

    def limit(self, seconds: float, least: float) -> str:
        """A number of seconds to compare with, never below `least`."""
        return f"{max(seconds / self.faster, least):g}"


@dataclass(frozen=True)
class Alert:
    """One alert.

    Args:
        expr: PromQL; it names only what a worker shows and what the recording rules make of it.
        hold_s: how long it has to be true.
        severity: `page` wakes somebody, `ticket` waits for the morning.
        summary: one line, may use Prometheus's templates.
        impact: what customers and colleagues notice, a sentence.
    """

    name: str
    expr: Callable[[Times], str]
    hold_s: float
    severity: Severity
    summary: str
    impact: str

    @property
    def anchor(self) -> str:
        """Its section of the runbooks."""
        return self.name.lower()


@dataclass(frozen=True)
class Record:
    """One recording rule."""

    name: str
    expr: Callable[[Times], str]


@dataclass(frozen=True)
class Group:
    """Rules that are evaluated one after the other, every so often."""

    name: str
    every_s: float
    rules: tuple[Alert | Record, ...]


def duration(seconds: float) -> str:
    """As Prometheus writes it, in the largest unit that fits: `5m`, `90s`, `1500ms`."""
    millis = round(seconds * 1000)
    for size, unit in ((86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s")):
        if millis % size == 0 and millis >= size:
            return f"{millis // size}{unit}"
    return f"{millis}ms"
