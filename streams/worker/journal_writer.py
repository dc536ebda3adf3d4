"""Writing what the door lets in: journal records, watermarks, dead letters."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Iterable, Sequence
from typing import Final

from aiokafka import ConsumerRecord
from aiokafka.structs import RecordMetadata

from schemas.journal import (
    ARRIVAL_HEADER,
    EVENT_HEADER,
    WATERMARK_HEADER,
    WATERMARK_KEY,
    Watermark,
    pack_header,
)
from streams.detection.units import Millis
from streams.door.admit import Admitted, Heartbeat, Refusal
from streams.door.clock import Progress, SourcePartition
from streams.door.dead_letter import Origin, dead_letter
from streams.worker.lanes import Headers, Lane, Lanes
from streams.worker.metrics import WorkerMetrics
from streams.worker.topics import CONTROL, JOURNAL, Topics
from streams.worker.tracing import Tracing

Item = tuple[ConsumerRecord, Admitted | Heartbeat | Refusal]
Acks = set[asyncio.Future[RecordMetadata]]

_OUTCOMES: Final = ("accepted", "heartbeat", "rejected")

_pack_time = struct.Struct(">q").pack

_NOTHING = Watermark(partitions=(), feeds=()).encode()

#: How aiokafka calls a timestamp that the broker gave.
_LOG_APPEND_TIME = 1

#: Accounts whose journal partition is remembered (murmur2 in Python costs 1.5 µs).
_REMEMBERED = 200_000


class JournalWriter:
    """The door's lanes; each keeps the order in which records are appended to it.

    Args:
        by_arrival: a feed was last seen when the broker got its record, not when that occurred.
    """

    def __init__(
        self,
        topics: Topics,
        lanes: Lanes,
        metrics: WorkerMetrics,
        tracing: Tracing | None,
        *,
        by_arrival: bool,
    ) -> None:
        self._topics = topics
        self._tracing = tracing
        self._by_arrival = by_arrival
        self._lanes = lanes
        self._metrics = metrics
        self._lane_of: dict[bytes, Lane] = {}
        self._counters = {
            (topic, outcome): metrics.events.labels(topic, outcome)
            for topic in topics.sources
            for outcome in _OUTCOMES
        }
        self._counted: dict[str, list[int]] = {}  # by topic, in the order of the outcomes

    async def write(
        self, source: SourcePartition, items: Sequence[Item], progress: Progress, acks: Acks
    ) -> None:
        """Write a run of one source partition's records, moving its clock; their acks are added to `acks`."""
        if self._tracing is None:
            await self._write(source, items, progress, acks)
            return
        span = self._tracing.batch("journal", source.topic, source.partition, len(items))
        await self._write(source, items, progress, acks)
        span.end()

    async def _write(
        self, source: SourcePartition, items: Iterable[Item], progress: Progress, acks: Acks
    ) -> None:
        topic_id = self._topics.ids[source.topic]
        lane_of = self._lane_of
        by_arrival, tracing = self._by_arrival, self._tracing
        more = by_arrival or tracing is not None
        has_clock = source.topic != CONTROL
        accepted = heartbeats = rejected = 0
        for record, verdict in items:
            if type(verdict) is Admitted:
                accepted += 1
                occurred = verdict.occurred
                if has_clock:
                    progress.event(verdict.source_system, occurred, record.timestamp if by_arrival else None)
                if verdict.also is not None or verdict.everywhere:
                    await self._write_several(topic_id, source, record, verdict, acks)
                    continue
                key = verdict.key
                header = pack_header(topic_id, source.partition, record.offset, 0, occurred)
                headers = [(EVENT_HEADER, header)]
                if more:
                    if by_arrival:
                        headers.append((ARRIVAL_HEADER, _pack_time(record.timestamp)))
                    if tracing is not None and record.headers:
                        headers += tracing.admitted(record, source.topic)
                lane = lane_of.get(key) or self._find_lane(key)
                ack = lane.try_append(record.timestamp, key, verdict.value, headers)
                if ack is None:
                    ack = await lane.append(record.timestamp, key, verdict.value, headers)
                acks.add(ack)
            elif type(verdict) is Heartbeat:
                heartbeats += 1
                if has_clock:
                    progress.heartbeat(
                        verdict.source_system,
                        verdict.occurred,
                        verdict.complete_up_to,
                        record.timestamp if by_arrival else None,
                    )
            elif type(verdict) is Refusal:
                rejected += 1
                acks.add(await self._bury(source, record, verdict))
        counted = self._counted.get(source.topic)
        if counted is None:
            counted = self._counted[source.topic] = [0, 0, 0]
        counted[0] += accepted
        counted[1] += heartbeats
        counted[2] += rejected

    def count(self) -> None:
        """Show in the metrics what was written; not once a run, of which there are a thousand a second."""
        for topic, counted in self._counted.items():
            for outcome, n in zip(_OUTCOMES, counted, strict=True):
                if n:
                    self._counters[topic, outcome].inc(n)
        self._counted.clear()

    def _headers(self, source: SourcePartition, record: ConsumerRecord) -> Headers:
        """What stands behind an event's position."""
        headers: Headers = [(ARRIVAL_HEADER, _pack_time(record.timestamp))] if self._by_arrival else []
        if self._tracing is not None and record.headers:
            headers += self._tracing.admitted(record, source.topic)
        return headers

    async def _write_several(
        self, topic_id: bytes, source: SourcePartition, record: ConsumerRecord, verdict: Admitted, acks: Acks
    ) -> None:
        """Write an event that becomes more than one journal record."""
        for sub, key, value in verdict.entries:
            header = pack_header(topic_id, source.partition, record.offset, sub, verdict.occurred)
            lanes = self._journal_lanes() if verdict.everywhere else [self._find_lane(key)]
            headers = [(EVENT_HEADER, header), *self._headers(source, record)]
            for lane in lanes:
                acks.add(await lane.append(record.timestamp, key, value, headers))

    async def say(self, statement: Watermark) -> None:
        """Write a watermark behind the events it covers, into every journal partition.

        Each lane keeps the order of its appends and stops the process when one fails, so in each journal
        partition the statement lies behind the covered events of that partition.
        """
        value = statement.encode()
        for lane in self._journal_lanes():
            await lane.append(None, WATERMARK_KEY, value, [(WATERMARK_HEADER, b"")])
        self._metrics.watermarks.inc()

    async def broker_time(self) -> Millis | None:
        """The broker's clock: its timestamp of a statement that says nothing, in the first journal partition.

        None when the broker gave none: it does not for a record that came again, nor without LogAppendTime.
        """
        lane = self._lanes.lane(self._topics.journal, 0)
        ack = await lane.append(None, WATERMARK_KEY, _NOTHING, [(WATERMARK_HEADER, b"")])
        written = await ack
        return written.timestamp if written.timestamp_type == _LOG_APPEND_TIME else None

    def _journal_lanes(self) -> list[Lane]:
        journal = self._topics.journal
        return [self._lanes.lane(journal, n) for n in range(self._topics.partitions(JOURNAL))]

    def _find_lane(self, account: bytes) -> Lane:
        if len(self._lane_of) >= _REMEMBERED:
            self._lane_of.clear()
        lane = self._lane_of[account] = self._lanes.lane(*self._topics.place(JOURNAL, account))
        return lane

    async def _bury(
        self, source: SourcePartition, record: ConsumerRecord, refusal: Refusal
    ) -> asyncio.Future[RecordMetadata]:
        origin = Origin(source.topic, source.partition, record.offset, record.timestamp)
        key, value = dead_letter(refusal, origin, record.key, record.value, record.headers)
        self._metrics.dead_letters.labels("door", refusal.reason.value).inc()
        lane = self._lanes.lane(*self._topics.place("dead-letters", key))
        return await lane.append(None, key, value)
