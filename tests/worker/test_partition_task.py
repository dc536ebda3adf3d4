"""When a partition folds, commits and gives way, whatever its engine does."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from schemas.journal import ARRIVAL_HEADER, EVENT_HEADER
from streams.board import PointsBoard
from streams.detection.clocks import Clocks
from streams.detection.engine import STEP, EngineStats, JournalRecord
from streams.detection.system import Outgoing, System
from streams.detection.told import Told
from streams.worker import commit_time
from streams.worker.causes import arrived_ms
from streams.worker.metrics import WorkerMetrics
from streams.worker.partition_task import PartitionTask
from streams.worker.rest import MemoryRest
from streams.worker.settings import WorkerSettings
from streams.worker.table import StatePart
from streams.worker.writing import Commit
from tests.support.journal import Record

#: What the engine below needs for a step, in s; a task may take 20 ms at a time.
STEP_S = 0.005
SAID = Outgoing("retention-alerts", b"acme", b"{}")


@dataclass
class Engine:
    """Every record is a burst of so many steps; `speaks` and `halfway` say at which something is special."""

    burst: int = 1
    speaks: bool = False
    halfway: Callable[[int], bool] = lambda step: False
    looked: Callable[[], None] = lambda: None
    stats: EngineStats = field(default_factory=EngineStats)
    next_offset: int = 0
    committable: bool = True
    crowded: bool = False
    taken: int = 0
    clocks: Clocks = field(default_factory=Clocks)
    system: System = field(default_factory=lambda: System((), PointsBoard()))

    def steps(self, batch: Iterable[JournalRecord]) -> Iterator[list[Outgoing]]:
        for record in batch:
            for step in range(self.burst):
                until = time.perf_counter() + STEP_S
                while time.perf_counter() < until:
                    pass
                self.taken += 1
                self.looked()
                self.committable = not self.halfway(step)
                if step == self.burst - 1:
                    self.next_offset = record.offset + 1
                yield [SAID] if self.speaks else []
        self.committable = True

    def take_up(self, key: bytes, told: Mapping[str, Told]) -> list[str]:
        return []

    def flush(self) -> list[tuple[bytes, bytes]]:
        assert self.committable
        return [(b"acme", b"%d" % self.taken)]

    def partition_record(self) -> tuple[bytes, bytes]:
        return b"\0partition-0", b"%d" % self.next_offset

    def committed(self) -> None:
        self.stats.events = self.taken


@dataclass
class Written:
    """A writer that keeps what it is given."""

    commits: list[Commit] = field(default_factory=list)

    async def claim(self, partitions: frozenset[int]) -> None: ...

    async def close(self) -> None: ...

    async def write(self, partition: int, commit: Commit) -> int:
        await asyncio.sleep(0)
        self.commits.append(commit)
        return len(self.commits)


@dataclass
class Worker:
    """What the tasks of one worker share."""

    settings: WorkerSettings = field(default_factory=lambda: settings())
    written: Written = field(default_factory=Written)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    metrics: WorkerMetrics = field(default_factory=WorkerMetrics)

    def task(self, engine: Engine, records: int = 1, came_s: float = 0.0) -> PartitionTask:
        task = PartitionTask(
            0,
            StatePart(0, MemoryRest()),
            lambda partition, rest: engine,
            self.written,
            self.settings,
            self.metrics,
            lambda: None,
            self.turn,
        )
        task.start(0)
        came_ms = round(came_s * 1000)
        task.put([Record(offset, b"acme", b"{}", (), came_ms) for offset in range(records)], records)
        return task


def settings(**given: Any) -> WorkerSettings:
    return WorkerSettings(brokers="nowhere:1", **({"commit_interval_s": 1000} | given))


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 30))


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0)


def test_a_burst_in_all_partitions_keeps_nobody_waiting_for_more_than_one_slice() -> None:
    async def test() -> None:
        turns = 0
        steps_in_turn: Counter[int] = Counter()
        engines = [Engine(burst=12, looked=lambda: steps_in_turn.update([turns])) for _ in range(8)]
        worker = Worker()
        tasks = [worker.task(engine) for engine in engines]
        while any(engine.taken < 12 for engine in engines):
            turns += 1
            await asyncio.sleep(0)
        assert max(steps_in_turn.values()) <= 4
        assert steps_in_turn.total() == 8 * 12
        for task in tasks:
            await task.drop()

    run(test)


def test_what_is_said_in_a_burst_is_committed_before_the_burst_ends() -> None:
    async def test() -> None:
        worker, engine = Worker(settings(commit_gap_s=0)), Engine(burst=100, speaks=True)
        task = worker.task(engine)
        await until(lambda: bool(worker.written.commits))
        assert engine.taken < 100
        assert task.committed_offset == 0
        await until(lambda: task.committed_offset == 1)
        assert sum(len(commit.messages) for commit in worker.written.commits) == 100
        await task.drop()

    run(test)


def test_the_work_of_a_burst_bounds_what_is_encoded_at_once() -> None:
    async def test() -> None:
        worker, engine = Worker(settings(commit_events=10 * STEP)), Engine(burst=60)
        task = worker.task(engine)
        await until(lambda: engine.taken == 60)
        await task.stop()
        assert len(worker.written.commits) >= 4

    run(test)


def test_nothing_is_committed_while_the_engine_cannot_be() -> None:
    async def test() -> None:
        worker = Worker(settings(commit_gap_s=0))
        engine = Engine(burst=40, speaks=True, halfway=lambda step: step < 39)
        task = worker.task(engine)
        await until(lambda: task.committed_offset == 1)
        assert len(worker.written.commits) == 1
        await task.drop()

    run(test)


def test_a_task_that_is_dropped_in_the_middle_of_a_burst_ends_soon_and_commits_nothing() -> None:
    async def test() -> None:
        worker, engine = Worker(), Engine(burst=1_000)
        task = worker.task(engine)
        await until(lambda: engine.taken > 2)
        await task.drop()
        assert engine.taken < 100
        assert not worker.written.commits

    run(test)


def test_a_task_that_is_stopped_in_the_middle_of_a_burst_commits_what_is_done_of_it() -> None:
    async def test() -> None:
        worker, engine = Worker(), Engine(burst=1_000)
        task = worker.task(engine, records=2)
        await until(lambda: engine.taken > 2)
        await task.stop()
        assert engine.taken < 100
        (commit,) = worker.written.commits
        assert commit.record == (b"\0partition-0", b"0")
        assert commit.states == [(b"acme", b"%d" % engine.taken)]

    run(test)


@pytest.mark.parametrize("records", [1, 30])
def test_few_records_wait_for_the_interval_and_many_do_not(records: int) -> None:
    async def test() -> None:
        worker, engine = Worker(settings(commit_events=10 * STEP)), Engine()
        task = worker.task(engine, records)
        await until(lambda: engine.taken == records)
        for _ in range(10):
            await asyncio.sleep(0)
        assert bool(worker.written.commits) == (records == 30)
        await task.drop()

    run(test)


async def commits_in_a_burst(
    behind_s: float, *, crowded: bool = False, commit_interval_s: float = 1000
) -> list[Commit]:
    """Of half a second, in which every step says something; its record came so long ago."""
    worker = Worker(settings(commit_gap_s=0, commit_interval_s=commit_interval_s))
    engine = Engine(burst=100, speaks=True, crowded=crowded)
    task = worker.task(engine, came_s=time.time() - behind_s)
    await until(lambda: engine.taken == 100)
    await task.drop()
    return worker.written.commits


def test_a_partition_that_is_far_behind_says_more_in_each_commit() -> None:
    async def test() -> None:
        assert len(await commits_in_a_burst(behind_s=0)) > 10
        assert len(await commits_in_a_burst(behind_s=60)) <= 2

    run(test)


def test_however_far_behind_no_partition_waits_longer_than_five_intervals() -> None:
    async def test() -> None:
        assert len(await commits_in_a_burst(behind_s=86_400, commit_interval_s=0.01)) > 5

    run(test)


@pytest.mark.parametrize("speaks", [True, False])
def test_a_backlog_that_is_worked_off_is_committed_without_waiting_any_longer(
    speaks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commit_time, "_PATIENT_INTERVALS", 1_000_000)

    async def test() -> None:
        worker = Worker(settings(commit_gap_s=0.01, commit_interval_s=0.1))
        task = worker.task(Engine(burst=3, speaks=speaks), came_s=time.time() - 86_400)
        await until(lambda: bool(worker.written.commits))
        await task.drop()

    run(test)


def test_a_partition_far_behind_does_not_wait_while_too_much_is_decoded() -> None:
    async def test() -> None:
        assert len(await commits_in_a_burst(behind_s=60, crowded=True)) > 10

    run(test)


def test_what_counts_is_when_the_event_came_not_when_the_journal_got_it() -> None:
    now_ms = round(time.time() * 1000)
    came = (ARRIVAL_HEADER, (now_ms - 60_000).to_bytes(8, "big"))
    assert arrived_ms(Record(0, b"acme", b"{}", ((EVENT_HEADER, b""), came), now_ms)) == now_ms - 60_000
    assert arrived_ms(Record(0, b"acme", b"{}", ((EVENT_HEADER, b""),), now_ms)) == now_ms
