"""The engine against Kafka: one task per journal partition drives a pure `PartitionEngine`.

At least once, in this order: messages acked → account states acked → partition record acked →
`committed()`. The partition record holds the next journal offset, so a crash between two steps
repeats messages (with the same alert ids) and loses nothing; a state that was written ahead of its
partition record skips the records that it has applied already.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from typing import Any, Protocol

from aiokafka.structs import RecordMetadata
from faust.types import TP

from schemas.partitioning import partition_of
from streams.detection.engine import EngineStats, JournalRecord
from streams.detection.system import Outgoing
from streams.worker.batch_app import BatchApp, Start
from streams.worker.failure import fail_stop
from streams.worker.guard import Guard
from streams.worker.lanes import Lane, Lanes
from streams.worker.metrics import WorkerMetrics
from streams.worker.settings import WorkerSettings
from streams.worker.table import StatePart, StateTable
from streams.worker.topics import Topics
from streams.worker.transport import BatchConsumer

#: Records folded before other tasks get their turn: some ms of work.
_SLICE = 128
#: Waiting records of one partition from which no more of it is fetched.
_ENOUGH_RECORDS = 1_500


class Engine(Protocol):
    """What the stage drives; `streams.detection.engine.PartitionEngine` is one."""

    stats: EngineStats

    def restore(self) -> int: ...
    def process(self, batch: Iterable[JournalRecord]) -> list[Outgoing]: ...
    def flush(self) -> list[tuple[bytes, bytes]]: ...
    def partition_record(self) -> tuple[bytes, bytes]: ...
    def committed(self) -> None: ...


MakeEngine = Callable[[int, MutableMapping[bytes, bytes]], Engine]


class EngineStage:
    """The assigned journal partitions, each with its engine and its task."""

    def __init__(
        self,
        app: BatchApp,
        settings: WorkerSettings,
        topics: Topics,
        table: StateTable,
        make_engine: MakeEngine,
        lanes: Lanes,
        metrics: WorkerMetrics,
    ) -> None:
        self._app = app
        self._settings = settings
        self._topics = topics
        self._table = table
        self._make_engine = make_engine
        self._guard = Guard(app)
        self.writer = Writer(topics, lanes)
        self.metrics = metrics
        self.slice_seconds = metrics.batch_seconds.labels("engine")
        self.tasks: dict[int, PartitionTask] = {}

    async def receive(self, event: Any) -> None:
        """Queue a fetched batch of the journal; called by the agent, in order per partition."""
        message = event.message
        if self._guard.take(message):
            task = self.tasks[message.partition]
            task.put(message.value, message.offset + 1)
            if task.waiting >= _ENOUGH_RECORDS:
                self._consumer.held.add(message.tp)
        await asyncio.sleep(0)

    def release(self, partition: int) -> None:
        """A partition's queue has shrunk: fetch of it again."""
        self._consumer.held.discard(TP(self._topics.journal, partition))

    async def recovered(self) -> None:
        """The states are read back: make an engine for each partition that is ours now."""
        self.tasks = {
            n: PartitionTask(self, n, self._table.part(n), self._make_engine, self._settings)
            for n in sorted(self._table.active)
        }

    def engine_of(self, account: bytes) -> Engine | None:
        """The engine of the account's partition, where that is ours."""
        task = self.tasks.get(partition_of(account, self._topics.journal_partitions))
        return None if task is None else task.engine

    def next_offset(self, tp: TP) -> int:
        """Committed journal offset of a partition: all below it is in the states."""
        task = self.tasks.get(tp.partition)
        return 0 if task is None else task.committed_offset

    async def positioned(self, starts: Mapping[TP, Start]) -> None:
        """Begin at these offsets: after every assignment, before anything of it is fetched."""
        mine = {tp: start for tp, start in starts.items() if tp.topic == self._topics.journal}
        without_state = [tp for tp in mine if tp.partition not in self.tasks]
        if without_state:
            raise RuntimeError(f"journal and state partitions are not assigned together: {without_state}")
        self._guard.assign(mine)
        for tp, start in mine.items():
            self.tasks[tp.partition].start(start.offset)

    async def revoked(self) -> None:
        """Let commits in flight end, drop everything that is folded and not committed."""
        tasks, self.tasks = self.tasks, {}
        await asyncio.gather(*(task.stop(commit=False) for task in tasks.values()))

    async def stop(self) -> None:
        """Commit what is folded, then end: the next start repeats nothing."""
        await asyncio.gather(*(task.stop(commit=True) for task in self.tasks.values()))

    def size(self) -> tuple[int, int]:
        """Accounts at rest and the bytes of their states."""
        states = [part.rest for part in self._table.parts.values()]
        return sum(map(len, states)), sum(len(value) for rest in states for value in rest.values())

    def is_done(self, ends: Mapping[TP, int]) -> bool:
        """Whether everything below these ends is folded and committed."""
        return all(self.next_offset(tp) >= end for tp, end in ends.items())

    @property
    def _consumer(self) -> BatchConsumer:
        return self._app.consumer  # type: ignore[return-value]


