"""A fast publisher that keeps the order of every account and of every partition."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from types import TracebackType

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, TopicAuthorizationFailedError
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import RecordMetadata

from schemas.partitioning import partition_of
from schemas.topics import real_name
from streams.connection import Address, connection_of
from streams.connection.refusals import DENIED, ask_why_refused
from streams.publishing.errors import BrokerUnreachable, CannotPublish, Refused, TopicMissing
from streams.publishing.tracing import Headers, traced

ROUND_RECORDS = 2_000
"""Records that travel together. What is put in one round may be read in any order across partitions."""
ROUNDS_IN_FLIGHT = 3
_NO_HEADERS: Headers = []
_BATCH_BYTES = 512 * 1024
_REQUEST_BYTES = 2 * 1024 * 1024
_REQUEST_TIMEOUT_MS = 20_000


class Publisher:
    """Puts records on topics of one prefix; an async context manager.

    The partition is Kafka's own choice for the account (murmur2 of its UTF-8 id). All partitions advance
    together, in rounds: a consumer of several topics sees them side by side, as publishers that live at
    the same time would write them. Idempotent, acknowledged by all replicas. Every method may raise
    `CannotPublish`; then what was put since the last `flush` may or may not be on the broker.
    """

    def __init__(self, brokers: Address, prefix: str = "") -> None:
        self._brokers = connection_of(brokers)
        self._prefix = prefix
        self._producer = AIOKafkaProducer(
            **self._brokers.aiokafka(),
            acks="all",
            enable_idempotence=True,
            linger_ms=0,
            max_batch_size=_BATCH_BYTES,
            max_request_size=_REQUEST_BYTES,
            request_timeout_ms=_REQUEST_TIMEOUT_MS,
        )
        self._partitions: dict[str, int] = {}
        self._places: dict[tuple[str, bytes], int] = {}
        self._filling: dict[tuple[str, int], BatchBuilder] = {}
        self._in_round = 0
        self._header = traced()
        self._sent: deque[tuple[Counter[str], asyncio.Future[list[RecordMetadata]]]] = deque()
        self.acknowledged: Counter[str] = Counter()
        """Records that are on the broker, by contract name; a heartbeat counts once a partition."""

    async def __aenter__(self) -> Publisher:
        try:
            await self._producer.start()
        except (KafkaError, OSError, ValueError) as failed:
            await self._producer.stop()
            raise await self._why_not_started(failed) from None
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                await self.flush()
        finally:
            for _, acks in self._sent:
                acks.cancel()
            await self._producer.stop()

    async def partitions(self, topic: str) -> int:
        """How many partitions a topic (contract name) has on the broker."""
        if topic not in self._partitions:
            name = real_name(self._prefix, topic)
            try:
                # All topics are asked for: asking for one by name creates it on brokers that do so.
                cluster = await self._producer.client.fetch_all_metadata()
            except (KafkaError, OSError):
                raise BrokerUnreachable(self._brokers) from None
            there = cluster.partitions_for_topic(name)
            if not there:
                raise TopicMissing(name, self._brokers)
            self._partitions[topic] = len(there)
        return self._partitions[topic]

    async def put(self, topic: str, account: bytes, value: bytes) -> None:
        """Put one record of an account (id as UTF-8, which becomes the key) on a topic (contract name). Where an
        OpenTelemetry span is current, the record bears its trace context."""
        place = self._places.get((topic, account))
        if place is None:
            place = self._places[topic, account] = partition_of(account, await self.partitions(topic))
        await self._append(topic, place, account, value)

    async def put_everywhere(self, topic: str, value: bytes) -> None:
        """Put one record on every partition, after all that was put before: a heartbeat's way."""
        for partition in range(await self.partitions(topic)):
            await self._append(topic, partition, None, value)

    async def flush(self) -> None:
        """Return when everything that was put is acknowledged."""
        await self._send_round()
        while self._sent:
            await self._await_oldest()

    async def _append(self, topic: str, partition: int, key: bytes | None, value: bytes) -> None:
        at = (topic, partition)
        batch = self._filling.get(at)
        if batch is None:
            batch = self._filling[at] = self._producer.create_batch()
        headers = self._header() if self._header is not None else _NO_HEADERS
        if batch.append(timestamp=None, key=key, value=value, headers=headers) is None:
            await self._send_round()
            batch = self._filling[at] = self._producer.create_batch()
            # The first record of a batch is taken whatever its size; the broker says if it is too large.
            batch.append(timestamp=None, key=key, value=value, headers=headers)
        self._in_round += 1
        if self._in_round >= ROUND_RECORDS:
            await self._send_round()

    async def _send_round(self) -> None:
        if not self._filling:
            return
        self._header = traced()
        batches, self._filling, self._in_round = self._filling, {}, 0
        counts: Counter[str] = Counter()
        for (topic, _), batch in batches.items():
            batch.close()
            counts[topic] += batch.record_count()
        try:
            # Returns when each batch is queued behind its partition's last; the acks come later.
            acks = await asyncio.gather(*(self._send(at, batch) for at, batch in batches.items()))
        except (KafkaError, OSError) as failed:
            raise self._failure(failed) from failed
        self._sent.append((counts, asyncio.gather(*acks)))
        while len(self._sent) > ROUNDS_IN_FLIGHT or (self._sent and self._sent[0][1].done()):
            await self._await_oldest()

    async def _send(self, at: tuple[str, int], batch: BatchBuilder) -> asyncio.Future[RecordMetadata]:
        topic, partition = at
        name = real_name(self._prefix, topic)
        ack: asyncio.Future[RecordMetadata] = await self._producer.send_batch(
            batch, name, partition=partition
        )
        return ack

    async def _await_oldest(self) -> None:
        counts, acks = self._sent.popleft()
        try:
            await acks
        except (KafkaError, OSError) as failed:
            raise self._failure(failed) from failed
        self.acknowledged += counts

    async def _why_not_started(self, failed: Exception) -> CannotPublish:
        if (why := await ask_why_refused(self._brokers)) is not None:
            return Refused(why)
        # It is asked for the number that makes writing idempotent, which whoever may write anywhere gets.
        if isinstance(failed, DENIED):
            return Refused(
                f"{self._brokers.security.user} may write to no topic of Kafka at {self._brokers} (right: Write)"
            )
        return BrokerUnreachable(self._brokers)

    def _failure(self, failed: Exception) -> CannotPublish:
        if isinstance(failed, TopicAuthorizationFailedError):
            # Its argument is the topic, or all of a request's.
            return Refused(f"{self._brokers.security.user} may not write there (right: Write): {failed}")
        return CannotPublish(
            f"Kafka at {self._brokers} did not take the records: {failed!r}.",
            hint="What is acknowledged is kept; publishing the same events again does no harm (same ids).",
        )
