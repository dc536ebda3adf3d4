"""The door against Kafka: source topics in, journal and dead letters out.

One task writes, so that the journal holds, for each source partition and journal partition, a
prefix of the canonical sequence with repeats (a crash re-reads from the committed offset). Nothing
here decides anything: `streams.door` does.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Mapping
from typing import Any

from aiokafka import ConsumerRecord
from aiokafka.structs import RecordMetadata
from faust.types import TP

from schemas.journal import EVENT_HEADER, WATERMARK_HEADER, WATERMARK_KEY, Watermark, pack_header
from schemas.partitioning import partition_of
from streams.detection.units import SECOND_MS, Millis
from streams.door.admit import Admitted, Heartbeat, Refusal, admit
from streams.door.clock import ReplayClock, SourcePartition
from streams.door.dead_letter import Origin, dead_letter
from streams.door.pacing import Pacer, Run
from streams.worker.failure import fail_stop
from streams.worker.guard import Guard
from streams.worker.lanes import Lane, Lanes
from streams.worker.metrics import WorkerMetrics
from streams.worker.settings import WorkerSettings
from streams.worker.topics import Topics
from streams.worker.transport import BatchApp, BatchConsumer, Start

Verdict = Admitted | Heartbeat | Refusal
Item = tuple[ConsumerRecord, Verdict]

#: Most records journalled before other tasks get their turn.
_RUN = 256
#: Waiting records and bytes of one partition from which no more of it is fetched.
_ENOUGH_RECORDS = 500
_ENOUGH_BYTES = 1 << 20
#: How often an end of partition is looked for while something waits for it, in s.
_LOOK_S = 0.02
#: Accounts whose journal partition is remembered (murmur2 in Python costs 1.5 µs).
_REMEMBERED = 200_000


class _Batch:
    """A fetched batch until its last record is acked by the journal."""

    __slots__ = ("acks", "bytes", "event", "generation")

    def __init__(self, event: Any, size: int) -> None:
        self.event = event
        self.generation: int = event.message.generation_id
        self.bytes = size
        self.acks: set[asyncio.Future[RecordMetadata]] = set()


class DoorStage:
    """Reads the assigned source partitions side by side and journals them."""

    def __init__(
        self, app: BatchApp, settings: WorkerSettings, topics: Topics, lanes: Lanes, metrics: WorkerMetrics
    ) -> None:
        self._app = app
        self._settings = settings
        self._topics = topics
        self._lanes = lanes
        self._metrics = metrics
        self._guard = Guard(app)
        self._pacer: Pacer[SourcePartition, Item] = Pacer(settings.pace_ahead_s * SECOND_MS, self._is_ended)
        self._sources = topics.sources
        self._clock = ReplayClock(
            self._sources, settings.lateness_s * SECOND_MS, settings.watermark_every_s * SECOND_MS
        )
        self._tps: dict[SourcePartition, TP] = {}
        self._received: dict[SourcePartition, int] = {}  # next offset to be received
        self._open: dict[SourcePartition, deque[_Batch]] = {}
        self._bytes: dict[SourcePartition, int] = {}
        self._tail: dict[SourcePartition, asyncio.Task[None]] = {}
        self._notes: dict[tuple[TP, int], str] = {}
        self._lane_of: dict[bytes, Lane] = {}
        self._arrived = asyncio.Event()
        self._rest_since: float | None = None
        self._moved = False  # since the last statement
        #: Next offset of every assigned partition up to which the journal has acked everything.
        self.acked: dict[TP, int] = {}

    # -- fed by Faust ---------------------------------------------------------------------------

    async def receive(self, event: Any) -> None:
        """Judge a fetched batch and queue it; called by the agent, in order per partition."""
        message = event.message
        if not self._guard.take(message):
            return
        source = SourcePartition(self._topics.contract_name(message.topic), message.partition)
        began = time.perf_counter()
        items: list[Item] = []
        times: list[Millis | None] = []
        size = 0
        for record in message.value:
            verdict = admit(source.topic, record.key, record.value, record.timestamp)
            items.append((record, verdict))
            times.append(None if type(verdict) is Refusal else verdict.occurred)
            size += len(record.value or b"")
        self._metrics.batch_seconds.labels("door").observe(time.perf_counter() - began)
        self._open[source].append(_Batch(event, size))
        self._pacer.add(source, items, times)
        self._received[source] = message.offset + 1
        self._bytes[source] += size
        if self._pacer.queued(source) >= _ENOUGH_RECORDS or self._bytes[source] >= _ENOUGH_BYTES:
            self._consumer.held.add(message.tp)
        self._arrived.set()
        await asyncio.sleep(0)

    async def positioned(self, starts: Mapping[TP, Start]) -> None:
        """Begin at these offsets: after every assignment, before anything of it is fetched."""
        mine = {tp: start for tp, start in starts.items() if self._topics.is_source(tp.topic)}
        self._tps = {SourcePartition(self._topics.contract_name(tp.topic), tp.partition): tp for tp in mine}
        self._guard.assign(mine)
        self._received = {source: mine[tp].offset for source, tp in self._tps.items()}
        self._open = {source: deque() for source in self._tps}
        self._bytes = dict.fromkeys(self._tps, 0)
        self._tail.clear()
        self._notes.clear()
        self.acked = {tp: start.offset for tp, start in mine.items()}
        self._clock.assign({source: mine[tp].note for source, tp in self._tps.items()})
        self._pacer.assign(self._tps)
        self._rest_since, self._moved = None, True
        self._arrived.set()

    async def revoked(self) -> None:
        """Drop what is queued: whoever gets the partitions reads it again."""
        self._pacer.assign(())
        self._tps = {}
        self.acked = {}

    def note_of(self, tp: TP, offset: int) -> str:
        """What the clock knew of the partition when everything below this offset was journalled."""
        return self._notes.get((tp, offset), "")

    # -- the writing task -----------------------------------------------------------------------

    async def run(self) -> None:
        """Journal what is queued, for ever."""
        try:
            while True:
                run = self._pacer.take(_RUN)
                if run is None:
                    await self._wait()
                    continue
                self._rest_since = None
                await self._journal(run)
                frontier = self._pacer.frontier()
                if self._clock.due(frontier):
                    await self._say(frontier)
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            raise
        except BaseException as failed:
            fail_stop("door", failed)

    async def _wait(self) -> None:
        """Until more arrives; at rest, the closing statement is made after a moment."""
        self._arrived.clear()
        patience = _LOOK_S
        if self._tps and self._pacer.at_rest():
            now = time.monotonic()
            if self._rest_since is None:
                self._rest_since = now
            patience = self._rest_since + self._settings.idle_s - now
            if patience <= 0:
                patience = self._settings.idle_s
                if self._moved and self._clock.has_news(self._tps):
                    await self._say(None)
                self._moved = False
        else:
            self._rest_since = None
        try:
            await asyncio.wait_for(self._arrived.wait(), patience)
        except TimeoutError:
            return

    async def _journal(self, run: Run[SourcePartition, Item]) -> None:
        source = run.partition
        batch = self._open[source][0]
        progress = self._clock.progress(source)
        topic_id = self._sources[source.topic].topic_id
        lane_of = self._lane_of
        acks = batch.acks
        accepted = heartbeats = 0
        for record, verdict in run.chunk.items[run.start : run.stop]:
            if type(verdict) is Admitted:
                accepted += 1
                occurred = verdict.occurred
                progress.event(verdict.source_system, occurred)
                for sub, key, value in verdict.entries:
                    header = pack_header(topic_id, source.partition, record.offset, sub, occurred)
                    headers = [(EVENT_HEADER, header)]
                    if verdict.everywhere:
                        for partition in range(self._topics.journal_partitions):
                            lane = self._lanes.lane(self._topics.journal, partition)
                            acks.add(await lane.append(record.timestamp, key, value, headers))
                        continue
                    lane = lane_of.get(key) or self._find_lane(key)
                    ack = lane.try_append(record.timestamp, key, value, headers)
                    if ack is None:
                        ack = await lane.append(record.timestamp, key, value, headers)
                    acks.add(ack)
            elif type(verdict) is Refusal:
                acks.add(await self._bury(source, record, verdict))
            elif type(verdict) is Heartbeat:
                heartbeats += 1
                progress.heartbeat(verdict.source_system, verdict.occurred, verdict.complete_up_to)
        self._moved = True
        self._count(source.topic, accepted, heartbeats, run.stop - run.start - accepted - heartbeats)
        if run.whole and self._tps.get(source) == batch.event.message.tp:
            self._close(source, batch)

    def _find_lane(self, account: bytes) -> Lane:
        if len(self._lane_of) >= _REMEMBERED:
            self._lane_of.clear()
        lane = self._lanes.lane(self._topics.journal, partition_of(account, self._topics.journal_partitions))
        self._lane_of[account] = lane
        return lane

    async def _bury(
        self, source: SourcePartition, record: ConsumerRecord, refusal: Refusal
    ) -> asyncio.Future[RecordMetadata]:
        origin = Origin(source.topic, source.partition, record.offset, record.timestamp)
        key, value = dead_letter(refusal, origin, record.key, record.value, record.headers)
        topic = self._topics.real_name("dead-letters")
        lane = self._lanes.lane(topic, partition_of(key, self._topics.partitions("dead-letters")))
        self._metrics.dead_letters.labels("door", refusal.reason.value).inc()
        return await lane.append(None, key, value)

    def _count(self, topic: str, accepted: int, heartbeats: int, rejected: int) -> None:
        for outcome, n in (("accepted", accepted), ("heartbeat", heartbeats), ("rejected", rejected)):
            if n:
                self._metrics.events.labels(topic, outcome).inc(n)

    def _close(self, source: SourcePartition, batch: _Batch) -> None:
        """All records of the batch are on their way: ack it when they have arrived, in order."""
        self._open[source].popleft()
        self._bytes[source] -= batch.bytes
        tp = self._tps[source]
        if self._pacer.queued(source) < _ENOUGH_RECORDS and self._bytes[source] < _ENOUGH_BYTES:
            self._consumer.held.discard(tp)
        self._notes[tp, batch.event.message.offset + 1] = self._clock.remember(source)
        self._tail[source] = asyncio.create_task(self._finish(source, batch, self._tail.get(source)))

    async def _finish(
        self, source: SourcePartition, batch: _Batch, before: asyncio.Task[None] | None
    ) -> None:
        try:
            if before is not None:
                await before
            for ack in batch.acks:
                await ack
            tp = self._tps.get(source)
            if tp is None or batch.generation != self._app.consumer_generation_id:
                return
            offset = batch.event.message.offset + 1
            for known in [known for known in self._notes if known[0] == tp and known[1] < self.acked[tp]]:
                del self._notes[known]
            batch.event.ack()
            self.acked[tp] = offset
        except asyncio.CancelledError:
            raise
        except BaseException as failed:
            fail_stop("door, acknowledging a batch", failed)

    async def _say(self, frontier: Millis | None) -> None:
        """Write a watermark behind the events it covers, into every journal partition.

        Each lane keeps the order of its appends, so in each journal partition the statement comes
        after the covered events of that partition.
        """
        ended = [source for source in self._tps if self._is_ended(source) and not self._open[source]]
        statement = self._clock.say(frontier, ended)
        self._moved = False
        value = statement.encode()
        for partition in range(self._topics.journal_partitions):
            lane = self._lanes.lane(self._topics.journal, partition)
            await lane.append(None, WATERMARK_KEY, value, [(WATERMARK_HEADER, b"")])
        self._metrics.watermarks.inc()
        self._show_delay(statement)

    def _show_delay(self, statement: Watermark) -> None:
        said = [mark.up_to for mark in statement.partitions if mark.up_to is not None]
        seen = [feed.last_seen for feed in statement.feeds]
        if said and seen:
            self._metrics.watermark_delay.set((max(seen) - min(said)) / SECOND_MS)

    # -- what others ask ------------------------------------------------------------------------

    @property
    def _consumer(self) -> BatchConsumer:
        return self._app.consumer  # type: ignore[return-value]

    def _is_ended(self, source: SourcePartition) -> bool:
        tp = self._tps.get(source)
        if tp is None:
            return True
        end = self._consumer.end_of(tp)
        return end is not None and self._received[source] >= end

    def is_done(self, ends: Mapping[TP, int]) -> bool:
        """Whether everything below these ends is journalled and the closing watermark is said."""
        if any(self.acked.get(tp, -1) < end for tp, end in ends.items()):
            return False
        return self._pacer.at_rest() and not self._moved
