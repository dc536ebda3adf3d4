"""Putting a worker together and running it until it is told to end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
import time
from collections.abc import Mapping
from typing import Any

from faust.types import TP

from streams.worker.at_least_once import AtLeastOnceWriter
from streams.worker.batch_app import BatchApp, RawBatch, Start
from streams.worker.credentials import credentials_of
from streams.worker.door_stage import DoorStage
from streams.worker.engine_stage import EngineStage
from streams.worker.exactly_once import ExactlyOnceWriter
from streams.worker.failure import fail_stop
from streams.worker.lanes import Lanes, new_producer
from streams.worker.metrics import WorkerMetrics
from streams.worker.partition_task import MakeEngine
from streams.worker.report import Status
from streams.worker.settings import WorkerSettings
from streams.worker.table import NewRest, StateTable
from streams.worker.topics import Topics
from streams.worker.transport import BatchConsumer
from streams.worker.writing import Writer

_log = logging.getLogger(__name__)

#: Longest orderly end, in s; what is not committed by then is read again.
_END_S = 6.0
#: A broker that answered no longer ago than this, in s, counts as there.
_ANSWERED_S = 6.0
#: How often it is asked, in s.
_ASK_S = 2.0


class Worker:
    """One process's worker; `run` lives until `end` is set."""

    def __init__(
        self, settings: WorkerSettings, topics: Topics, make_engine: MakeEngine, new_rest: NewRest
    ) -> None:
        self._settings = settings
        self._topics = topics
        self.metrics = WorkerMetrics()
        self.end = asyncio.Event()
        self.ready = asyncio.Event()
        self._producer = new_producer(settings.connection)
        self._lanes: list[Lanes] = []
        self._answered = time.monotonic()
        self._app = _new_app(settings)
        self._door: DoorStage | None = None
        self._engine: EngineStage | None = None
        if "engine" in settings.stages:
            self._engine = self._add_engine(make_engine, new_rest)
        if "door" in settings.stages:
            self._door = self._add_door()
        # Strong references: these signals hold their receivers weakly otherwise.
        self._app.on_rebalance_complete.connect(self._recovered, weak=False)
        self._app.on_partitions_revoked.connect(self._revoked, weak=False)
        self._app.on_positioned.append(self._positioned)

    def _add_engine(self, make_engine: MakeEngine, new_rest: NewRest) -> EngineStage:
        app, topics = self._app, self._topics
        raw = RawBatch()
        table = StateTable(
            app,
            new_rest,
            self.metrics.recovered.inc,
            name="account-state",
            partitions=topics.journal_partitions,
            changelog_topic=app.topic(topics.state, schema=raw, partitions=topics.journal_partitions),
        )
        app.tables.add(table)
        stage = EngineStage(app, self._settings, topics, table, make_engine, self._new_writer(), self.metrics)
        app.offset_in_state = frozenset((topics.journal,))
        app.state_offset = stage.next_offset

        async def detect(stream: Any) -> None:
            async for event in stream.noack().events():
                await self._guarded("engine, receiving", stage.receive(event))

        app.agent(app.topic(topics.journal, schema=raw), name="engine")(detect)
        return stage

    def _new_writer(self) -> Writer:
        if self._settings.guarantee == "exactly_once":
            return ExactlyOnceWriter(self._settings.connection, self._settings.whole_id, self._topics)
        lanes = Lanes(self._producer)
        self._lanes.append(lanes)
        return AtLeastOnceWriter(self._topics, lanes)

    def _add_door(self) -> DoorStage:
        app, topics = self._app, self._topics
        stage = DoorStage(app, self._settings, topics, self._producer, self.metrics)
        self._lanes.append(stage.lanes)
        app.note_of = stage.note_of
        app.created_anew = stage.created_anew
        names = [topics.real_name(name) for name in topics.sources]

        async def enter(stream: Any) -> None:
            async for event in stream.noack().events():
                await self._guarded("door, receiving", stage.receive(event))

        app.agent(app.topic(*names, schema=RawBatch()), name="door")(enter)
        return stage

    async def _guarded(self, what: str, step: Any) -> None:
        try:
            await step
        except asyncio.CancelledError:
            raise
        except Exception as failed:
            # Faust would log it and go on with the next batch: a hole.
            fail_stop(what, failed)

    async def _recovered(self, *given: Any, **options: Any) -> None:
        if self._engine is not None and self._app.holds_partitions:
            await self._guarded("making engines", self._engine.recovered())

    async def _revoked(self, *given: Any, **options: Any) -> None:
        self.ready.clear()
        for stage in (self._engine, self._door):
            if stage is not None:
                await self._guarded("revoking", stage.revoked())

    async def _positioned(self, starts: Mapping[TP, Start]) -> None:
        for stage in (self._engine, self._door):
            if stage is not None:
                await stage.positioned(starts)
        self._answered = time.monotonic()
        self.ready.set()

    @property
    def _consumer(self) -> BatchConsumer:
        return self._app.consumer  # type: ignore[return-value]

    def is_ready(self) -> bool:
        """Assigned, recovered, processing, and a broker answered lately."""
        app = self._app
        return (
            self.ready.is_set()
            and not app.rebalancing
            and not app.in_recovery
            and time.monotonic() - self._answered < _ANSWERED_S
        )

    async def status(self) -> Status:
        """How far this worker is, by the broker's present ends of its partitions."""
        # The journal's ends are asked for after the door was found done: it grows no more then.
        sources, source_lag = await self._lag(source=True)
        sources_done = self._door is None or (
            bool(sources) and not self._app.rebalancing and self._door.is_done(sources)
        )
        journal, journal_lag = await self._lag(source=False)
        journal_done = self._engine is None or (
            bool(journal) and not self._app.rebalancing and self._engine.is_done(journal)
        )
        return Status(
            ready=self.is_ready(),
            pid=os.getpid(),
            source_partitions=len(sources),
            journal_partitions=len(journal),
            all_source_partitions=(
                sum(topic.partitions for topic in self._topics.sources.values()) if self._door else 0
            ),
            all_journal_partitions=self._topics.journal_partitions if self._engine else 0,
            sources_done=sources_done,
            journal_done=journal_done,
            source_lag=sum(source_lag.values()),
            journal_lag=sum(journal_lag.values()),
        )

    async def _lag(self, *, source: bool) -> tuple[dict[TP, int], dict[TP, int]]:
        """Ends and lags of the assigned source or journal partitions."""
        journal = self._topics.journal
        mine = [
            tp
            for tp in self._consumer.assignment()
            if (self._topics.is_source(tp.topic) if source else tp.topic == journal)
        ]
        if not mine:
            return {}, {}
        ends = {tp: end or 0 for tp, end in (await self._consumer.highwaters(*mine)).items()}
        done = {tp: self._done_offset(tp, source) for tp in mine}
        return ends, {tp: max(0, end - done[tp]) for tp, end in ends.items()}

    def _done_offset(self, tp: TP, source: bool) -> int:
        if source:
            return self._door.acked.get(tp, 0) if self._door is not None else 0
        return self._engine.next_offset(tp) if self._engine is not None else 0

    async def refresh_metrics(self) -> None:
        """Bring the gauges up to date."""
        metrics = self.metrics
        metrics.ready.set(self.is_ready())
        metrics.lag.clear()
        for source in (True, False):
            for tp, lag in (await self._lag(source=source))[1].items():
                metrics.lag.labels(self._topics.contract_name(tp.topic), str(tp.partition)).set(lag)
        if self._engine is not None:
            accounts, size = self._engine.size()
            metrics.accounts.set(accounts)
            metrics.state_bytes.set(size)

    # -- life -----------------------------------------------------------------------------------

    async def run(self) -> None:
        """Start, process until `end` is set, end in order. A crash stops the process."""
        app = self._app
        app.finalize()
        starting = asyncio.create_task(self._start())
        ending = asyncio.create_task(self.end.wait())
        crashed = asyncio.create_task(app._crashed.wait())
        writing = asyncio.create_task(self._door.run()) if self._door is not None else None
        asking = asyncio.create_task(self._ask())
        await asyncio.wait({ending, crashed, starting}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done() and starting.exception() is not None:
            fail_stop("starting", starting.exception() or RuntimeError())
        await asyncio.wait({ending, crashed}, return_when=asyncio.FIRST_COMPLETED)
        if crashed.done():
            fail_stop("Faust", app.crash_reason or RuntimeError("crashed"))
        asking.cancel()
        # From outside of the loop: what hangs may be the loop itself, or a thread that is waited for at exit.
        leaving = threading.Timer(_END_S, _leave)
        leaving.daemon = True
        leaving.start()
        await self._stop(starting, writing)

    async def _start(self) -> None:
        await self._producer.start()
        await self._app.start()

    async def _stop(self, starting: asyncio.Task[None], writing: asyncio.Task[None] | None) -> None:
        # Engines first: one that commits after its partitions went to another worker repeats what that
        # one says.
        self.ready.clear()
        if self._engine is not None:
            await self._guarded("the last commit", self._engine.stop())
        if writing is not None:
            writing.cancel()
        if not starting.done():
            starting.cancel()
        else:
            await self._app.consumer.commit()
        await self._app.stop()
        for lanes in self._lanes:
            lanes.stop()
        await self._producer.stop()

    async def _ask(self) -> None:
        """Notice whether a broker answers; failing to is no error here."""
        while True:
            await asyncio.sleep(_ASK_S)
            with contextlib.suppress(Exception):
                mine = list(self._consumer.assignment())[:1]
                if mine:
                    await asyncio.wait_for(self._consumer.highwaters(*mine), _ASK_S)
                self._answered = time.monotonic()


def _leave() -> None:
    # A broker that is away, most likely. What is committed is safe, the rest is read again.
    _log.warning("no orderly end within %s s: leaving", _END_S)
    logging.shutdown()
    os._exit(0)


def _new_app(settings: WorkerSettings) -> BatchApp:
    return BatchApp(
        settings.app_id,
        broker=[f"kafka://{server}" for server in settings.connection.servers],
        broker_credentials=credentials_of(settings.connection),
        broker_session_timeout=settings.session_timeout_s,
        # How soon a member hears of a rebalance: all wait for the last one.
        broker_heartbeat_interval=min(1.0, settings.session_timeout_s / 4),
        broker_request_timeout=max(30.0, settings.session_timeout_s),
        broker_max_poll_records=settings.fetch_records,
        broker_commit_interval=1.0,
        consumer_auto_offset_reset="earliest",
        consumer_metadata_max_age_ms=round(settings.metadata_age_s * 1000),
        # Above the largest record of any topic read (`account-state`); a fetch of a partition is one batch.
        consumer_max_fetch_size=1 << 20,
        # Counts batches, not records.
        stream_buffer_maxsize=4,
        # What a stage holds at a revocation is dropped and read again; waiting for it could take for ever
        # (a batch may wait for another partition's time).
        stream_wait_empty=False,
        table_standby_replicas=0,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
    )
