"""The `account-journal` topic as it stands, for whoever folds it again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from schemas.topics import real_name
from streams.connection import Address, connection_of
from streams.subscribing.reader import CannotRead

JOURNAL = "account-journal"
_FETCH_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class _Range:
    """Offsets of one partition: the first that is kept, and the one behind the last at the time of asking."""

    partition: TopicPartition
    begin: int
    end: int


@dataclass
class JournalReader:
    """Every record of a journal up to where it ended when it was asked; joins no group and leaves no trace.

    Partitions are read one after the other, each in order: memory stays small however long the journal is."""

    brokers: Address
    prefix: str = ""
    partitions: int = 0
    """How many the topic has; known after `measure`."""
    begins_late: list[int] = field(default_factory=list)
    """Partitions whose first records the broker has let go already; known after `measure`."""
    _ranges: list[_Range] = field(default_factory=list)

    def measure(self) -> int:
        """How many records there are. Raises CannotRead."""
        self._ranges = asyncio.run(self._measure())
        self.partitions = len(self._ranges)
        self.begins_late = [each.partition.partition for each in self._ranges if each.begin > 0]
        return sum(each.end - each.begin for each in self._ranges)

    def records(self, told: Callable[[int], None]) -> Iterator[ConsumerRecord]:
        """The records; `told` hears how many offsets were passed. Raises CannotRead, also where the broker has
        let go of records that were still to be read."""
        loop = asyncio.new_event_loop()
        stream = self._read(told)
        try:
            while True:
                try:
                    batch = loop.run_until_complete(anext(stream))
                except StopAsyncIteration:
                    return
                yield from batch
        finally:
            loop.run_until_complete(stream.aclose())
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()

    async def _measure(self) -> list[_Range]:
        async with self._reachable():
            asking = AIOKafkaClient(**connection_of(self.brokers).aiokafka())
            try:
                await asking.bootstrap()
                name = real_name(self.prefix, JOURNAL)
                numbers: set[int] | None = (await asking.fetch_all_metadata()).partitions_for_topic(name)
            finally:
                await asking.close()
            if not numbers:
                raise CannotRead(
                    f"There is no topic {name} at {self.brokers}.",
                    hint="A backtest from Kafka reads the journal of a run; is the --prefix the run's?",
                )
            partitions = [TopicPartition(name, number) for number in sorted(numbers)]
            consumer = self._consumer()
            await consumer.start()
            try:
                begins = await consumer.beginning_offsets(partitions)
                ends = await consumer.end_offsets(partitions)
            finally:
                await consumer.stop()
            return [_Range(each, begins[each], ends[each]) for each in partitions]

    async def _read(self, told: Callable[[int], None]) -> AsyncGenerator[Sequence[ConsumerRecord], None]:
        async with self._reachable():
            consumer = self._consumer()
            await consumer.start()
            try:
                for each in self._ranges:
                    async for batch in self._partition(consumer, each, told):
                        yield batch
            finally:
                await consumer.stop()

    async def _partition(
        self, consumer: AIOKafkaConsumer, each: _Range, told: Callable[[int], None]
    ) -> AsyncIterator[Sequence[ConsumerRecord]]:
        if each.begin == each.end:
            return
        consumer.assign([each.partition])
        consumer.seek(each.partition, each.begin)
        at = each.begin
        while at < each.end:
            records = (await consumer.getmany(each.partition, timeout_ms=200)).get(each.partition, [])
            position = await consumer.position(each.partition)
            told(min(position, each.end) - min(at, each.end))
            at = position
            kept = [record for record in records if record.offset < each.end]
            if kept:
                yield kept

    def _consumer(self) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            **connection_of(self.brokers).aiokafka(),
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="none",
            max_partition_fetch_bytes=_FETCH_BYTES,
            fetch_max_wait_ms=100,
        )

    @asynccontextmanager
    async def _reachable(self) -> AsyncIterator[None]:
        try:
            yield
        except (KafkaError, OSError) as problem:
            raise CannotRead(
                f"The journal cannot be read from {self.brokers}: {problem}.",
                hint="Is Kafka running, is the address right? `twomotion kafka up` starts a local one.",
                unreachable=True,
            ) from None
