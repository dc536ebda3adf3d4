"""A second worker joins a first one at work: how long nobody gets anything done, and whether an event costs more.

Both share the measured core, for the broker needs the other one; so their rate together says nothing. What an event
costs does: where it is the same as before, two workers with a core each do twice as much.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple, TypedDict

from bench.cores import children_on
from bench.watching import Failed, Watch
from streams.worker.process import WorkerProcess

_LOOK_S = 0.1
#: Shares of the events: from where on the first one is measured alone, and at which the second one is started.
_WARM, _JOINED_AT = 0.05, 0.35
_DONE = 'twomotion_journal_records_total{outcome="folded"} '


class Scale(TypedDict):
    """One worker, then two."""

    events: int
    alone_cpu_us: float  #: CPU an event of the first worker before the second one was started
    together_cpu_us: float  #: of both, from the first event of the second one on
    joined_s: float  #: from the launch of the second one until it has done its first event
    no_progress_s: float  #: longest time meanwhile and afterwards in which neither had done anything
    times_one: float  #: how many times what one does two will do with a core each, by the CPU of an event


class Moment(NamedTuple):
    """All workers at one moment."""

    at: float
    done: tuple[int, ...]  #: events by worker
    cpu_s: float

    @property
    def all_done(self) -> int:
        return sum(self.done)


def measure(
    brokers: str,
    prefix: str,
    events: int,
    *,
    core: int | None,
    log: Path,
    limit_s: float,
    told: Callable[[int], None],
) -> Scale:
    """Fold `events` that lie on the source topics, the last two thirds of them by two workers.

    Raises Failed, WorkerFailed.
    """
    deadline = time.monotonic() + limit_s
    moments: list[Moment] = []
    with ExitStack() as running, children_on(core):
        workers: list[WorkerProcess] = []
        watches: list[Watch] = []

        def start() -> None:
            path = log.with_suffix(f".{len(workers) + 1}.log")
            path.unlink(missing_ok=True)
            workers.append(WorkerProcess(brokers, prefix, options=("--clock", "replay"), log=path))
            running.callback(workers[-1].stop)
            workers[-1].start()
            watches.append(Watch(workers[-1].pid))

        def look_until(share: float) -> None:
            while not moments or moments[-1].all_done < share * events:
                if time.monotonic() > deadline:
                    raise Failed(
                        f"{[m.done for m in moments[-1:]]} of {events} events done after {limit_s:.0f} s"
                    )
                time.sleep(_LOOK_S)
                moments.append(_moment(workers, watches))
                told(moments[-1].all_done)

        start()
        look_until(_JOINED_AT)
        launched = len(moments)
        start()
        look_until(1.0)
    return scale_of(moments, launched, events)


def scale_of(moments: Sequence[Moment], launched: int, events: int) -> Scale:
    """The figures of these moments; the second worker was started before the one of that number.

    Raises Failed where the second one had nothing left to do.
    """
    warm = next(m for m in moments if m.all_done >= _WARM * events)
    before, last = moments[launched - 1], moments[-1]
    both = next((m for m in moments[launched:] if len(m.done) > 1 and m.done[1]), last)
    if both.all_done >= last.all_done:
        raise Failed("the second worker had nothing to do: too few events")
    alone, together = _cpu_us(warm, before), _cpu_us(both, last)
    return Scale(
        events=events,
        alone_cpu_us=alone,
        together_cpu_us=together,
        times_one=round(2 * alone / together, 2),
        joined_s=round(both.at - before.at, 2),
        no_progress_s=round(_longest_halt(moments[launched - 1 :]), 2),
    )


def _longest_halt(moments: Sequence[Moment]) -> float:
    longest, since = 0.0, moments[0]
    for moment in moments:
        if moment.all_done > since.all_done:
            longest, since = max(longest, moment.at - since.at), moment
    return longest


def _cpu_us(first: Moment, last: Moment) -> float:
    return round((last.cpu_s - first.cpu_s) / max(1, last.all_done - first.all_done) * 1e6, 1)


def _moment(workers: Sequence[WorkerProcess], watches: Sequence[Watch]) -> Moment:
    done = tuple([_done(worker) for worker in workers])
    samples = [watch.sample(lambda: 0) for watch in watches]
    return Moment(time.time(), done, sum(sample.cpu_s for sample in samples))


def _done(worker: WorkerProcess) -> int:
    """Events that the worker has committed; 0 before it shows any metrics."""
    if not worker.is_ready():
        return 0
    page = worker.metrics()
    return next((round(float(line[len(_DONE) :])) for line in page.splitlines() if line.startswith(_DONE)), 0)
