"""A worker that halts inside its open transactions: all is sent, nothing is committed.

    python -m tests.worker.halting_worker <options of `twomotion worker`>

HALT_AFTER commits go through; every later one makes the file HALT_MARK and waits until HALT_GO exists.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from aiokafka import AIOKafkaProducer

from streams.cli.main import main

_commit = AIOKafkaProducer.commit_transaction
_mark, _go = Path(os.environ["HALT_MARK"]), Path(os.environ["HALT_GO"])
_left = int(os.environ["HALT_AFTER"])


async def _halting_commit(self: AIOKafkaProducer) -> None:
    global _left
    _left -= 1
    if _left < 0:
        _mark.touch()
        while not _go.exists():
            await asyncio.sleep(0.02)
    await _commit(self)


if __name__ == "__main__":
    AIOKafkaProducer.commit_transaction = _halting_commit
    sys.argv = ["twomotion", "worker", *sys.argv[1:]]
    main()
