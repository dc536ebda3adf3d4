"""Commits without transactions, for brokers that have none: everything is said at least once.

In this order: messages acked → account states acked → partition record acked. The partition record
holds the next journal offset, so a crash between two steps repeats messages (with the same alert ids
and revisions) and loses nothing; a state that was written ahead of its partition record skips the
records that it has applied already. A worker that was away and took itself for the owner still
(a zombie) is not kept from writing: only transactions do that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from aiokafka.structs import RecordMetadata

from streams.worker.lanes import NO_HEADERS, Headers, Lane, Lanes
from streams.worker.topics import Topics
from streams.worker.writing import Commit


class AtLeastOnceWriter:
    """Writes through lanes and waits for the acks, step by step."""

    def __init__(self, topics: Topics, lanes: Lanes) -> None:
        self._topics = topics
        self._lanes = lanes

    async def claim(self, partitions: frozenset[int]) -> None:
        """Nobody can be kept from writing."""

    async def close(self) -> None:
        """Nothing was claimed."""

    async def write(self, partition: int, commit: Commit) -> int:
        await self._write_messages(commit)
        await self._write_states(partition, commit.states)
        key, value = commit.record
        ack = await self._lanes.lane(self._topics.state, partition).append(None, key, value)
        # It travels alone (all before it is acked), so its batch's offset is its own.
        written = await ack
        offset: int = written.offset
        return offset

    async def _write_messages(self, commit: Commit) -> None:
        find, place = self._lanes.lane, self._topics.place
        await _append(
            (find(*place(m.topic, m.key)), m.key, m.value, headers) for m, headers in commit.addressed
        )

    async def _write_states(self, partition: int, states: Iterable[tuple[bytes, bytes]]) -> None:
        lane = self._lanes.lane(self._topics.state, partition)
        await _append((lane, key, value, NO_HEADERS) for key, value in states)


async def _append(records: Iterable[tuple[Lane, bytes, bytes, Headers]]) -> None:
    """Append each (lane, key, value, headers), an empty value as a tombstone, and wait until all are acked."""
    acks: set[asyncio.Future[RecordMetadata]] = set()
    for lane, key, value, headers in records:
        acks.add(await lane.append(None, key, value or None, headers))
    for ack in acks:
        await ack
