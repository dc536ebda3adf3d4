"""What the engine has told, read back from its output topics: the memory that is left when the states are lost.

Every message names the journal record that decided it, and a partition's commits are made in the journal's order:
so everything decided before the last record that anything was told of, was told. Of that record itself only a part
may have been (a watermark wakes thousands of accounts, and a commit may lie between two of them): there the single
messages count.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

import msgspec
import xxhash
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from schemas.board import AccountQuadrant
from schemas.topics import TOPICS
from streams.connection import Connection
from streams.detection.told import Told
from streams.worker.closing import close
from streams.worker.topics import JOURNAL, OUTPUTS, Topics

PLACES = next(name for name in OUTPUTS if TOPICS[name].models == (AccountQuadrant,))
"""The compacted topic of the board."""

_CLOSED = frozenset({"resolved", "lapsed", "retracted", "expired", "converted", "historical"})


@dataclass
class ToldOfPartition:
    """What was told of one journal partition."""

    last: int = -1
    """Highest journal offset that anything was told of."""
    ids: list[bytes] = field(default_factory=list)
    """Of the messages that may be only a part of what their journal record decided."""
    spoke: set[bytes] = field(default_factory=set)
    """The accounts that those messages are about."""
    accounts: dict[bytes, dict[str, Told]] = field(default_factory=dict)
    """By account and signal."""


class Book:
    """What was told, entered record by record in the order of each topic's partitions.

    Args:
        surely: journal partition -> offset below which everything was told, known from elsewhere.
        in_order: commits are transactions: what lies before the last one is complete.
    """

    def __init__(self, surely: Mapping[int, int], *, in_order: bool) -> None:
        self.partitions: dict[int, ToldOfPartition] = {}
        self._surely = surely
        self._in_order = in_order
        self._standing: dict[bytes, int] = {}  # accounts with a place on the board -> journal partition

    def enter(self, topic: str, key: bytes, value: bytes | None) -> None:
        """One record of an output topic (contract name)."""
        if value is None:
            if topic == PLACES:
                self._standing.pop(key, None)
            return
        said = _SAID.decode(value)
        at = said.place
        if at is None:
            return
        part = self.partitions.setdefault(at.partition, ToldOfPartition())
        if at.offset > part.last:
            part.last = at.offset
            if self._in_order:
                part.ids, part.spoke = [], set()
        begins = part.last if self._in_order else 0
        if at.offset >= max(begins, self._surely.get(at.partition, 0)):
            part.ids.append(identity(topic, key, value))
            part.spoke.add(key)
        if topic == PLACES:
            self._standing[key] = at.partition
        self._note(part.accounts, topic, key, said)

    def close(self) -> dict[int, ToldOfPartition]:
        """By journal partition; of accounts that have no place any more (erased ones) nothing is kept."""
        for part in self.partitions.values():
            part.accounts = {key: told for key, told in part.accounts.items() if key in self._standing}
        return self.partitions

    def _note(self, accounts: dict[bytes, dict[str, Told]], topic: str, key: bytes, said: _Said) -> None:
        if topic == PLACES:
            for signal, ordinal in said.ordinals.items():
                known = accounts.setdefault(key, {}).get(signal)
                if known is None or known.ordinal < ordinal:
                    accounts[key][signal] = Told(ordinal)
        elif said.alert_id and said.signal is not None:
            ordinal = int(said.alert_id.rpartition("/")[2])
            known = accounts.setdefault(key, {}).get(said.signal.id)
            if known is None or (known.ordinal, known.revision) <= (ordinal, said.revision):
                accounts[key][said.signal.id] = Told(ordinal, said.revision, said.status not in _CLOSED)


def identity(topic: str, key: bytes, value: bytes) -> bytes:
    """What tells a message from all others of its journal record, in 8 bytes."""
    said = _SAID.decode(value)
    if said.alert_id:
        name = f"{topic} {said.alert_id} {said.revision}"
    elif said.to_quadrant:
        name = f"{topic} {key!r} {said.times} {said.to_quadrant}"
    elif said.id:
        name = f"{topic} {said.id}"
    else:
        return xxhash.xxh3_64_digest(topic.encode() + key + value)
    return xxhash.xxh3_64_digest(name.encode())


async def read_told(
    connection: Connection, topics: Topics, surely: Mapping[int, int], *, in_order: bool
) -> dict[int, ToldOfPartition]:
    """What the output topics hold now, by journal partition; see `Book`.

    Reads committed records alone. Raises aiokafka.errors.KafkaError when no broker answers.
    """
    book = Book(surely, in_order=in_order)
    names = {topics.real_name(name): name for name in OUTPUTS}
    # The motions' messages first: the board's records know of openings alone.
    order = sorted(names, key=lambda real: names[real] == PLACES)
    consumer = AIOKafkaConsumer(
        **connection.aiokafka(),
        enable_auto_commit=False,
        isolation_level="read_committed",
        # Not by a seek after the assignment: the stock position, the latest, is looked for by then, and may win.
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        for real in order:
            name = names[real]
            tps = [TopicPartition(real, number) for number in range(topics.partitions(name))]
            async for record in _all(consumer, tps):
                book.enter(name, record.key or b"", record.value)
    finally:
        await close(consumer)
    return book.close()


async def _all(consumer: AIOKafkaConsumer, tps: list[TopicPartition]) -> AsyncIterator[ConsumerRecord]:
    """Every record up to the present ends."""
    consumer.assign(tps)
    ends = await consumer.end_offsets(tps)
    behind = [tp for tp in tps if ends[tp] > 0]
    while behind := [tp for tp in behind if await consumer.position(tp) < ends[tp]]:
        for records in (await consumer.getmany(*behind, timeout_ms=200)).values():
            for record in records:
                yield record


class _Signal(msgspec.Struct):
    id: str


class _Place(msgspec.Struct):
    partition: int
    offset: int


class _Times(msgspec.Struct):
    decided_at: str = ""


class _Said(msgspec.Struct):
    """What is read of a message of any output topic."""

    journal: _Place | None = None
    alert_id: str = ""
    revision: int = 0
    signal: _Signal | None = None
    status: str = ""
    to_quadrant: str = ""
    times: _Times | None = None
    ordinals: dict[str, int] = {}
    # Of dead letters:
    id: str = ""
    stage: str = ""
    topic: str = ""
    partition: int = -1
    offset: int = -1

    @property
    def place(self) -> _Place | None:
        """The journal record that decided it; None for what says nothing of the journal."""
        if self.journal is None and self.topic == JOURNAL and self.stage == "engine":
            return _Place(self.partition, self.offset)
        return self.journal


_SAID = msgspec.json.Decoder(_Said)
