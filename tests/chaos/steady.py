"""A load at a true rate, and a reader that notes when each message could be read."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator, Mapping
from itertools import islice
from types import TracebackType
from typing import NamedTuple

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.journal import EVENT_HEADER, unpack_header
from schemas.topics import SOURCES, TOPICS, real_name
from streams.worker.admin import Admin
from tests.chaos.feed import Feed
from tests.chaos.reading import Reading
from tests.chaos.record import Record

ALERTS = ("retention-alerts", "expansion-opportunities")
#: A load that fell behind catches up by so much at once, in s.
_MOST_S = 0.5


class SteadyFeed(Feed):
    """Sends so many records a second by the clock; `due` is how many those are since the last pause."""

    def __init__(
        self, brokers: str, prefix: str, records: Iterator[Record], partitions: Mapping[str, int], rate: int
    ) -> None:
        super().__init__(brokers, prefix, records, partitions, rate)
        self._began: float | None = None
        self.due = 0

    def _next_burst(self) -> list[Record]:
        if self._paused.is_set():
            self._began = None
            return []
        now = time.monotonic()
        if self._began is None:
            self._began, self._taken = now, 0
        wanted = round((now - self._began) * self._rate) - self._taken
        burst = list(islice(self._records, min(wanted, round(self._rate * _MOST_S))))
        self._taken += len(burst)
        self.due = round((now - self._began) * self._rate)
        return burst


class Read(NamedTuple):
    """A message, and when it could be read."""

    partition: int  #: of the journal
    offset: int
    at_ms: float


class _Place(msgspec.Struct):
    partition: int
    offset: int


class _Message(msgspec.Struct):
    journal: _Place


_MESSAGE = msgspec.json.Decoder(_Message)


class Watch:
    """Reads committed alerts on a thread of its own; a context manager."""

    def __init__(self, brokers: str, prefix: str) -> None:
        self._brokers = brokers
        self._prefix = prefix
        self._ending = threading.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._watch()), daemon=True)
        self.read: list[Read] = []

    def __enter__(self) -> Watch:
        self._thread.start()
        self._ready.wait(30)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._thread.join(10)

    async def _watch(self) -> None:
        client = AIOKafkaConsumer(
            bootstrap_servers=self._brokers,
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=50,
        )
        await client.start()
        try:
            client.assign(
                [
                    TopicPartition(real_name(self._prefix, topic), number)
                    for topic in ALERTS
                    for number in range(TOPICS[topic].partitions)
                ]
            )
            self._ready.set()
            while not self._ending.is_set():
                fetched = await client.getmany(timeout_ms=100)
                now = time.time_ns() / 1e6
                for records in fetched.values():
                    for record in records:
                        place = _MESSAGE.decode(record.value).journal
                        self.read.append(Read(place.partition, place.offset, now))
        finally:
            await client.stop()


def latencies_ms(
    brokers: str, prefix: str, read: list[Read], since_ms: float, until_ms: float
) -> list[float]:
    """Sorted: from the broker's time of a source record to when an alert that it decided could be read.

    Of source records of that time alone; alerts that time decided have no source record.
    """
    partitions = {name: TOPICS[name].partitions for name in (*SOURCES, "account-journal")}
    found = Reading(brokers, prefix, partitions).read_on()
    by_place = {
        (record.partition, record.offset): unpack_header(record.headers[0][1])
        for record in found["account-journal"]
        if record.headers[0][0] == EVENT_HEADER
    }
    with Admin(brokers) as admin:
        ids = {topic.topic_id: name for name, topic in admin.describe(prefix).items()}
    published = {
        (topic, record.partition, record.offset): record.timestamp
        for topic in SOURCES
        for record in found[topic]
    }
    waits = []
    for message in read:
        position = by_place.get((message.partition, message.offset))
        if position is None:
            continue
        at = published[ids[position.topic_id], position.partition, position.offset]
        if since_ms <= at <= until_ms:
            waits.append(message.at_ms - at)
    return sorted(waits)
