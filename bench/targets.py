"""What has to be true of a run, and whether it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from bench.report import Document


class Target(NamedTuple):
    """One figure and its limit."""

    what: str
    unit: str
    limit: float
    at_least: bool  #: else at most
    find: Callable[[Document], float]


class Outcome(NamedTuple):
    """A target against what was measured."""

    target: Target
    found: float
    met: bool


def _number(found: Any) -> float:
    return float(found)


TARGETS = (
    Target("dense, times stock Faust", "×", 8, True, lambda d: d["ratio"]["dense"]),
    Target("sparse, times stock Faust", "×", 3, True, lambda d: d["ratio"]["sparse"]),
    Target(
        "peak memory, 5,000 accounts of 60 users", "MB", 300, False, lambda d: _number(d["wide"]["peak_mb"])
    ),
    Target("latency p99 at 20 % load", "ms", 500, False, lambda d: d["latency_ms"]["p99"]),
    Target("100,000 accounts recovered", "s", 15, False, lambda d: d["recovery_s"]),
    Target("no progress while a second worker joins", "s", 5, False, lambda d: d["scale"]["no_progress_s"]),
    Target("two workers, times one, by CPU of an event", "×", 1.8, True, lambda d: d["scale"]["times_one"]),
    Target("longest pause, all accounts woken", "ms", 200, False, lambda d: d["burst"]["longest_pause_ms"]),
    Target("account at rest, 10 users", "B", 3_072, False, lambda d: d["bytes_per_cold_account"]["10"]),
    Target("account at rest, 60 users", "B", 7_168, False, lambda d: d["bytes_per_cold_account"]["60"]),
    Target("account at rest, 1,000 users", "B", 46_080, False, lambda d: d["bytes_per_cold_account"]["1000"]),
    Target("backtest, dense", "/s", 40_000, True, lambda d: d["backtest"]["dense"]["events_per_s"]),
    Target("backtest, sparse", "/s", 15_000, True, lambda d: d["backtest"]["sparse"]["events_per_s"]),
    Target(
        "backtest, peak memory",
        "MB",
        2_048,
        False,
        lambda d: max(part["peak_mb"] for part in d["backtest"].values()),
    ),
    Target("sparse account-day, all signals", "µs", 100, False, lambda d: d["us_per_account_day"]),
)


def outcomes(said: Document) -> list[Outcome]:
    """Every target against a run."""
    found = [(target, target.find(said)) for target in TARGETS]
    return [
        Outcome(target, value, value >= target.limit if target.at_least else value <= target.limit)
        for target, value in found
    ]
