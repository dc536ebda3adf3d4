"""How soon a worker that holds very many accounts is ready again."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypedDict

from aiokafka import AIOKafkaProducer

from bench.cores import children_on
from bench.watching import Failed, Watch
from schemas.partitioning import partition_of
from schemas.topics import TOPICS, real_name
from streams.worker.process import WorkerProcess

ACCOUNTS = 100_000
_STATE = "account-state"
_BATCH_BYTES = 512 * 1024
_READY_S = 120.0


class Recovery(TypedDict):
    """A start over a full changelog."""

    accounts: int
    bytes_per_account: int
    seconds: float  #: from the launch of the process until it is ready: Python's own start included
    peak_mb: float


async def write_states(
    brokers: str, prefix: str, states: list[bytes], accounts: int, told: Callable[[int], None]
) -> None:
    """Fill the changelog with so many accounts, each with one of these states."""
    name, partitions = real_name(prefix, _STATE), TOPICS[_STATE].partitions
    producer = AIOKafkaProducer(
        bootstrap_servers=brokers, acks="all", max_batch_size=_BATCH_BYTES, max_request_size=16 * _BATCH_BYTES
    )
    await producer.start()
    filling: dict[int, Any] = {}
    acks: list[Any] = []

    async def send(partition: int) -> None:
        batch = filling.pop(partition)
        batch.close()
        acks.append(await producer.send_batch(batch, name, partition=partition))

    try:
        for number in range(accounts):
            key = f"acct-{number:06d}".encode()
            value = states[number % len(states)]
            partition = partition_of(key, partitions)
            batch = filling.get(partition)
            if batch is None or batch.append(key=key, value=value, timestamp=None) is None:
                if batch is not None:
                    await send(partition)
                batch = filling[partition] = producer.create_batch()
                batch.append(key=key, value=value, timestamp=None)
            if number % 1_000 == 0:
                told(number)
        for partition in list(filling):
            await send(partition)
        for ack in acks:
            await ack
    finally:
        await producer.stop()


def recover(
    brokers: str, prefix: str, accounts: int, states: list[bytes], *, core: int | None, log: Path
) -> Recovery:
    """Start a worker over that changelog, wait until it is ready, and end it. Raises Failed, WorkerFailed."""
    log.unlink(missing_ok=True)
    worker = WorkerProcess(brokers, prefix, log=log)
    launched = time.monotonic()
    with children_on(core):
        worker.start()
    try:
        watch = Watch(worker.pid)
        worker.wait_ready(_READY_S)
        seconds = time.monotonic() - launched
        watch.sample(lambda: accounts)
        held = _gauge(worker.metrics(), "twomotion_accounts")
    finally:
        worker.stop()
    if held < accounts:
        raise Failed(f"the worker was ready with {held:.0f} accounts of {accounts}; see {log}")
    return Recovery(
        accounts=accounts,
        bytes_per_account=round(sum(map(len, states)) / len(states)),
        seconds=round(seconds, 2),
        peak_mb=round(watch.peak_mb, 1),
    )


def _gauge(page: str, name: str) -> float:
    return next((float(line.split()[-1]) for line in page.splitlines() if line.startswith(name + " ")), 0.0)
