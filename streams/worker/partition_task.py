"""One journal partition: its engine, the batches that wait for it, and its commits."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from typing import Protocol

from streams.detection.clocks import Clocks
from streams.detection.engine import STEP, EngineStats, JournalRecord
from streams.detection.system import Outgoing, System
from streams.detection.told import Told
from streams.worker.causes import Decided, arrived_ms, decided_by
from streams.worker.commit_time import CommitTime
from streams.worker.exactly_once import Fenced
from streams.worker.failure import fail_stop
from streams.worker.metrics import WorkerMetrics
from streams.worker.settings import WorkerSettings
from streams.worker.table import StatePart
from streams.worker.topics import JOURNAL
from streams.worker.tracing import Tracing
from streams.worker.writing import Commit, Writer

#: Longest time, in s, that folding keeps the loop from everybody else (and one step more).
_SLICE_S = 0.02
#: Longest wait, in s, for a commit in flight when its partition is taken away; the group waits meanwhile.
_LAST_COMMIT_S = 10.0
#: Waiting records of one partition below which more of it is fetched.
ENOUGH_RECORDS = 1_500


class Engine(Protocol):
    """What a task drives; `streams.detection.engine.PartitionEngine` is one."""

    @property
    def stats(self) -> EngineStats: ...
    @property
    def next_offset(self) -> int: ...
    @property
    def committable(self) -> bool: ...
    @property
    def crowded(self) -> bool: ...
    def steps(self, batch: Iterable[JournalRecord]) -> Iterator[list[Outgoing]]: ...
    def take_up(self, key: bytes, told: Mapping[str, Told]) -> list[str]: ...
    def flush(self) -> list[tuple[bytes, bytes]]: ...
    def partition_record(self) -> tuple[bytes, bytes]: ...
    def committed(self) -> None: ...
    @property
    def clocks(self) -> Clocks: ...
    @property
    def system(self) -> System: ...


MakeEngine = Callable[[int, MutableMapping[bytes, bytes]], Engine]


class PartitionTask:
    """Folds the batches of one journal partition and commits them at the right moments.

    Lives for one assignment: what is folded and not committed when the partition is revoked goes with the
    task, and the next one makes a new engine from the committed states.

    Args:
        part: the partition's states as committed; the engine changes them in `committed`.
        release: called when few batches wait: fetch of this partition again.
        turn: shared by the tasks of a worker, held while one of them keeps the loop busy.
    """

    def __init__(
        self,
        partition: int,
        part: StatePart,
        make_engine: MakeEngine,
        writer: Writer,
        settings: WorkerSettings,
        metrics: WorkerMetrics,
        release: Callable[[], None],
        turn: asyncio.Lock,
        tracing: Tracing | None = None,
    ) -> None:
        self._tracing = tracing
        self._partition = partition
        self._part = part
        self._writer = writer
        self._time = CommitTime(settings)
        self._metrics = metrics
        self._slice_seconds = metrics.batch_seconds.labels("engine")
        self._release = release
        self._turn = turn
        #: May be looked at whenever the loop turns: no step of it is under way then.
        self.engine = make_engine(partition, part.rest)
        #: All below it is in the committed state.
        self.committed_offset = self.engine.next_offset
        #: Records that wait to be folded.
        self.waiting = 0
        self._batches: deque[tuple[list[JournalRecord], int]] = deque()
        self._arrived = asyncio.Event()
        self._busy = asyncio.Lock()
        self._ending = False
        self._dropped = False
        self._task: asyncio.Task[None] | None = None
        self._folded_to = self.committed_offset
        self._said: list[Outgoing] = []
        self._decided: list[Decided | None] = []
        self._oldest_ms: int | None = None  # arrival of the oldest record that is folded and not committed
        self._came_ms = 0  # arrival of the newest record that is being folded
        self._batch_records = metrics.batch_records.labels("engine")
        self._counted = EngineStats()

    def start(self, offset: int) -> None:
        """Begin; the first batch starts at this offset."""
        self._folded_to = offset
        self._task = asyncio.create_task(self._run(), name=f"engine {self._partition}")

    def put(self, records: list[JournalRecord], end: int) -> None:
        """Queue a batch that ends before offset `end`; it may be empty."""
        if records:
            self._batch_records.observe(len(records))
        self._batches.append((records, end))
        self.waiting += len(records)
        self._arrived.set()

    async def stop(self) -> None:
        """Commit what is folded, then end: the next owner repeats nothing."""
        await self._end(commit=True)

    async def drop(self) -> None:
        """End without a further commit: what is folded is read again by the next owner. A commit in flight
        ends first, for half of one cannot be taken back.

        Raises TimeoutError when that takes too long: then it is not known what was written.
        """
        self._dropped = True
        if self._time.pending:
            self._metrics.aborts.labels("revoked").inc()
        await asyncio.wait_for(self._end(commit=False), _LAST_COMMIT_S)

    async def _end(self, *, commit: bool) -> None:
        self._ending = True
        async with self._busy:
            if self._task is not None:
                self._task.cancel()
            if commit and self._task is not None and self._time.pending:
                await self._commit()

    async def _run(self) -> None:
        try:
            while True:
                await self._wait()
                async with self._busy:
                    if self._is_ending():
                        return
                    await self._fold()
                    if not self._dropped and self._must_commit():
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
        due = self._due()
        patience = None if due is None else max(0.0, due - time.monotonic())
        try:
            await asyncio.wait_for(self._arrived.wait(), patience)
        except TimeoutError:
            return

    async def _fold(self) -> None:
        """Fold queued batches until a commit is due."""
        while self._batches and not self._ending:
            records, end = self._batches.popleft()
            self._time.folding(time.monotonic())
            if self._oldest_ms is None and records:
                self._oldest_ms = records[0].timestamp
            tracing = self._tracing
            span = (
                tracing.batch("fold", JOURNAL, self._partition, len(records)) if tracing is not None else None
            )
            whole = await self._fold_batch(records)
            if span is not None:
                span.end()
            if not whole:
                return
            self._folded_to = end
            self.waiting -= len(records)
            if self.waiting < ENOUGH_RECORDS:
                self._release()
            if self._must_commit():
                return

    async def _fold_batch(self, records: list[JournalRecord]) -> bool:
        """In slices of time: a burst of wake-ups takes seconds, and the loop has others to serve. False when
        the task ends in the middle."""
        engine = self.engine
        if records:
            self._came_ms = arrived_ms(records[-1])
        before = self._time.work
        steps = engine.steps(records)
        while await self._fold_slice(steps, records):
            if self._dropped:
                return False
            if not engine.committable:
                continue
            self._folded_to = max(self._folded_to, engine.next_offset)
            if self._ending:
                return False
            if self._must_commit():
                await self._commit()
                self._time.folding(time.monotonic())
                self._oldest_ms = records[0].timestamp
                before = 0
        # The last step is rarely a whole one.
        work = self._time.work
        self._time.work = max(work - STEP, min(work, before + len(records)))
        return True

    async def _fold_slice(self, steps: Iterator[list[Outgoing]], records: list[JournalRecord]) -> bool:
        """Whether there may be more. All tasks of a worker fold in turns, one slice each time the loop turns."""
        async with self._turn:
            began = time.perf_counter()
            more = False
            known = len(self._said)
            for said in steps:
                self._said += said
                self._time.work += STEP
                if time.perf_counter() - began >= _SLICE_S:
                    more = True
                    break
            if len(self._said) > known:
                self._decided += decided_by(self._said[known:], records)
            self._slice_seconds.observe(time.perf_counter() - began)
            # Within the turn: everybody else of the worker goes before the next one that folds.
            await asyncio.sleep(0)
        return more

    def _must_commit(self) -> bool:
        return self._time.has_come(time.monotonic(), self._due())

    def _due(self) -> float | None:
        return self._time.due(self._patience_s(), said=bool(self._said))

    def _patience_s(self) -> float:
        """What a backlog lets a commit wait, 0 where there is none. By the newest record: whatever waits is older."""
        if not self.waiting or not self._came_ms or self.engine.crowded:
            return 0.0
        return self._time.patience_s(time.time() - self._came_ms / 1000)

    async def _commit(self) -> None:
        async with self._turn:
            commit = Commit(self._said, self.engine.flush(), self.engine.partition_record())
            await asyncio.sleep(0)
        began = time.perf_counter()
        offset = await (self._write(commit) if self._tracing is None else self._trace(self._tracing, commit))
        self.engine.committed()
        self._part.acked(offset)
        self.committed_offset = self._folded_to
        metrics = self._metrics
        metrics.count_messages(self._decided, time.time() * 1000)
        self._said, self._decided, self._oldest_ms = [], [], None
        self._time.committed(time.monotonic())
        metrics.commit_seconds.observe(time.perf_counter() - began)
        metrics.states.inc(len(commit.states))
        self._counted = metrics.count_engine(self.engine.stats, self._counted)

    async def _write(self, commit: Commit) -> int:
        try:
            return await self._writer.write(self._partition, commit)
        except Exception as failed:
            # Counted before the worker stops itself: a supervisor's page keeps it.
            self._metrics.aborts.labels("fenced" if isinstance(failed, Fenced) else "failed").inc()
            raise

    async def _trace(self, tracing: Tracing, commit: Commit) -> int:
        spans = tracing.commit(self._partition, self._decided, len(commit.states))
        offset = await self._write(commit._replace(headers=spans.headers))
        spans.end()
        return offset

    # -- what others ask ------------------------------------------------------------------------

    @property
    def oldest_ms(self) -> int | None:
        """When the oldest record came that is here and not committed, by the broker; None where there is none."""
        if self._oldest_ms is not None:
            return self._oldest_ms
        return next((records[0].timestamp for records, _ in self._batches if records), None)

    @property
    def moved(self) -> tuple[int, float]:
        """Differs from what it was when something has been committed since."""
        return self.committed_offset, self._time.last
