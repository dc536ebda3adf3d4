"""The arithmetic: from samples of a run to events a second, CPU an event and peak memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, TypedDict


class Sample(NamedTuple):
    """A process at one moment."""

    at: float  #: wall clock, s since the epoch
    events: int  #: done so far
    cpu_s: float  #: user and system, since the process began
    waited_s: float = 0.0  #: ready to run, but the core was somebody else's


class Figures(TypedDict):
    """What one run gave; a part of build/bench.json."""

    events: int
    seconds: float  #: from the first event on its way until the last one done
    events_per_s: float
    with_start_events_per_s: float  #: the start of the process counted as well
    start_s: float  #: from the launch of the process to the first event
    cpu_us_per_event: float  #: of the process, its start not counted
    cpu_share: float  #: of its core, while events were done
    waited_share: (
        float  #: of the time: it wanted the core and somebody else had it; above 0.05 the rate is theirs
    )
    peak_mb: float  #: highest resident memory, MiB


class TooShort(ValueError):
    """The samples do not span any work."""


def at_moment(samples: Sequence[Sample], at: float) -> Sample:
    """The process at a moment between two samples, linearly; the nearest one outside of them.

    >>> at_moment([Sample(1, 0, 0.0), Sample(3, 100, 1.0)], 2)
    Sample(at=2, events=50, cpu_s=0.5, waited_s=0.0)
    """
    if not samples:
        raise TooShort("no samples")
    before = samples[0]
    if at <= before.at:
        return before._replace(at=at)
    for after in samples[1:]:
        if at <= after.at:
            share = (at - before.at) / (after.at - before.at)
            return Sample(
                at,
                before.events + round((after.events - before.events) * share),
                before.cpu_s + (after.cpu_s - before.cpu_s) * share,
                before.waited_s + (after.waited_s - before.waited_s) * share,
            )
        before = after
    return before._replace(at=at)


def figures(
    samples: Sequence[Sample], *, launched: float, began: float, ended: float, events: int, peak_mb: float
) -> Figures:
    """Figures of `events` done from `began` to `ended` by a process that was started at `launched`.

    Raises TooShort where that is no time at all.
    """
    if ended <= began or events <= 0:
        raise TooShort(f"{events} events in {ended - began:.3f} s")
    seconds = ended - began
    first, last = at_moment(samples, began), at_moment(samples, ended)
    cpu = last.cpu_s - first.cpu_s
    return Figures(
        events=events,
        seconds=round(seconds, 2),
        events_per_s=round(events / seconds, 1),
        with_start_events_per_s=round(events / (ended - min(launched, began)), 1),
        start_s=round(max(0.0, began - launched), 2),
        cpu_us_per_event=round(cpu / events * 1e6, 1),
        cpu_share=round(cpu / seconds, 2),
        waited_share=round((last.waited_s - first.waited_s) / seconds, 2),
        peak_mb=round(peak_mb, 1),
    )


def together(runs: Sequence[Figures]) -> Figures:
    """Several runs of the same as one: what a machine whose speed drifts gave in all of them.

    Raises TooShort where there is none.
    """
    if not runs:
        raise TooShort("no runs")
    events, seconds = sum(run["events"] for run in runs), sum(run["seconds"] for run in runs)
    with_start = sum(run["events"] / run["with_start_events_per_s"] for run in runs)

    def weighed(share: Literal["cpu_share", "waited_share"]) -> float:
        return round(sum(run[share] * run["seconds"] for run in runs) / seconds, 2)

    return Figures(
        events=events,
        seconds=round(seconds, 2),
        events_per_s=round(events / seconds, 1),
        with_start_events_per_s=round(events / with_start, 1),
        start_s=round(sum(run["start_s"] for run in runs) / len(runs), 2),
        cpu_us_per_event=round(sum(run["cpu_us_per_event"] * run["events"] for run in runs) / events, 1),
        cpu_share=weighed("cpu_share"),
        waited_share=weighed("waited_share"),
        peak_mb=max(run["peak_mb"] for run in runs),
    )


def ratio(mine: Figures, other: Figures) -> float:
    """How many times faster by the clock."""
    return round(mine["events_per_s"] / other["events_per_s"], 2)


def ratio_by_cpu(mine: Figures, other: Figures) -> float:
    """How many times less CPU an event takes; 0 where the system does not count CPU time finely enough."""
    used = mine["cpu_us_per_event"]
    return round(other["cpu_us_per_event"] / used, 2) if used else 0.0