class PartitionTask:
    """Folds the batches of one journal partition and commits them at the right moments."""

    def __init__(
        self,
        stage: EngineStage,
        partition: int,
        part: StatePart,
        make_engine: MakeEngine,
        settings: WorkerSettings,
    ) -> None:
        self._stage = stage
        self._partition = partition
        self._part = part
        self._settings = settings
        self.engine = make_engine(partition, part.rest)
        #: All below it is in the committed state.
        self.committed_offset = self.engine.restore()
        #: Records that wait to be folded.
        self.waiting = 0
        self._batches: deque[tuple[list[JournalRecord], int]] = deque()
        self._arrived = asyncio.Event()
        self._busy = asyncio.Lock()
        self._ending = False
        self._task: asyncio.Task[None] | None = None
        self._folded_to = self.committed_offset
        self._said: list[Outgoing] = []
        self._count = 0
        self._due: float | None = None
        self._last_commit = 0.0
        self._counted = EngineStats()

    def start(self, offset: int) -> None:
        """Begin; the first batch starts at this offset."""
        self._folded_to = offset
        self._task = asyncio.create_task(self._run(), name=f"engine {self._partition}")

    def put(self, records: list[JournalRecord], end: int) -> None:
        """Queue a batch that ends before offset `end`; it may be empty."""
        self._batches.append((records, end))
        self.waiting += len(records)
        self._arrived.set()

    async def stop(self, *, commit: bool) -> None:
        """End after the step in progress; with `commit`, what is folded is written first."""
        self._ending = True
        async with self._busy:
            if self._task is not None:
                self._task.cancel()
            if commit and self._task is not None and self._due is not None:
                await self._commit()

    async def _run(self) -> None:
        try:
            while True:
                await self._wait()
                async with self._busy:
                    if self._is_ending():
                        return
                    await self._fold()
                    if self._must_commit(time.monotonic()):
                        await self._commit()
        except asyncio.CancelledError:
            raise
        except BaseException as failed:
            fail_stop(f"engine of journal partition {self._partition}", failed)

    def _is_ending(self) -> bool:
        return self._ending

    async def _wait(self) -> None:
        if self._batches:
            await asyncio.sleep(0)
            return
        self._arrived.clear()
        patience = None if self._due is None else max(0.0, self._due - time.monotonic())
        try:
            await asyncio.wait_for(self._arrived.wait(), patience)
        except TimeoutError:
            return

    async def _fold(self) -> None:
        """Fold queued batches until a commit is due."""
        while self._batches and not self._ending:
            records, end = self._batches.popleft()
            for start in range(0, len(records), _SLICE):
                began = time.perf_counter()
                self._said += self.engine.process(records[start : start + _SLICE])
                self._stage.slice_seconds.observe(time.perf_counter() - began)
                if start + _SLICE < len(records):
                    await asyncio.sleep(0)
            self._folded_to = end
            self._count += len(records)
            self.waiting -= len(records)
            if self.waiting < _ENOUGH_RECORDS:
                self._stage.release(self._partition)
            now = time.monotonic()
            if self._due is None:
                self._due = now + self._settings.commit_interval_s
            if self._said:
                self._due = min(self._due, self._last_commit + self._settings.commit_gap_s)
            if self._must_commit(now):
                return
            await asyncio.sleep(0)

    def _must_commit(self, now: float) -> bool:
        return self._due is not None and (now >= self._due or self._count >= self._settings.commit_events)

    async def _commit(self) -> None:
        began = time.perf_counter()
        writer = self._stage.writer
        await writer.write_messages(self._said)
        states = self.engine.flush()
        await writer.write_states(self._partition, states)
        offset = await writer.write_partition(self._partition, self.engine.partition_record())
        self.engine.committed()
        self._part.acked(offset)
        self.committed_offset = self._folded_to
        self._said, self._count, self._due = [], 0, None
        self._last_commit = time.monotonic()
        metrics = self._stage.metrics
        metrics.commit_seconds.observe(time.perf_counter() - began)
        metrics.states.inc(len(states))
        self._counted = metrics.count_engine(self.engine.stats, self._counted)


class Writer:
    """Writes what an engine made and waits for the acks."""

    def __init__(self, topics: Topics, lanes: Lanes) -> None:
        self._topics = topics
        self._lanes = lanes

    async def write_messages(self, messages: Iterable[Outgoing]) -> None:
        """Output messages, each to the partition of its key; an empty one is a tombstone."""
        acks: set[asyncio.Future[RecordMetadata]] = set()
        for message in messages:
            lane = self._find_lane(message.topic, message.key)
            acks.add(await lane.append(None, message.key, message.value or None))
        for ack in acks:
            await ack

    def _find_lane(self, topic: str, key: bytes) -> Lane:
        partition = partition_of(key, self._topics.partitions(topic))
        return self._lanes.lane(self._topics.real_name(topic), partition)

    async def write_states(self, partition: int, states: Iterable[tuple[bytes, bytes]]) -> None:
        """Account states, to the changelog partition of their journal partition; an empty one removes its key."""
        lane = self._lanes.lane(self._topics.state, partition)
        acks: set[asyncio.Future[RecordMetadata]] = set()
        for key, value in states:
            acks.add(await lane.append(None, key, value or None))
        for ack in acks:
            await ack

    async def write_partition(self, partition: int, record: tuple[bytes, bytes]) -> int:
        """The partition record, behind the states; returns its changelog offset."""
        key, value = record
        ack = await self._lanes.lane(self._topics.state, partition).append(None, key, value)
        # It travels alone (all before it is acked), so its batch's offset is its own.
        written = await ack
        offset: int = written.offset
        return offset
