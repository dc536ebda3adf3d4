"""A worker that halts inside its open transactions: all is sent, nothing is committed.

    python -m tests.worker.halting_worker <options of `twomotion worker`>

HALT_AFTER commits go through; every later one makes the file HALT_MARK and waits until HALT_GO exists.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiokafka import AIOKafkaProducer

from streams.cli.main import main

_commit = AIOKafkaProducer.commit_transaction


def halting_commit(mark: Path, go: Path, after: int) -> Callable[[AIOKafkaProducer], Awaitable[None]]:
    """A `commit_transaction` that halts from the commit after `after` ones on."""
    left = after

    async def commit(self: AIOKafkaProducer) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            mark.touch()
            while not go.exists():
                await asyncio.sleep(0.02)
        await _commit(self)

    return commit


if __name__ == "__main__":
    AIOKafkaProducer.commit_transaction = halting_commit(
        Path(os.environ["HALT_MARK"]), Path(os.environ["HALT_GO"]), int(os.environ["HALT_AFTER"])
    )
    sys.argv = ["twomotion", "worker", *sys.argv[1:]]
    main()
