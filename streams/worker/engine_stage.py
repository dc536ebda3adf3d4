"""The engine against Kafka: the assigned journal partitions, each with its engine and its task."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any

from faust.types import TP

from schemas.partitioning import partition_of
from streams.worker.batch_app import BatchApp, Start
from streams.worker.failure import refuse
from streams.worker.guard import Guard
from streams.worker.metrics import WorkerMetrics
from streams.worker.partition_task import ENOUGH_RECORDS, Engine, MakeEngine, PartitionTask
from streams.worker.settings import WorkerSettings
from streams.worker.silence import BrokenOff, engine_for
from streams.worker.table import StateTable
from streams.worker.topics import Topics
from streams.worker.tracing import Tracing
from streams.worker.transport import BatchConsumer
from streams.worker.writing import Writer


class EngineStage:
    """Hands fetched batches to the tasks of their partitions, and lets those live and end."""

    def __init__(
        self,
        app: BatchApp,
        settings: WorkerSettings,
        topics: Topics,
        table: StateTable,
        make_engine: MakeEngine,
        writer: Writer,
        metrics: WorkerMetrics,
        tracing: Tracing | None,
    ) -> None:
        self._tracing = tracing
        self._app = app
        self._settings = settings
        self._topics = topics
        self._table = table
        self._make_engine = make_engine
        self._writer = writer
        self._metrics = metrics
        self._guard = Guard(app)
        self._tasks: dict[int, PartitionTask] = {}
        self._ended = False
        # Before anything of the changelog is read: what is read must be all that will ever be before ours.
        table.claim = self._claim

    async def receive(self, event: Any) -> None:
        """Queue a fetched batch of the journal; called by the agent, in order per partition."""
        message = event.message
        if self._guard.take(message):
            task = self._tasks[message.partition]
            task.put(message.value, message.offset + 1)
            if task.waiting >= ENOUGH_RECORDS:
                self._consumer.held.add(message.tp)
        await asyncio.sleep(0)

    async def _claim(self, partitions: frozenset[int]) -> None:
        # A task of the last assignment that is still there would commit as the new owner.
        await self.revoked()
        if not self._ended:
            await self._writer.claim(partitions)

    def _release(self, partition: int) -> None:
        """A partition's queue has shrunk: fetch of it again."""
        self._consumer.held.discard(TP(self._topics.journal, partition))

    async def recovered(self) -> None:
        """The states are read back: make an engine for each partition that is ours now."""
        if self._ended:
            return
        try:
            self._tasks = self._new_tasks()
        except BrokenOff as half:
            refuse(str(half))

    def _new_tasks(self) -> dict[int, PartitionTask]:
        turn = asyncio.Lock()
        return {
            n: PartitionTask(
                n,
                self._table.part(n),
                partial(engine_for, self._make_engine),
                self._writer,
                self._settings,
                self._metrics,
                partial(self._release, n),
                turn,
                self._tracing,
            )
            for n in sorted(self._table.active)
        }

    def engine_of(self, account: bytes) -> Engine | None:
        """The engine of the account's partition, where that is ours."""
        task = self._tasks.get(partition_of(account, self._topics.journal_partitions))
        return None if task is None else task.engine

    def next_offset(self, tp: TP) -> int:
        """Committed journal offset of a partition: all below it is in the states."""
        task = self._tasks.get(tp.partition)
        return 0 if task is None else task.committed_offset

    async def positioned(self, starts: Mapping[TP, Start]) -> None:
        """Begin at these offsets: after every assignment, before anything of it is fetched."""
        if self._ended:
            return
        mine = {tp: start for tp, start in starts.items() if tp.topic == self._topics.journal}
        without_state = [tp for tp in mine if tp.partition not in self._tasks]
        if without_state:
            raise RuntimeError(f"journal and state partitions are not assigned together: {without_state}")
        await self._check_journal(mine)
        self._guard.assign(mine)
        for tp, start in mine.items():
            self._tasks[tp.partition].start(start.offset)

    async def _check_journal(self, starts: Mapping[TP, Start]) -> None:
        """The journal must hold what the states ask for next: a client would begin somewhere else otherwise."""
        begins = await self._consumer.earliest_offsets(*starts)
        ends = await self._consumer.highwaters(*starts)
        for tp, start in starts.items():
            offset = start.offset
            if not self.next_offset(tp):
                continue  # nothing was folded yet: it begins wherever the journal does
            if offset > (ends[tp] or 0):
                refuse(
                    f"the states are at offset {offset} of journal partition {tp.partition}, which ends at {ends[tp]}: "
                    "it is another journal than they were made of. See docs/operations.md, lost journal"
                )
            if offset < (begins[tp] or 0):
                refuse(
                    f"records {offset} to {begins[tp] - 1} of journal partition {tp.partition} are deleted and were "
                    "never folded: workers were down for longer than the journal is kept. See docs/operations.md, "
                    "lost journal"
                )

    async def revoked(self) -> None:
        """Let commits in flight end, drop everything that is folded and not committed."""
        tasks, self._tasks = self._tasks, {}
        await asyncio.gather(*(task.drop() for task in tasks.values()))

    async def stop(self) -> None:
        """Commit what is folded, then end: the next start repeats nothing. Partitions that are assigned until
        the group is left are not taken up any more."""
        self._ended = True
        await asyncio.gather(*(task.stop() for task in self._tasks.values()))
        await self._writer.close()

    def size(self) -> tuple[int, int]:
        """Accounts at rest and the bytes of their states."""
        sizes = [part.rest.size() for part in self._table.parts.values()]
        return sum(accounts for accounts, _ in sizes), sum(size for _, size in sizes)

    @property
    def tasks(self) -> Mapping[int, PartitionTask]:
        """The tasks of this assignment, by journal partition."""
        return self._tasks

    def is_done(self, ends: Mapping[TP, int]) -> bool:
        """Whether everything below these ends is folded and committed."""
        return all(self.next_offset(tp) >= end for tp, end in ends.items())

    @property
    def _consumer(self) -> BatchConsumer:
        return self._app.consumer  # type: ignore[return-value]
