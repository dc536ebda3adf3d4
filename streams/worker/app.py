"""Putting a worker together and running it until it is told to end."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
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
from streams.worker.guard import Hole
from streams.worker.health import Health
from streams.worker.lanes import Lanes, new_producer
from streams.worker.lean_faust import NoHttpClient
from streams.worker.metrics import WorkerMetrics
from streams.worker.partition_task import MakeEngine
from streams.worker.recovery import Tables
from streams.worker.settings import WorkerSettings
from streams.worker.table import NewRest, StateTable
from streams.worker.topics import Topics
from streams.worker.tracing import Tracing
from streams.worker.writing import Writer

_log = logging.getLogger(__name__)

#: Longest orderly end, in s; what is not committed by then is read again.
_END_S = 6.0


class Worker:
    """One process's worker; `run` lives until `end` is set."""

    def __init__(
        self,
        settings: WorkerSettings,
        topics: Topics,
        make_engine: MakeEngine,
        new_rest: NewRest,
        tracing: Tracing | None,
    ) -> None:
        self._tracing = tracing
        self._settings = settings
        self._topics = topics
        self.metrics = WorkerMetrics({topics.ids[name]: name for name in topics.sources})
        self.end = asyncio.Event()
        self._producer = new_producer(settings.connection)
        self._lanes: list[Lanes] = []
        self._app = _new_app(settings)
        self._door: DoorStage | None = None
        self._engine: EngineStage | None = None
        if "engine" in settings.stages:
            self._engine = self._add_engine(make_engine, new_rest)
        if "door" in settings.stages:
            self._door = self._add_door()
        self.health = Health(self._app, settings, topics, self.metrics, self._door, self._engine)
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
        stage = EngineStage(
            app, self._settings, topics, table, make_engine, self._new_writer(), self.metrics, self._tracing
        )
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
        stage = DoorStage(app, self._settings, topics, self._producer, self.metrics, self._tracing)
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
            if isinstance(failed, Hole):
                self.metrics.holes.labels(self._topics.contract_name(failed.topic)).inc()
            # Faust would log it and go on with the next batch: a hole.
            fail_stop(what, failed)

    async def _recovered(self, *given: Any, **options: Any) -> None:
        if self._engine is not None and self._app.holds_partitions:
            await self._guarded("making engines", self._engine.recovered())

    async def _revoked(self, *given: Any, **options: Any) -> None:
        self.health.revoked()
        for stage in (self._engine, self._door):
            if stage is not None:
                await self._guarded("revoking", stage.revoked())

    async def _positioned(self, starts: Mapping[TP, Start]) -> None:
        for tp, start in starts.items():
            if start.lost:
                self.metrics.lost.labels(self._topics.contract_name(tp.topic)).inc(start.lost)
                _log.error(
                    "%d records of %s/%d were deleted before they were read: keep them for longer than the "
                    "longest outage; their publisher has to send these again",
                    *(start.lost, tp.topic, tp.partition),
                )
        for stage in (self._engine, self._door):
            if stage is not None:
                await stage.positioned(starts)
        self.health.positioned()

    def engine_of(self, account: bytes) -> object | None:
        """The engine of the account's journal partition, None where this worker does not have it."""
        return None if self._engine is None else self._engine.engine_of(account)

    # -- life -----------------------------------------------------------------------------------

    async def run(self) -> None:
        """Start, process until `end` is set, end in order. A crash stops the process."""
        app = self._app
        app.finalize()
        starting = asyncio.create_task(self._start())
        ending = asyncio.create_task(self.end.wait())
        crashed = asyncio.create_task(app._crashed.wait())
        writing = asyncio.create_task(self._door.run()) if self._door is not None else None
        watching = asyncio.create_task(self.health.watch())
        await asyncio.wait({ending, crashed, starting}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done() and starting.exception() is not None:
            fail_stop("starting", starting.exception() or RuntimeError())
        await asyncio.wait({ending, crashed}, return_when=asyncio.FIRST_COMPLETED)
        if crashed.done():
            fail_stop("Faust", app.crash_reason or RuntimeError("crashed"))
        watching.cancel()
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
        self.health.revoked()
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
        # Above the largest record of most topics; a larger batch or record comes alone and whole.
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
        HttpClient=NoHttpClient,
        TableManager=Tables,
    )
