"""Onto the topics in large batches, each record to the partition that its account has everywhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaProducer

from bench.load import Record
from schemas.partitioning import partition_of

_BATCH_BYTES = 256 * 1024
_TELL_EVERY = 5_000


@dataclass
class Published:
    """How many records went out."""

    events: Counter[str] = field(default_factory=Counter)  #: by topic
    heartbeats: int = 0

    @property
    def all_events(self) -> int:
        return self.events.total()


async def publish(
    brokers: str,
    prefix: str,
    partitions: Mapping[str, int],
    records: Iterable[Record],
    told: Callable[[int], None],
) -> Published:
    """Publish everything and wait for the acks.

    Args:
        partitions: of each source topic, by contract name.
        told: called now and then with the number of events made so far.
    """
    producer = AIOKafkaProducer(
        bootstrap_servers=brokers, acks="all", max_batch_size=_BATCH_BYTES, linger_ms=0
    )
    await producer.start()
    try:
        return await _Publisher(producer, prefix, partitions).run(records, told)
    finally:
        await producer.stop()


class Places:
    """The partition of each account on each source topic."""

    def __init__(self, partitions: Mapping[str, int]) -> None:
        self._partitions = partitions
        self._known: dict[tuple[str, str], int] = {}

    def partitions(self, topic: str) -> int:
        return self._partitions[topic]

    def __call__(self, topic: str, account_id: str) -> int:
        place = self._known.get((topic, account_id))
        if place is None:
            place = partition_of(account_id.encode(), self._partitions[topic])
            self._known[topic, account_id] = place
        return place


class _Publisher:
    def __init__(self, producer: AIOKafkaProducer, prefix: str, partitions: Mapping[str, int]) -> None:
        self._producer = producer
        self._prefix = prefix
        self._places = Places(partitions)
        self._filling: dict[tuple[str, int], Any] = {}
        self._acks: list[Any] = []

    async def run(self, records: Iterable[Record], told: Callable[[int], None]) -> Published:
        done = Published()
        made = 0
        for record in records:
            if record.account_id is None:
                done.heartbeats += 1
                for partition in range(self._places.partitions(record.topic)):
                    await self._append(record.topic, partition, None, record.value)
                continue
            done.events[record.topic] += 1
            partition = self._places(record.topic, record.account_id)
            await self._append(record.topic, partition, record.account_id.encode(), record.value)
            made += 1
            if made % _TELL_EVERY == 0:
                told(made)
        for (topic, partition), batch in self._filling.items():
            await self._send(topic, partition, batch)
        for ack in self._acks:
            await ack
        told(made)
        return done

    async def _append(self, topic: str, partition: int, key: bytes | None, value: bytes) -> None:
        where = topic, partition
        batch = self._filling.get(where)
        if batch is None:
            batch = self._filling[where] = self._producer.create_batch()
        if batch.append(key=key, value=value, timestamp=None) is None:
            await self._send(topic, partition, batch)
            batch = self._filling[where] = self._producer.create_batch()
            batch.append(key=key, value=value, timestamp=None)

    async def _send(self, topic: str, partition: int, batch: Any) -> None:
        batch.close()
        # Waits by itself while the partition's batch before this one is on its way.
        self._acks.append(await self._producer.send_batch(batch, self._prefix + topic, partition=partition))
