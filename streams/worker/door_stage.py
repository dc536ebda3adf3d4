"""The door against Kafka: source topics in, journal and dead letters out.

One task writes, so that the journal holds, for each source partition and journal partition, a
prefix of the canonical sequence with repeats (a crash re-reads from the committed offset). Nothing
here decides anything: `streams.door` does.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

from aiokafka import AIOKafkaProducer
from faust.types import TP

from streams.detection.units import SECOND_MS, Millis
from streams.door.admit import Refusal
from streams.door.clock import SourcePartition, recall
from streams.door.pacing import Pacer, Run
from streams.door.pseudonyms import Pseudonyms, judge_with
from streams.worker.batch_app import BatchApp, Start
from streams.worker.door_metrics import DoorMetrics
from streams.worker.door_time import DoorTime, LiveTime, ReplayTime
from streams.worker.failure import fail_stop
from streams.worker.guard import Guard
from streams.worker.journal_writer import Acks, Item, JournalWriter
from streams.worker.lanes import Lanes
from streams.worker.metrics import WorkerMetrics
from streams.worker.settings import WorkerSettings
from streams.worker.source_topics import SourceTopics
from streams.worker.topics import Topics
from streams.worker.tracing import Tracing
from streams.worker.transport import BatchConsumer

#: Most records journalled before other tasks get their turn.
_RUN = 256
#: Waiting records and bytes of one partition from which no more of it is fetched.
_ENOUGH_RECORDS = 500
_ENOUGH_BYTES = 1 << 20
#: How often an end of partition is looked for while something waits for it, in s.
_LOOK_S = 0.02
#: How long a journal batch waits for more while the door has something to do, and while it has a backlog, in s.
_LINGER_S, _LINGER_BEHIND_S = 0.05, 0.1


class _Batch:
    """A fetched batch until its last record is acked by the journal."""

    __slots__ = ("acks", "bytes", "event", "generation", "oldest_ms")

    def __init__(self, event: Any, size: int) -> None:
        records = event.message.value
        self.oldest_ms: Millis | None = records[0].timestamp if records else None
        self.event = event
        self.generation: int = event.message.generation_id
        self.bytes = size
        self.acks: Acks = set()


class DoorStage:
    """Reads the assigned source partitions side by side and journals them."""

    def __init__(
        self,
        app: BatchApp,
        settings: WorkerSettings,
        topics: Topics,
        producer: AIOKafkaProducer,
        metrics: WorkerMetrics,
        tracing: Tracing | None,
    ) -> None:
        self._app = app
        self._settings = settings
        self._topics = topics
        self.lanes = Lanes(producer, self._linger_s)
        self._metrics = DoorMetrics(metrics)
        self._sources = SourceTopics(settings.connection, topics, metrics)
        self._judge = judge_with(_pseudonyms(settings))
        self._guard = Guard(app)
        self._pacer: Pacer[SourcePartition, Item] = Pacer(settings.pace_ahead_s * SECOND_MS, self._is_ended)
        self._tps: dict[SourcePartition, TP] = {}
        self._received: dict[SourcePartition, int] = {}  # next offset to be received
        self._open: dict[SourcePartition, deque[_Batch]] = {}
        self._bytes: dict[SourcePartition, int] = {}
        self._tail: dict[SourcePartition, asyncio.Task[None]] = {}
        self._notes: dict[tuple[TP, int], str] = {}
        self._arrived = asyncio.Event()
        self._journalled: dict[SourcePartition, int] = {}
        #: Next offset of every assigned partition up to which the journal has acked everything.
        self.acked: dict[TP, int] = {}
        self._time: DoorTime
        live = settings.clock == "live"
        self._writer = JournalWriter(topics, self.lanes, metrics, tracing, by_arrival=live)
        if live:
            self._time = LiveTime(
                settings, topics, self, self._writer.broker_time, self._ask_ends, self._arrived.set
            )
        else:
            self._time = ReplayTime(settings, topics, self, self._pacer)

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
        judge = self._judge
        for record in message.value:
            verdict = judge(source.topic, record.key, record.value, record.timestamp)
            items.append((record, verdict))
            times.append(None if type(verdict) is Refusal else verdict.occurred)
            size += len(record.value or b"")
        self._metrics.judged(source, began, items, times)
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
        self._metrics.assign()
        self.acked = {tp: start.offset for tp, start in mine.items()}
        self._journalled = dict(self._received)
        self._time.assign({source: mine[tp].note for source, tp in self._tps.items()}, self._topics.sources)
        self._pacer.assign(self._tps)
        self._arrived.set()

    async def created_anew(self, starts: Mapping[TP, Start]) -> set[TP]:
        """The source partitions whose committed offset is of a topic that is gone: they begin at their beginning."""
        await self._sources.look()
        ids = self._topics.ids
        return {
            tp
            for tp, start in starts.items()
            if self._topics.is_source(tp.topic)
            and recall(start.note).topic_id not in ("", ids[self._topics.contract_name(tp.topic)].hex())
        }

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
        asking = asyncio.create_task(self._time.run())
        asking.add_done_callback(lambda ended: self._arrived.set())
        try:
            taken = 0  # since others had their turn
            while True:
                run = self._pacer.take(_RUN - taken)
                if run is not None:
                    await self._journal(run)
                statement = self._time.statement(time.monotonic())
                if statement is not None:
                    await self._writer.say(statement)
                    self._metrics.said(statement)
                if run is None and statement is None:
                    taken = 0
                    self._writer.count()
                    await self._wait()
                    continue
                taken += 0 if run is None else run.stop - run.start
                if run is None or taken >= _RUN:
                    # Near each other in time, runs of a quiet source hold a few records each.
                    taken = 0
                    self._writer.count()
                    await asyncio.sleep(0)
                if asking.done() and (failed := asking.exception()) is not None:
                    raise failed  # for ever without time
        except asyncio.CancelledError:
            raise
        except BaseException as failed:
            fail_stop("door", failed)
        finally:
            asking.cancel()

    def _linger_s(self) -> float:
        if self._consumer.held:
            return _LINGER_BEHIND_S
        return _LINGER_S if any(self._bytes.values()) else 0.0

    async def _wait(self) -> None:
        """Until more arrives, or something may be due."""
        self._arrived.clear()
        patience: float | None = _LOOK_S
        if not self._tps:
            patience = None
        elif self._pacer.at_rest():
            patience = self._time.patience_s(time.monotonic())
        try:
            await asyncio.wait_for(self._arrived.wait(), patience)
        except TimeoutError:
            return

    async def _journal(self, run: Run[SourcePartition, Item]) -> None:
        source = run.partition
        batch = self._open[source][0]
        items = run.chunk.items[run.start : run.stop]
        await self._writer.write(source, items, self._time.progress(source), batch.acks)
        self._time.moved()
        if source not in self._tps or batch.generation != self._app.consumer_generation_id:
            return  # the partitions were revoked meanwhile: the batch is read again
        if run.whole:
            self._journalled[source] = batch.event.message.offset + 1
            self._close(source, batch)
        else:
            self._journalled[source] = items[-1][0].offset + 1

    def _close(self, source: SourcePartition, batch: _Batch) -> None:
        """All records of the batch are on their way: ack it when they have arrived, in order."""
        self._open[source].popleft()
        self._bytes[source] -= batch.bytes
        tp = self._tps[source]
        if self._pacer.queued(source) < _ENOUGH_RECORDS and self._bytes[source] < _ENOUGH_BYTES:
            self._consumer.held.discard(tp)
        self._notes[tp, batch.event.message.offset + 1] = self._time.remember(source)
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
            self._metrics.journalled(source, batch.oldest_ms)
        except asyncio.CancelledError:
            raise
        except BaseException as failed:
            fail_stop("door, acknowledging a batch", failed)

    # -- what the clock asks --------------------------------------------------------------------

    @property
    def journalled(self) -> Mapping[SourcePartition, int]:
        """Next offset of each assigned partition: everything below it is on its way into the journal."""
        return self._journalled

    def ended(self) -> Iterable[SourcePartition]:
        """The partitions that are read to their end."""
        return [source for source in self._tps if self._is_ended(source) and not self._open[source]]

    async def _ask_ends(self, sources: Iterable[SourcePartition]) -> Mapping[SourcePartition, int]:
        wanted = {self._tps[source]: source for source in sources if source in self._tps}
        ends = await self._consumer.highwaters(*wanted)
        return {source: ends[tp] or 0 for tp, source in wanted.items()}

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

    def oldest_ms(self, tp: TP) -> Millis | None:
        """When the oldest record of a partition came that is here and not journalled; None where there is none."""
        waiting = self._open.get(SourcePartition(self._topics.contract_name(tp.topic), tp.partition))
        return waiting[0].oldest_ms if waiting else None

    def is_done(self, ends: Mapping[TP, int]) -> bool:
        """Whether everything below these ends is journalled and the closing watermark is said."""
        if any(self.acked.get(tp, -1) < end for tp, end in ends.items()):
            return False
        return self._pacer.at_rest() and not self._time.owes


def _pseudonyms(settings: WorkerSettings) -> Pseudonyms | None:
    if settings.pseudonyms == "off" or settings.pseudonym_key is None:
        return None
    return Pseudonyms(settings.pseudonym_key.get_secret_value().encode(), settings.pseudonyms)
