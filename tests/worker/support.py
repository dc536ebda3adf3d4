"""A system of its own on the real broker: topics under a prefix, what is published, what comes out."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

from schemas.journal import POSITION, SOURCE, WATERMARK_HEADER
from schemas.topics import TOPICS, real_name
from streams.assembly import load_system
from streams.connection import Address, connection_of
from streams.detection.engine import PartitionEngine
from streams.publishing.publisher import Publisher
from streams.story.history import tell
from streams.worker.admin import Admin
from streams.worker.process import WorkerProcess
from streams.worker.topics import OUTPUTS
from tests.support.quick import QuickWorker

#: A killed worker's partitions are free after this; the shortest that the local broker allows is 1 s.
SESSION_S = "1.5"
#: For a worker that is killed or frozen or stops itself, so that another one takes over soon. All others keep their
#: partitions however long a busy machine lets them wait: what they do is counted.
SHORT_LIVED = {"TWOMOTION_SESSION_TIMEOUT_S": SESSION_S}


@dataclass(frozen=True)
class Cluster:
    """The topics of one test."""

    brokers: Address
    prefix: str

    def apply(self) -> None:
        with Admin(self.brokers) as admin:
            admin.apply(self.prefix)

    def worker(self, *options: str, **environment: str) -> WorkerProcess:
        """A worker that is not started yet; commits often, so that there is more to interrupt."""
        settings = {
            "TWOMOTION_COMMIT_INTERVAL_S": "0.3",
            "TWOMOTION_IDLE_S": "0.5",
            "TWOMOTION_CLOCK": "replay",
        }
        return QuickWorker(
            self.brokers,
            self.prefix,
            options=options,
            environment=settings | environment,
        )

    def put(
        self,
        topic: str,
        *values: bytes | None,
        key: bytes | None = None,
        partition: int | None = None,
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> None:
        """Publish values to a topic, in order, as any publisher may."""

        async def put() -> None:
            producer = AIOKafkaProducer(
                **connection_of(self.brokers).aiokafka(), enable_idempotence=True, max_request_size=4 << 20
            )
            await producer.start()
            try:
                for value in values:
                    await producer.send_and_wait(
                        real_name(self.prefix, topic),
                        value,
                        key=key if key is not None or value is not None else b"",
                        partition=partition,
                        headers=list(headers),
                    )
            finally:
                await producer.stop()

        asyncio.run(put())

    def publish_story(self, accounts: int = 14, days: int = 120, seed: int = 1, beats: int = 1) -> None:
        """A whole history, in the order in which its publishers would have sent it.

        Args:
            beats: every so many heartbeats of a topic one is sent; all of them are most of a small story.
        """
        asyncio.run(self._publish_story(accounts, days, seed, beats))

    async def _publish_story(self, accounts: int, days: int, seed: int, beats: int) -> None:
        seen: Counter[str] = Counter()
        async with Publisher(self.brokers, self.prefix) as publisher:
            for record in tell(accounts, days, seed).records():
                if record.type == "source.heartbeat":
                    seen[record.topic] += 1
                    if seen[record.topic] % beats == 0:
                        await publisher.put_everywhere(record.topic, record.line)
                else:
                    account = str(json.loads(record.line)["account_id"])
                    await publisher.put(record.topic, account.encode(), record.line)

    def publish(self, messages: Iterable[tuple[str, str, bytes]]) -> None:
        """Publish (topic, account, value), each to its account's own partition, in order."""

        async def publish() -> None:
            async with Publisher(self.brokers, self.prefix) as publisher:
                for topic, account, value in messages:
                    await publisher.put(topic, account.encode(), value)

        asyncio.run(publish())

    def read(self, topic: str) -> list[ConsumerRecord]:
        """Everything that is on a topic now, by partition and offset."""
        return asyncio.run(self._read(topic))

    async def _read(self, topic: str) -> list[ConsumerRecord]:
        consumer = AIOKafkaConsumer(
            **connection_of(self.brokers).aiokafka(),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_partition_fetch_bytes=4 << 20,
        )
        await consumer.start()
        try:
            name = real_name(self.prefix, topic)
            tps = [TopicPartition(name, n) for n in range(TOPICS[topic].partitions)]
            consumer.assign(tps)
            ends = await consumer.end_offsets(tps)
            await consumer.seek_to_beginning(*tps)
            records: list[ConsumerRecord] = []
            while any([await consumer.position(tp) < ends[tp] for tp in tps]):
                for fetched in (await consumer.getmany(timeout_ms=200)).values():
                    records += fetched
        finally:
            await consumer.stop()
        return sorted(records, key=lambda record: (record.partition, record.offset))

    def has_grown_or_ended(self, worker: WorkerProcess, length: int) -> bool:
        """Whether the journal is longer than so many records, or there is nothing more to journal."""
        status = worker.status()
        return self.journal_length() > length or (status is not None and status["sources_done"])

    def journal_length(self) -> int:
        """Records written to the journal so far."""

        async def length() -> int:
            consumer = AIOKafkaConsumer(**connection_of(self.brokers).aiokafka(), enable_auto_commit=False)
            await consumer.start()
            try:
                name = real_name(self.prefix, "account-journal")
                tps = [TopicPartition(name, n) for n in range(TOPICS["account-journal"].partitions)]
                return sum((await consumer.end_offsets(tps)).values())
            finally:
                await consumer.stop()

        return asyncio.run(length())

    def output(self) -> dict[str, set[tuple[bytes, bytes]]]:
        """Distinct (key, value) of every output topic that the engine writes."""
        return {
            name: {(r.key, r.value) for r in self.read(name)} for name in OUTPUTS if name != "dead-letters"
        }

    def oracle(self) -> dict[str, set[tuple[bytes, bytes]]]:
        """What the output must be: this journal, folded by the pure core, each partition in one batch."""
        system = load_system()
        said: dict[str, set[tuple[bytes, bytes]]] = {
            name: set() for name in OUTPUTS if name != "dead-letters"
        }
        for partition, records in by_partition(self.read("account-journal")).items():
            for message in PartitionEngine(system, partition, {}).process(records):
                said.setdefault(message.topic, set()).add((message.key, message.value))
        return said


def by_partition(records: Iterable[ConsumerRecord]) -> dict[int, list[ConsumerRecord]]:
    """Records in order, by partition."""
    parts: dict[int, list[ConsumerRecord]] = {}
    for record in records:
        parts.setdefault(record.partition, []).append(record)
    return parts


def events(records: Iterable[ConsumerRecord]) -> list[ConsumerRecord]:
    """Journal records that are no watermarks."""
    return [record for record in records if record.headers[0][0] != WATERMARK_HEADER]


def source_and_position(record: ConsumerRecord) -> tuple[bytes, bytes]:
    """Where a journalled event came from."""
    header = record.headers[0][1]
    return header[SOURCE], header[POSITION]


def session(account: str = "acme", event_id: str = "e-1", **changes: object) -> bytes:
    """A valid event of `product-usage`; None takes a field away."""
    event = {
        "event_id": event_id,
        "type": "session.started",
        "schema_version": 1,
        "account_id": account,
        "occurred_at": "2026-06-01T11:59:00Z",
        "source_system": "atlas-web",
        "user_id": "u-1",
    } | changes
    return json.dumps({name: value for name, value in event.items() if value is not None}).encode()
