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
from bench.latency import quantile
from bench.load import heartbeats
from bench.publish import publish
from bench.recovery import write_states
from bench.watching import Failed
from bench.worker_run import counts
from streams.detection.account import with_applied
from streams.detection.units import DAY_MS, HOUR_MS
from streams.worker.process import WorkerProcess

ACCOUNTS = 20_000
_CAUGHT_UP_S = 120.0
#: How often the worker is asked how many it has woken, in s: asking costs it some ms.
_ASK_S = 1.0


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
    # As a new journal finds them: none of its records is in them yet.
    states = [with_applied(state, -1) for state in held.states]
    asyncio.run(write_states(brokers, prefix, states, held.accounts, told))
    log.unlink(missing_ok=True)
    file = log.with_suffix(".json")
    worker = WorkerProcess(
        brokers, prefix, options=("--clock", "replay"), log=log, **started_as("bench.paused_worker", file)
    )

    def come_to(day: int) -> None:
        asyncio.run(publish(brokers, prefix, sources, heartbeats(day * DAY_MS + HOUR_MS), told))
        worker.wait_caught_up(_CAUGHT_UP_S)

    def woken() -> int:
        return round(counts(worker.metrics())["wakeups"])

    with children_on(core):
        worker.start()
    try:
        worker.wait_ready()
        come_to(held.day)
        before, began = woken(), time.time()
        come_to(held.day + 2)
        # The sources are at rest, and their last time is said, some while after their last record was read.
        while (found := woken() - before) < held.accounts:
            told(found)
            if time.time() - began > _CAUGHT_UP_S:
                raise Failed(f"{found} of {held.accounts} accounts were woken; see {log}")
            time.sleep(_ASK_S)
        worker.wait_caught_up(_CAUGHT_UP_S)
        ended, found = time.time(), woken() - before
        late = ask(worker.pid, file)
    finally:
        worker.stop()
    return burst_of(late, began, ended, held.accounts, found)


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
        p99_pause_ms=round(quantile(pauses, 0.99) * 1000, 1),
    )
