"""`twomotion worker`, which notes how late its loop turns: whatever keeps it keeps heartbeats and answers too.

From the first partition that it processes a timer is due every few milliseconds. Run as a program with the options of
`twomotion worker`; tells a list of [s since the epoch, s too late].
"""

from __future__ import annotations

import asyncio
import time

from bench.inside import run_worker_that_tells
from streams.worker.partition_task import PartitionTask

_EVERY_S = 0.005


def main() -> None:
    """The worker's command beside that timer."""
    late: list[tuple[float, float]] = []
    start = PartitionTask.start

    def tick(loop: asyncio.AbstractEventLoop, due: float) -> None:
        now = loop.time()
        late.append((time.time(), now - due))
        loop.call_later(_EVERY_S, tick, loop, now + _EVERY_S)

    def start_with_timer(task: PartitionTask, offset: int) -> None:
        if not late:
            loop = asyncio.get_running_loop()
            tick(loop, loop.time())
        start(task, offset)

    PartitionTask.start = start_with_timer  # type: ignore[method-assign, assignment]
    run_worker_that_tells(lambda: late)


if __name__ == "__main__":
    main()
