"""How a worker is: ready or why not, how far, and what its gauges show.

Nothing here waits for the broker but `status`, and that not for long: while a broker is away, these
answers matter most.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Hashable, Iterable
from importlib.metadata import version
from typing import Final

from faust.types import TP

from streams.detection.clocks import Clocks
from streams.worker import metric_list as listed
from streams.worker.batch_app import BatchApp
from streams.worker.door_stage import DoorStage
from streams.worker.engine_stage import EngineStage
from streams.worker.feeds import feeds_of
from streams.worker.metric_types import JOURNAL, MOTIONS
from streams.worker.metrics import WorkerMetrics
from streams.worker.movement import Movement, Standing
from streams.worker.report import PartitionStatus, Status
from streams.worker.settings import WorkerSettings
from streams.worker.topics import Topics
from streams.worker.transport import BatchConsumer

#: A broker that answered no longer ago than this, in s, counts as there.
_ANSWERED_S: Final = 6.0
#: How often it is asked, and the partitions are looked at, in s.
_ASK_S: Final = 2.0
#: A partition that has records waiting and has not moved for this long, in s, is stuck.
_STUCK_S: Final = 60.0


class Health:
    """Watches one worker; everything is asked on its loop."""

    def __init__(
        self,
        app: BatchApp,
        settings: WorkerSettings,
        topics: Topics,
        metrics: WorkerMetrics,
        door: DoorStage | None,
        engine: EngineStage | None,
    ) -> None:
        self._app = app
        self._topics = topics
        self._metrics = metrics
        self._door = door
        self._engine = engine
        self._live = settings.clock == "live"
        self._stuck_s = max(_STUCK_S, 3 * settings.commit_interval_s)
        self._movement = Movement()
        self._ends: dict[TP, int] = {}  # as a broker told them last
        self._answered = time.monotonic()
        self._idle_since: float | None = time.monotonic()
        #: Set while partitions are assigned, recovered and processed.
        self.ready = asyncio.Event()

    # -- told by the worker ---------------------------------------------------------------------

    def revoked(self) -> None:
        """Partitions are taken away."""
        self.ready.clear()
        if self._idle_since is None:
            self._idle_since = time.monotonic()

    def positioned(self) -> None:
        """Partitions are assigned, recovered, and processing begins."""
        now = time.monotonic()
        if self._idle_since is not None:
            self._metrics.rebalance_seconds.observe(now - self._idle_since)
            self._idle_since = None
        self._answered = now
        self._ends.clear()
        self.ready.set()

    async def watch(self) -> None:
        """Notice whether a broker answers and which partitions move, for ever; a failing broker is no error here."""
        while True:
            await asyncio.sleep(_ASK_S)
            # Before the consumer has started, it cannot be asked either.
            with contextlib.suppress(Exception):
                self._look()
                if mine := (*self._mine(source=True), *self._mine(source=False)):
                    await self._ask(mine)
                else:
                    self._answered = time.monotonic()

    # -- asked ----------------------------------------------------------------------------------

    def why_not_ready(self) -> str:
        """Empty when partitions are assigned, recovered and processed, a broker answered lately and none is stuck."""
        app, now = self._app, time.monotonic()
        silence_s = now - self._answered
        if silence_s >= _ANSWERED_S:
            return f"no broker answered for {silence_s:.0f} s"
        for_s = now - (self._idle_since if self._idle_since is not None else now)
        if app.in_recovery:
            return f"recovering account states for {for_s:.0f} s, {self._recovery_remaining():,} records left"
        if app.rebalancing or not self.ready.is_set():
            return f"no partitions assigned for {for_s:.0f} s"
        for tp, standing in self._stuck(now):
            return (
                f"partition {tp.partition} of {self._topics.contract_name(tp.topic)} has not moved for "
                f"{now - standing.since:.0f} s with {standing.waiting:,} records waiting"
            )
        return ""

    async def status(self) -> Status:
        """How far this worker is, by the broker's present ends of its partitions where it answers."""
        app, topics, door, engine = self._app, self._topics, self._door, self._engine
        # The journal's ends are asked for after the door was found done: it grows no more then.
        sources = self._mine(source=True)
        ends = await self._ask_ends(sources)
        sources_done = door is None or (bool(ends) and not app.rebalancing and door.is_done(ends))
        journal = self._mine(source=False)
        ends = await self._ask_ends(journal)
        journal_done = engine is None or (bool(ends) and not app.rebalancing and engine.is_done(ends))
        self._look()
        partitions = self._partitions()
        why_not = self.why_not_ready()
        return Status(
            version=version("twomotion"),
            ready=not why_not,
            why_not_ready=why_not,
            broker_silence_seconds=round(time.monotonic() - self._answered, 1),
            pid=os.getpid(),
            source_partitions=len(sources),
            journal_partitions=len(journal),
            all_source_partitions=sum(each.partitions for each in topics.sources.values()) if door else 0,
            all_journal_partitions=topics.journal_partitions if engine else 0,
            sources_done=sources_done,
            journal_done=journal_done,
            source_lag=sum(each["lag"] for each in partitions if each["topic"] != JOURNAL),
            journal_lag=sum(each["lag"] for each in partitions if each["topic"] == JOURNAL),
            catalogs=self._catalogs(),
            sources=feeds_of(self._clocks(), self._now_ms()),
            partitions=partitions,
        )

    async def refresh(self) -> None:
        """Bring the gauges up to date."""
        gauges, now = self._metrics.gauges, time.monotonic()
        self._look()
        gauges.set(listed.READY, not self.why_not_ready())
        gauges.set(listed.BROKER_SILENCE, now - self._answered)
        gauges.set(listed.STUCK, len(self._stuck(now)))
        partitions = self._partitions()
        for metric, values in (
            (listed.LAG_RECORDS, {_labels(each): float(each["lag"]) for each in partitions}),
            (listed.LAG_SECONDS, {_labels(each): each["lag_seconds"] for each in partitions}),
        ):
            gauges.replace(metric, values)
        if self._engine is None:
            return
        accounts, size = self._engine.size()
        gauges.set(listed.ACCOUNTS, accounts)
        gauges.set(listed.STATE_BYTES, size)
        gauges.set(listed.RECOVERY_REMAINING, self._recovery_remaining())
        self._metrics.show_catalogs(self._catalogs())
        feeds = feeds_of(self._clocks(), self._now_ms())
        gauges.replace(
            listed.FEED_SILENCE, {(each["source"], each["feed"]): each["silence_seconds"] for each in feeds}
        )
        gauges.replace(
            listed.FEED_STALLED, {(each["source"], each["feed"]): float(each["stalled"]) for each in feeds}
        )

    # -- looking --------------------------------------------------------------------------------

    @property
    def _consumer(self) -> BatchConsumer:
        return self._app.consumer  # type: ignore[return-value]

    def _mine(self, *, source: bool) -> list[TP]:
        """The assigned partitions that are processed here, in order."""
        topics = self._topics
        return sorted(
            tp
            for tp in self._consumer.assignment()
            if (topics.is_source(tp.topic) if source else tp.topic == topics.journal)
        )

    async def _ask_ends(self, mine: Iterable[TP]) -> dict[TP, int]:
        """Their ends; nothing where no broker tells them."""
        mine = list(mine)
        if not mine or time.monotonic() - self._answered >= _ANSWERED_S:
            return {}
        try:
            return await self._ask(mine)
        except Exception:
            return {}

    async def _ask(self, mine: Iterable[TP]) -> dict[TP, int]:
        told = await asyncio.wait_for(self._consumer.highwaters(*mine), _ASK_S)
        ends = {tp: end or 0 for tp, end in told.items()}
        self._ends.update(ends)
        self._answered = time.monotonic()
        return ends

    def _done(self, tp: TP) -> tuple[int, Hashable]:
        """Offset below which all is processed and committed; what differs when something was."""
        if tp.topic != self._topics.journal:
            done = self._door.acked.get(tp, 0) if self._door is not None else 0
            return done, done
        task = self._engine.tasks.get(tp.partition) if self._engine is not None else None
        return (0, None) if task is None else (task.committed_offset, task.moved)

    def _waiting(self, tp: TP, done: int) -> int:
        return max(0, (self._end_of(tp) or 0) - done)

    def _end_of(self, tp: TP) -> int | None:
        """As last heard: a partition that is held back is not fetched of, but asked about."""
        return max(
            (end for end in (self._consumer.end_of(tp), self._ends.get(tp)) if end is not None), default=None
        )

    def _look(self) -> None:
        """Note what moves. The source partitions count as one: they wait for each other's time."""
        now = time.monotonic()
        waiting: dict[TP, int] = {}
        moved: dict[TP, Hashable] = {}
        sources = self._mine(source=True)
        of_all = tuple(self._done(tp)[1] for tp in sources)
        for tp in (*sources, *self._mine(source=False)):
            done, own = self._done(tp)
            waiting[tp] = self._waiting(tp, done)
            moved[tp] = own if tp.topic == self._topics.journal else of_all
        self._movement.note(waiting, moved, now)

    def _stuck(self, now: float) -> list[tuple[TP, Standing]]:
        return self._movement.stuck(self._stuck_s, now) if self.ready.is_set() else []

    def _partitions(self) -> list[PartitionStatus]:
        now, wall_ms = time.monotonic(), time.time() * 1000
        found: list[PartitionStatus] = []
        for tp in (*self._mine(source=True), *self._mine(source=False)):
            done, _ = self._done(tp)
            lag = self._waiting(tp, done)
            oldest_ms = self._oldest_ms(tp)
            age_s = max(0.0, (wall_ms - oldest_ms) / 1000) if lag and oldest_ms is not None else 0.0
            found.append(
                PartitionStatus(
                    topic=self._topics.contract_name(tp.topic),
                    partition=tp.partition,
                    position=done,
                    end=self._end_of(tp),
                    lag=lag,
                    lag_seconds=round(max(age_s, self._movement.waits_s(tp, now)), 3) if lag else 0.0,
                )
            )
        return found

    def _oldest_ms(self, tp: TP) -> int | None:
        if tp.topic != self._topics.journal:
            return self._door.oldest_ms(tp) if self._door is not None else None
        task = self._engine.tasks.get(tp.partition) if self._engine is not None else None
        return None if task is None else task.oldest_ms

    def _recovery_remaining(self) -> int:
        if self._engine is None or not self._app.in_recovery:
            return 0
        # Copies: this is asked from other threads too, while the worker's changes them.
        recovery = self._app.tables.recovery  # type: ignore[attr-defined]
        done = dict(recovery.active_offsets)
        return sum(
            max(0, end - (done.get(tp) or 0)) for tp, end in dict(recovery.active_highwaters).items() if end
        )

    def _catalogs(self) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {name: {} for name in MOTIONS}
        for task in self._engine.tasks.values() if self._engine is not None else ():
            for motion in task.engine.system.motions:
                versions = found.setdefault(motion.name, {})
                versions[motion.catalog_version] = versions.get(motion.catalog_version, 0) + 1
        return found

    def _clocks(self) -> list[Clocks]:
        return (
            [task.engine.clocks for task in self._engine.tasks.values()] if self._engine is not None else []
        )

    def _now_ms(self) -> int | None:
        return round(time.time() * 1000) if self._live else None


def _labels(partition: PartitionStatus) -> tuple[str, ...]:
    return partition["topic"], str(partition["partition"])
