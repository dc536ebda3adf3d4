"""Why a worker is not ready, in the order in which an operator has to know."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

import pytest
from faust.types import TP

from schemas.topics import SOURCES, TOPICS
from streams.detection.clocks import Clocks
from streams.worker.batch_app import BatchApp
from streams.worker.door_stage import DoorStage
from streams.worker.engine_stage import EngineStage
from streams.worker.health import Health
from streams.worker.metrics import WorkerMetrics
from streams.worker.settings import WorkerSettings
from streams.worker.topics import Topics

JOURNAL = TP("account-journal", 7)
USAGE, CRM = TP("product-usage", 0), TP("crm-changes", 0)


@dataclass
class Clock:
    """A monotonic clock that is set by hand."""

    now: float = 1_000.0

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.now


@dataclass
class Consumer:
    """What was last fetched."""

    ends: dict[TP, int]
    answers: bool = True

    def assignment(self) -> set[TP]:
        return set(self.ends)

    def end_of(self, tp: TP) -> int | None:
        return self.ends[tp]

    async def highwaters(self, *tps: TP) -> Mapping[TP, int]:
        if not self.answers:
            raise ConnectionError("no broker")
        return {tp: self.ends[tp] for tp in tps}


@dataclass
class Parts:
    """A worker of which only what health looks at is there."""

    ends: dict[TP, int] = field(default_factory=lambda: {USAGE: 10, CRM: 10, JOURNAL: 1_241})
    acked: dict[TP, int] = field(default_factory=lambda: {USAGE: 10, CRM: 10})
    committed: int = 1_241
    rebalancing: bool = False
    in_recovery: bool = False

    def made(self) -> Health:
        self.consumer = Consumer(self.ends)
        self.app = SimpleNamespace(
            consumer=self.consumer,
            rebalancing=False,
            in_recovery=False,
            tables=SimpleNamespace(
                recovery=SimpleNamespace(active_highwaters={JOURNAL: 900}, active_offsets={JOURNAL: 100})
            ),
        )
        engine = SimpleNamespace(system=SimpleNamespace(motions=()), clocks=Clocks())
        self.task = SimpleNamespace(
            committed_offset=self.committed, moved=self.committed, oldest_ms=None, engine=engine
        )
        door = SimpleNamespace(acked=self.acked, oldest_ms=lambda tp: None)
        topics = Topics(
            "", dict.fromkeys(TOPICS, b"12345678"), {name: t.partitions for name, t in TOPICS.items()}
        )
        self.metrics = WorkerMetrics(dict.fromkeys([b"12345678"], next(iter(SOURCES))))
        return Health(
            cast(BatchApp, self.app),
            WorkerSettings(brokers="nowhere:1"),
            topics,
            self.metrics,
            cast(DoorStage, door),
            cast(EngineStage, SimpleNamespace(tasks={7: self.task}, size=lambda: (3, 1_000))),
        )


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("streams.worker.health.time", made)
    return made


def run(what: Callable[[], Coroutine[None, None, None]]) -> None:
    asyncio.run(what())


def test_a_worker_is_ready_once_its_partitions_are_processed(clock: Clock) -> None:
    async def go() -> None:
        health = Parts().made()
        clock.now += 3
        assert health.why_not_ready() == "no partitions assigned for 3 s"
        health.positioned()
        assert health.why_not_ready() == ""

    run(go)


def test_it_says_how_far_the_states_are_read_back(clock: Clock) -> None:
    async def go() -> None:
        parts = Parts()
        health = parts.made()
        health.positioned()
        health.revoked()
        parts.app.in_recovery = True
        clock.now += 2
        assert health.why_not_ready() == "recovering account states for 2 s, 800 records left"

    run(go)


def test_it_says_for_how_long_no_broker_has_answered(clock: Clock) -> None:
    async def go() -> None:
        health = Parts().made()
        health.positioned()
        clock.now += 5
        assert health.why_not_ready() == ""
        clock.now += 7
        assert health.why_not_ready() == "no broker answered for 12 s"

    run(go)


def test_it_names_the_partition_that_is_stuck(clock: Clock) -> None:
    async def go() -> None:
        parts = Parts(committed=41)
        health = parts.made()
        health.positioned()
        await health.refresh()
        clock.now += 60
        health.positioned()  # a broker has answered
        await health.refresh()
        assert health.why_not_ready() == (
            "partition 7 of account-journal has not moved for 60 s with 1,200 records waiting"
        )
        value = parts.metrics.registry.get_sample_value
        assert value("twomotion_stuck_partitions") == 1
        assert value("twomotion_ready") == 0
        lag = {"topic": "account-journal", "partition": "7"}
        assert value("twomotion_lag_records", lag) == 1_200
        assert value("twomotion_lag_seconds", lag) == 60
        parts.task.committed_offset = parts.task.moved = 42
        await health.refresh()
        assert health.why_not_ready() == ""

    run(go)


def test_a_source_that_waits_for_another_ones_time_is_not_stuck(clock: Clock) -> None:
    async def go() -> None:
        parts = Parts(acked={USAGE: 1, CRM: 1})
        health = parts.made()
        health.positioned()
        for step in range(2, 8):
            await health.refresh()
            clock.now += 30
            health.positioned()
            parts.acked[USAGE] = step
        await health.refresh()
        assert health.why_not_ready() == ""
        clock.now += 61
        health.positioned()
        await health.refresh()
        assert "of crm-changes has not moved for 61 s with 9 records waiting" in health.why_not_ready()

    run(go)
