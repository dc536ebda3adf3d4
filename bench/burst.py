"""For how long a worker does nothing else when very many accounts are due in the same moment.

Two midnights come at once to accounts that nobody has heard of since: each has signals that were to be read again then.
They are woken one after the other; what is measured is the longest time in which the loop served nobody else.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypedDict

from bench.cores import children_on
from bench.inside import ask, started_as
from bench.load import heartbeats
from bench.publish import publish
from bench.recovery import write_states
from bench.watching import Failed
from bench.worker_run import counts
from streams.worker.process import WorkerProcess

ACCOUNTS = 20_000
_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS
_CAUGHT_UP_S = 300.0


class Burst(TypedDict):
    """Everybody is woken."""

    accounts: int
    wakeups: int
    seconds: float  #: until all of them were committed
    longest_pause_ms: float  #: of the worker's loop meanwhile
    p99_pause_ms: float  #: of all turns of the loop


class Held(NamedTuple):
    """The accounts that a worker starts with, as at rest."""

    states: list[bytes]
    accounts: int
    day: int  #: of the load, the last on which anybody was heard of


def measure(
    brokers: str,
    prefix: str,
    held: Held,
    sources: Mapping[str, int],
    *,
    core: int | None,
    log: Path,
    told: Callable[[int], None],
) -> Burst:
    """Let two days pass for a worker that holds these accounts. Raises Failed, WorkerFailed."""
    asyncio.run(write_states(brokers, prefix, held.states, held.accounts, told))
    log.unlink(missing_ok=True)
    file = log.with_suffix(".json")
    worker = WorkerProcess(
        brokers, prefix, options=("--clock", "replay"), log=log, **started_as("bench.paused_worker", file)
    )

    def come_to(day: int) -> tuple[float, float, Mapping[str, float]]:
        began = time.time()
        asyncio.run(publish(brokers, prefix, sources, heartbeats(day * _DAY_MS + _HOUR_MS), told))
        worker.wait_caught_up(_CAUGHT_UP_S)
        return began, time.time(), counts(worker.metrics())

    with children_on(core):
        worker.start()
    try:
        worker.wait_ready()
        _, _, before = come_to(held.day)
        began, ended, after = come_to(held.day + 2)
        late = ask(worker.pid, file)
    finally:
        worker.stop()
    woken = round(after["wakeups"] - before["wakeups"])
    if woken < held.accounts:
        raise Failed(f"{woken} of {held.accounts} accounts were woken; see {log}")
    return burst_of(late, began, ended, held.accounts, woken)


def burst_of(
    late: Sequence[Sequence[float]], began: float, ended: float, accounts: int, wakeups: int
) -> Burst:
    """The figures of all turns of a loop, [s since the epoch, s too late], between these moments."""
    pauses = sorted(pause for at, pause in late if began <= at <= ended)
    if not pauses:
        raise Failed("the worker's loop did not turn")
    return Burst(
        accounts=accounts,
        wakeups=wakeups,
        seconds=round(ended - began, 1),
        longest_pause_ms=round(pauses[-1] * 1000, 1),
        p99_pause_ms=round(pauses[round(0.99 * (len(pauses) - 1))] * 1000, 1),
    )
