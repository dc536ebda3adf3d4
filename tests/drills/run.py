"""One drill after the other on one Kafka."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

from streams.devkafka import Broker
from streams.worker.process import WorkerFailed
from tests.chaos.own_kafka import Kafka
from tests.drills.faults import Drill
from tests.drills.prometheus import Prometheus
from tests.drills.stage import NotAsExpected, Seen, Stage
from tests.worker.support import Cluster


@dataclass(frozen=True)
class Outcome:
    """Of one alert in one drill."""

    drill: str
    fault: str
    alert: str
    fired_s: float | None
    cleared_s: float | None
    summary: str
    wrong: str  #: empty when it fired and cleared

    @property
    def passed(self) -> bool:
        return not self.wrong

    def as_dict(self) -> dict[str, object]:
        return asdict(self) | {"passed": self.passed}


def run_drills(drills: Iterable[Drill], folder: Path, log: Callable[[str], None]) -> Iterator[Outcome]:
    """Every alert of these drills, on a Kafka of their own; what each left is in `folder`."""
    with Kafka() as kafka:
        for drill in drills:
            yield from run_drill(drill, kafka, folder / drill.name.replace(" ", "-"), log)


def run_drill(
    drill: Drill, kafka: Kafka | Broker, folder: Path, log: Callable[[str], None], quiet_s: float = 6.0
) -> list[Outcome]:
    """Every alert of one drill. Kafka is one to be unkind to, unless the drill leaves it alone."""
    log(f"{drill.name} ...")
    began = time.monotonic()
    cluster = Cluster(kafka.bootstrap, f"d{uuid4().hex[:6]}-")
    wrong = ""
    with Prometheus(folder, drill.faster) as prometheus:
        stage = Stage(kafka, cluster, prometheus, folder, log, quiet_s)
        try:
            cluster.apply()
            drill.run(stage, drill)
        except (NotAsExpected, WorkerFailed) as failed:
            wrong = str(failed)
    log(f"    took {time.monotonic() - began:.0f} s")
    return [_outcome(drill, alert, stage.seen.get(alert), wrong) for alert in drill.alerts]


def _outcome(drill: Drill, alert: str, seen: Seen | None, wrong: str) -> Outcome:
    if seen is None:
        return Outcome(drill.name, drill.fault, alert, None, None, "", wrong or "did not fire")
    still = "" if seen.cleared_s is not None else wrong or "did not clear"
    return Outcome(drill.name, drill.fault, alert, seen.fired_s, seen.cleared_s, seen.summary, still)
