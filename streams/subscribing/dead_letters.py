"""The dead letters that are kept, and what the source topics hold of their replays."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from pydantic import ValidationError

from schemas.dead_letters import DeadLetter
from schemas.topics import real_name
from streams.connection import Address, connection_of
from streams.subscribing.partitions import partitions_of
from streams.subscribing.reader import CannotRead

DEAD_LETTERS = "dead-letters"

Place = tuple[str, int]
Told = Callable[[int], None]
"""Hears how many records more were read."""


class DeadLetterReader:
    """Reads to the present end and joins no group; an async context manager. Every method raises CannotRead."""

    def __init__(self, brokers: Address, prefix: str = "") -> None:
        self._brokers = connection_of(brokers)
        self._prefix = prefix
        self._client = AIOKafkaConsumer(
            **self._brokers.aiokafka(),
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=100,
            max_partition_fetch_bytes=4 << 20,
        )

    async def __aenter__(self) -> DeadLetterReader:
        async with self._reachable():
            try:
                await self._client.start()
            except BaseException:
                await self._client.stop()
                raise
        return self

    async def __aexit__(self, *given: object) -> None:
        await self._client.stop()

    async def letters(self, told: Told = lambda count: None) -> list[DeadLetter]:
        """Every letter once, by the time of the broker; of repeats the last one."""
        name = real_name(self._prefix, DEAD_LETTERS)
        partitions = await self._partitions(name)
        if not partitions:
            raise CannotRead(
                f"There is no topic {name} at {self._brokers}.",
                hint="Create the topics first: twomotion topics apply (with the same --prefix).",
            )
        found: dict[str, DeadLetter] = {}
        async for record in self._records(dict.fromkeys(partitions, 0), told):
            if record.value is None:
                continue
            try:
                letter = DeadLetter.model_validate_json(record.value)
            except ValidationError as wrong:
                raise CannotRead(
                    f"{name}/{record.partition} offset {record.offset} breaks the contract: "
                    f"{wrong.error_count()} errors, the first in {wrong.errors()[0]['loc']}.",
                    hint="It was written by another version of the system, or by something else.",
                ) from None
            found[letter.id] = letter
        return sorted(found.values(), key=lambda letter: (letter.broker_time, letter.id))

    async def marked(
        self, places: Mapping[Place, int], mark: str, told: Told = lambda count: None
    ) -> dict[Place, tuple[int, dict[int, str]]]:
        """Of each source partition that is there: the first offset that is kept, and the value of the header `mark`
        by offset, from the given offset on."""
        starts: dict[TopicPartition, int] = {}
        place_of: dict[TopicPartition, Place] = {}
        for topic in sorted({topic for topic, _ in places}):
            for partition in await self._partitions(real_name(self._prefix, topic)):
                place = (topic, partition.partition)
                if place in places:
                    starts[partition], place_of[partition] = places[place], place
        async with self._reachable():
            begins = await self._client.beginning_offsets(list(starts)) if starts else {}
        found: dict[Place, tuple[int, dict[int, str]]] = {
            place_of[partition]: (begins[partition], {}) for partition in starts
        }
        async for record in self._records(starts, told):
            for name, value in record.headers:
                if name == mark and value is not None:
                    place = place_of[TopicPartition(record.topic, record.partition)]
                    found[place][1][record.offset] = value.decode(errors="replace")
        return found

    async def _partitions(self, name: str) -> list[TopicPartition]:
        async with self._reachable():
            return (await partitions_of(self._brokers, (name,))).get(name, [])

    async def _records(
        self, starts: Mapping[TopicPartition, int], told: Told
    ) -> AsyncIterator[ConsumerRecord]:
        """Everything from these offsets to the ends of now."""
        if not starts:
            return
        async with self._reachable():
            self._client.assign(list(starts))
            ends = await self._client.end_offsets(list(starts))
            begins = await self._client.beginning_offsets(list(starts))
            behind = [each for each, start in starts.items() if max(start, begins[each]) < ends[each]]
            for each in starts:
                self._client.seek(each, min(max(starts[each], begins[each]), ends[each]))
        while behind:
            async with self._reachable():
                batches = await self._client.getmany(*behind, timeout_ms=200)
                behind = [each for each in behind if await self._client.position(each) < ends[each]]
            for each, records in batches.items():
                told(len(records))
                for record in records:
                    if record.offset < ends[each]:
                        yield record

    @asynccontextmanager
    async def _reachable(self) -> AsyncIterator[None]:
        try:
            yield
        except (KafkaError, OSError, ValueError):
            raise CannotRead(
                f"No Kafka answers at {self._brokers}.",
                hint="Is it running, is the address right? `twomotion kafka up` starts a local one.",
                unreachable=True,
            ) from None
