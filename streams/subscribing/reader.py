"""A reader of one output topic: what is there, then what comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Final, TypeAlias

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError, TopicAuthorizationFailedError
from pydantic import ValidationError

from schemas.board import AccountQuadrant, QuadrantChange
from schemas.growth import ExpansionOpportunity
from schemas.partitioning import partition_of
from schemas.retention import RetentionAlert
from schemas.topics import real_name
from streams.connection import Address, Connection, connection_of
from streams.connection.refusals import ask_why_refused, unless_hidden

Output: TypeAlias = RetentionAlert | ExpansionOpportunity | QuadrantChange | AccountQuadrant

OUTPUTS: Final[dict[str, type[Output]]] = {
    "retention-alerts": RetentionAlert,
    "expansion-opportunities": ExpansionOpportunity,
    "quadrant-changes": QuadrantChange,
    "account-quadrants": AccountQuadrant,
}
_MARKERS_BETWEEN: Final = 4
"""Offsets a message may take: transactions leave markers, which are no messages, between them."""


class CannotRead(Exception):
    """The topic cannot be read. `hint` says what to do; `unreachable`: no broker answers at all."""

    def __init__(self, message: str, *, hint: str, unreachable: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.unreachable = unreachable


async def cannot_connect(connection: Connection) -> CannotRead:
    """Why there is no connection, as far as the broker says."""
    if (why := await ask_why_refused(connection)) is not None:
        return CannotRead(f"{why}.", hint="docs/security.md says how to log in.")
    return CannotRead(
        f"No Kafka answers at {connection}.",
        hint="Is it running, is the address right? `twomotion kafka up` starts a local one.",
        unreachable=True,
    )


def may_not_read(connection: Connection, topic: str) -> CannotRead:
    """The topic is there, and not for this user."""
    return CannotRead(
        f"{connection.security.user} may not read {topic} (right: Read).",
        hint="docs/security.md says what a subscriber has to be allowed.",
    )


@dataclass(frozen=True)
class Said:
    """One message, and the bytes that it was."""

    message: Output
    value: bytes

    @property
    def at(self) -> datetime:
        """When it was decided, event time."""
        return self.message.times.decided_at


class Reader:
    """Reads one output topic (contract name) of a prefix; an async context manager.

    With `account` it reads that account alone, from its partition. Raises CannotRead, also for a message
    that breaks the contract.
    """

    def __init__(self, brokers: Address, topic: str, prefix: str = "", *, account: str | None = None) -> None:
        self._brokers = connection_of(brokers)
        self._model = OUTPUTS[topic]
        self._topic = real_name(prefix, topic)
        self._account = account.encode() if account is not None else None
        self._partitions: list[TopicPartition] = []
        self._client = AIOKafkaConsumer(
            **self._brokers.aiokafka(),
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=100,
        )

    async def __aenter__(self) -> Reader:
        try:
            self._partitions = await self._find_partitions()
            await self._client.start()
            self._client.assign(self._partitions)
        except CannotRead:
            await self._client.stop()
            raise
        except (KafkaError, OSError, ValueError):
            await self._client.stop()
            raise await cannot_connect(self._brokers) from None
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.stop()

    async def _find_partitions(self) -> list[TopicPartition]:
        # All topics are asked for: asking for one by name creates it on brokers that do so.
        asking = AIOKafkaClient(**self._brokers.aiokafka())
        try:
            await asking.bootstrap()
            numbers: set[int] | None = (await asking.fetch_all_metadata()).partitions_for_topic(self._topic)
        finally:
            await asking.close()
        if not numbers:
            raise CannotRead(
                f"There is no topic {self._topic} at {self._brokers}{unless_hidden(self._brokers, 'Read')}.",
                hint="Create the topics first: twomotion topics apply (with the same --prefix).",
            )
        if self._account is not None:
            numbers = {partition_of(self._account, len(numbers))}
        return [TopicPartition(self._topic, number) for number in sorted(numbers)]

    async def so_far(self, newest: int | None = None) -> list[Said]:
        """What is on the topic now, in the order of deciding; only the `newest` so many, if given.

        Afterwards `following` goes on behind it.
        """
        ends = await self._client.end_offsets(self._partitions)
        begins = await self._client.beginning_offsets(self._partitions)
        for partition, end in ends.items():
            start = begins[partition]
            if newest is not None and self._account is None:
                start = max(start, end - newest * _MARKERS_BETWEEN)
            self._client.seek(partition, start)
        found: list[Said] = []
        while True:
            # One position at a time: it waits for a fetch where none is known yet.
            behind = [each for each in self._partitions if await self._client.position(each) < ends[each]]
            if not behind:
                break
            try:
                fetched = await self._client.getmany(*behind, timeout_ms=200)
            except TopicAuthorizationFailedError:
                raise may_not_read(self._brokers, self._topic) from None
            for records in fetched.values():
                # What came after the start of reading is still in its place for `following`: nothing of a
                # batch is thrown away, it is only earlier than promised.
                found += [said for record in records if (said := self._said(record)) is not None]
        found.sort(key=lambda said: said.at)
        return found if newest is None else found[len(found) - min(newest, len(found)) :]

    async def to_the_end(self) -> None:
        """Go behind what is on the topic now, for `following` to give only what is new."""
        for partition, end in (await self._client.end_offsets(self._partitions)).items():
            self._client.seek(partition, end)

    async def following(self) -> AsyncIterator[Said]:
        """Each new message as it comes, for ever."""
        while True:
            try:
                batches = await self._client.getmany(timeout_ms=500)
            except TopicAuthorizationFailedError:
                raise may_not_read(self._brokers, self._topic) from None
            except KafkaError:
                # The client looks for the broker again by itself; asking at once would only turn in a circle.
                await asyncio.sleep(0.5)
                continue
            for records in batches.values():
                for record in records:
                    if (said := self._said(record)) is not None:
                        yield said

    def _said(self, record: ConsumerRecord) -> Said | None:
        if record.value is None or (self._account is not None and record.key != self._account):
            return None
        try:
            return Said(self._model.model_validate_json(record.value), record.value)
        except ValidationError as wrong:
            raise CannotRead(
                f"{self._topic}/{record.partition} offset {record.offset} breaks the contract: "
                f"{wrong.error_count()} errors, the first in {wrong.errors()[0]['loc']}.",
                hint="It was written by another version of the system, or by something else.",
            ) from None
