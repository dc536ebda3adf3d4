"""The drills: each makes one real fault, sees its alerts fire, takes the fault away and sees them clear."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import psutil
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from kafka import KafkaAdminClient, TopicPartition

from schemas.topics import TOPICS, real_name
from streams.devkafka.launch import free_port
from streams.worker.process import WorkerProcess
from tests.chaos.own_kafka import Kafka
from tests.drills.load import Load
from tests.drills.prometheus import Drilled
from tests.drills.stage import Stage
from tests.worker.support import session

_USUAL = Drilled()


@dataclass(frozen=True)
class Drill:
    """Args:
    faster: how much shorter the rules' times are in it.
    """

    name: str
    fault: str
    alerts: tuple[str, ...]
    run: Callable[[Stage, Drill], None]
    faster: Drilled = _USUAL


def _no_worker(stage: Stage, drill: Drill) -> None:
    port = free_port()
    with stage.worker(port=port) as worker:
        stage.quiet(drill.alerts)
        with stage.fault(drill.fault):
            worker.kill()
            stage.fires(*drill.alerts)
            # Its process ends with its supervisor, and only then the port is free again.
            stage.wait(lambda: not _answers(stage), 30, "an end of the killed worker")
    with stage.worker(port=port):
        stage.clears(*drill.alerts)


def _broker_down(stage: Stage, drill: Drill) -> None:
    kafka = stage.kafka
    assert isinstance(kafka, Kafka)
    with (
        Load(stage.kafka.bootstrap, stage.cluster.prefix),
        stage.worker("--restart"),
    ):
        stage.quiet(drill.alerts)
        with stage.fault(drill.fault):
            kafka.kill()
            stage.fires(*drill.alerts)
            kafka.start()
        stage.clears(*drill.alerts)


def _overload(stage: Stage, drill: Drill) -> None:
    # The worker first: what waits for its start comes late too.
    with (
        stage.worker("--restart", TWOMOTION_SESSION_TIMEOUT_S="45") as worker,
        Load(stage.kafka.bootstrap, stage.cluster.prefix, notes=6.0, sessions=50.0) as load,
    ):
        stage.quiet(drill.alerts)
        with stage.fault(drill.fault), _starved(_child(worker.pid)):
            load.sessions = 2_000.0
            stage.fires(*drill.alerts)
            load.sessions = 20.0
        stage.clears(*drill.alerts)


def _stalled_feed(stage: Stage, drill: Drill) -> None:
    # By the replay clock an hour of silence takes as long as it takes to publish it. Two products report on one
    # topic; one goes on, the other does not.
    def said(feed: str, hour: int) -> tuple[str, str, bytes]:
        time = datetime(2026, 6, 1, 8, tzinfo=UTC).replace(hour=8 + hour).isoformat()
        event_id = f"{feed}-{hour}"
        return "product-usage", "acme", session("acme", event_id, source_system=feed, occurred_at=time)

    stage.cluster.publish(
        [said("atlas-web", 0), said("atlas-api", 0), said("atlas-web", 1), said("atlas-api", 1)]
    )
    with stage.worker("--restart", TWOMOTION_CLOCK="replay", TWOMOTION_WATERMARK_EVERY_S="60"):
        stage.quiet(drill.alerts)
        with stage.fault(drill.fault):
            stage.cluster.publish([said("atlas-web", hour) for hour in range(2, 6)])
            stage.fires(*drill.alerts)
            stage.cluster.publish([said("atlas-api", 6), said("atlas-web", 6)])
        stage.clears(*drill.alerts)


def _poison_flood(stage: Stage, drill: Drill) -> None:
    with (
        Load(stage.kafka.bootstrap, stage.cluster.prefix, notes=10.0) as load,
        stage.worker("--restart"),
    ):
        stage.quiet(drill.alerts)
        with stage.fault(drill.fault):
            load.garbage = 40.0
            stage.fires(*drill.alerts)
            load.garbage = 0.0
        stage.clears(*drill.alerts)


def _repeated_aborts(stage: Stage, drill: Drill) -> None:
    with (
        Load(stage.kafka.bootstrap, stage.cluster.prefix, sessions=200.0),
        stage.worker("--restart"),
    ):
        stage.quiet(drill.alerts)
        with stage.fault(drill.fault):
            ended = threading.Event()
            rival = threading.Thread(target=lambda: asyncio.run(_claim_again_and_again(stage, ended)))
            rival.start()
            try:
                stage.fires(*drill.alerts)
            finally:
                ended.set()
                rival.join()
        stage.clears(*drill.alerts)


async def _claim_again_and_again(stage: Stage, ended: threading.Event) -> None:
    """A second deployment under the same prefix: it claims every partition that it can."""
    while not ended.is_set():
        for partition in range(0, TOPICS["account-journal"].partitions, 4):
            producer = AIOKafkaProducer(
                bootstrap_servers=stage.kafka.bootstrap,
                transactional_id=f"{stage.cluster.prefix}twomotion-{partition}",
            )
            try:
                await producer.start()
            except KafkaError:
                continue
            finally:
                await producer.stop()
        await asyncio.sleep(3)


def _refused_catalog(stage: Stage, drill: Drill) -> None:
    with stage.worker("--restart"):
        stage.quiet(drill.alerts)
        with stage.fault(drill.fault):
            stage.cluster.publish([("control", "", _activation("the catalog of another release"))])
            stage.fires(*drill.alerts)
        stage.clears(*drill.alerts)


def _activation(text: str) -> bytes:
    event = {
        "event_id": "drill-1",
        "type": "catalog.activated",
        "schema_version": 1,
        "occurred_at": datetime.now(UTC).isoformat(),
        "source_system": "operator",
        "motion": "growth",
        "version": "drilled",
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "catalog": text,
    }
    return json.dumps(event).encode()


def _records_lost(stage: Stage, drill: Drill) -> None:
    usage = real_name(stage.cluster.prefix, "product-usage")
    port = free_port()

    def sent(first: int, last: int) -> None:
        now = datetime.now(UTC).isoformat()
        values = [session("acme", f"e-{number}", occurred_at=now) for number in range(first, last)]
        stage.cluster.put("product-usage", *values, partition=0)

    sent(0, 20)
    with stage.worker("--restart", port=port) as worker:
        stage.wait(lambda: _committed(stage, worker), 60, "a commit")
        stage.quiet(drill.alerts)
        with stage.fault(drill.fault):
            # Frozen, so that its supervisor and with it all that was counted stay while it reads nothing.
            child = _child(worker.pid)
            child.send_signal(signal.SIGSTOP)
            sent(20, 60)
            admin = KafkaAdminClient(bootstrap_servers=stage.kafka.bootstrap)
            admin.delete_records({TopicPartition(usage, 0): 50})
            admin.close()
            child.kill()
            stage.fires(*drill.alerts)
        stage.clears(*drill.alerts)


def _committed(stage: Stage, worker: WorkerProcess) -> bool:
    status = worker.status()
    return bool(status and status["source_lag"] == 0 and status["journal_lag"] == 0) and bool(
        stage.prometheus.query('twomotion_events_total{outcome="accepted", source="product-usage"} >= 20')
    )


def _answers(stage: Stage) -> bool:
    return bool(stage.prometheus.query('up{job="twomotion"} == 1'))


def _child(pid: int) -> psutil.Process:
    """The worker process of a supervisor."""
    (child,) = psutil.Process(pid).children()
    return child


@contextmanager
def _starved(process: psutil.Process, share: float = 0.08, turn_s: float = 0.5) -> Iterator[None]:
    """Let a process run for a share of the time only, as on a host that gives it no more."""
    ended = threading.Event()

    def starve() -> None:
        while not ended.is_set():
            os.kill(process.pid, signal.SIGSTOP)
            ended.wait(turn_s * (1 - share))
            os.kill(process.pid, signal.SIGCONT)
            ended.wait(turn_s * share)

    thread = threading.Thread(target=starve, name="starving", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


DRILLS = (
    Drill(
        "no worker",
        "the only worker is killed",
        ("TwomotionNoWorker", "TwomotionWorkerDown"),
        _no_worker,
    ),
    Drill(
        "broker down",
        "Kafka is killed under load",
        ("TwomotionBrokerAway", "TwomotionNotReady", "TwomotionTimeStandsStill"),
        _broker_down,
    ),
    Drill(
        "overload",
        "a worker gets a twelfth of a core and 2,000 events/s",
        ("TwomotionLagging", "TwomotionFreshnessBurnsFast", "TwomotionFreshnessBurnsSlowly"),
        _overload,
    ),
    Drill(
        "stalled feed",
        "one of two products on a topic says nothing for four hours",
        ("TwomotionFeedStalled",),
        _stalled_feed,
    ),
    Drill(
        "poison flood",
        "two thirds of a source are no events",
        ("TwomotionPoisonFlood",),
        _poison_flood,
    ),
    Drill(
        "repeated aborts",
        "a second deployment claims the partitions again and again",
        ("TwomotionCommitsFailing", "TwomotionCrashLooping"),
        _repeated_aborts,
        Drilled(service=12.0),
    ),
    Drill(
        "refused catalog",
        "a catalog is activated that this release cannot read",
        ("TwomotionCatalogRefused",),
        _refused_catalog,
        Drilled(service=240.0),
    ),
    Drill(
        "records lost",
        "30 records are deleted before they were read",
        ("TwomotionRecordsMissing", "TwomotionRecordsMissingLately"),
        _records_lost,
    ),
)
