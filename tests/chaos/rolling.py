"""`python -m tests.chaos.rolling`: a rolling restart under load, everything compared, every alert timed."""

from __future__ import annotations

import json
import logging
import shutil
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

import click

from schemas.topics import SOURCES, TOPICS
from streams.assembly import load_system
from streams.worker.admin import Admin
from streams.worker.process import WorkerFailed
from tests.chaos.check import Check
from tests.chaos.crew import Crew
from tests.chaos.load import Load
from tests.chaos.moments import after
from tests.chaos.own_kafka import Kafka
from tests.chaos.steady import SteadyFeed, Watch, latencies_ms

_BUILD = Path("build")
_CAUGHT_UP_S = 300.0
#: The greatest p99, in s, that a rolling restart may have.
MOST_S = 15.0

#: In a chaos run every fourth event makes a message and half a day passes in a second: here there is more work between.
_CALM = 10
#: As workers are by default, but for the clock.
_SETTINGS = {
    "TWOMOTION_SESSION_TIMEOUT_S": "10",
    "TWOMOTION_COMMIT_INTERVAL_S": "2",
    "TWOMOTION_IDLE_S": "1",
}


@dataclass(frozen=True)
class Rolled:
    """What came of it. Times in ms from the broker's time of the deciding event to an alert that can be read."""

    workers: int
    rate: int
    sent_per_s: float
    alerts: int
    p50_ms: float
    p99_ms: float
    most_ms: float
    restarts_s: list[float]  #: from SIGTERM until its successor shares the partitions
    lost: int
    doubled: int
    wrong: int

    @property
    def is_good(self) -> bool:
        return (
            not (self.lost or self.doubled or self.wrong) and self.alerts > 0 and self.p99_ms < MOST_S * 1000
        )

    def line(self) -> str:
        restarts = ", ".join(f"{seconds:.1f}" for seconds in self.restarts_s)
        return (
            f"rolling restart of {self.workers} workers, {self.sent_per_s:,.0f} events/s: "
            f"lost {self.lost}  doubled {self.doubled}  wrong {self.wrong} · {self.alerts:,} alerts, p50 "
            f"{self.p50_ms / 1000:.2f} s, p99 {self.p99_ms / 1000:.2f} s, most {self.most_ms / 1000:.2f} s · "
            f"restarts {restarts} s"
        )


def roll(
    brokers: str,
    prefix: str,
    logs: Path,
    *,
    seed: int = 1,
    workers: int = 3,
    rate: int = 2_000,
    accounts: int = 1_000,
    warm_up_s: float = 15.0,
    between_s: float = 3.0,
) -> Rolled:
    """Restart each worker once, one after the other, by SIGTERM; then compare all that was written."""
    with Admin(brokers) as admin:
        admin.apply(prefix)
    shutil.rmtree(logs, ignore_errors=True)
    logs.mkdir(parents=True)
    check = Check(brokers, prefix, load_system(), at_least_once=False)
    load = Load(seed, accounts, _CALM)
    partitions: Mapping[str, int] = {name: TOPICS[name].partitions for name in SOURCES}
    crew = Crew(brokers, prefix, logs, at_least_once=False, settings=_SETTINGS)
    restarts = []
    with crew:
        crew.wait_shared(crew.keep(workers))
        feed = SteadyFeed(brokers, prefix, load.records(), partitions, rate)
        with Watch(brokers, prefix) as watch, feed:
            after(warm_up_s)
            began_ms, sent = time.time_ns() / 1e6, feed.sent
            for worker in list(crew.workers):
                began = time.monotonic()
                crew.terminate(worker)
                crew.start()
                crew.wait_shared(crew.keep(workers))
                restarts.append(time.monotonic() - began)
                after(between_s)
            ended_ms, sent = time.time_ns() / 1e6, feed.sent - sent
            feed.pause()
            crew.wait_caught_up(_CAUGHT_UP_S)
            tally = check.compare()
            after(1.0)  # for the last ones to be read
        waits = latencies_ms(brokers, prefix, watch.read, began_ms, ended_ms)
    for example in tally.examples:
        print(f"  {example}", file=sys.stderr)
    return Rolled(
        workers=workers,
        rate=rate,
        sent_per_s=sent / (ended_ms - began_ms) * 1000,
        alerts=len(waits),
        p50_ms=_share(waits, 0.5),
        p99_ms=_share(waits, 0.99),
        most_ms=_share(waits, 1.0),
        restarts_s=[round(seconds, 1) for seconds in restarts],
        lost=tally.lost,
        doubled=tally.doubled,
        wrong=tally.wrong,
    )


def _share(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--workers", type=click.IntRange(2), default=3, show_default=True)
@click.option("--rate", type=click.IntRange(1), default=2_000, show_default=True, help="Events a second.")
@click.option("--accounts", type=click.IntRange(1), default=1_000, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
def main(workers: int, rate: int, accounts: int, seed: int) -> None:
    """Restart each worker under load, on a Kafka of its own.

    Exit code 1 when anything was lost, doubled or wrong, or the p99 is 15 s or more; figures in build/rolling.json.
    """
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL + 1)
    (_BUILD / "rolling.json").unlink(missing_ok=True)
    try:
        with Kafka() as kafka:
            prefix = f"rolling-{uuid4().hex[:6]}-"
            logs = _BUILD / "rolling-logs"
            rolled = roll(
                kafka.bootstrap, prefix, logs, seed=seed, workers=workers, rate=rate, accounts=accounts
            )
    except WorkerFailed as failed:
        raise click.ClickException(str(failed)) from None
    (_BUILD / "rolling.json").write_text(json.dumps(asdict(rolled), indent=2) + "\n")
    print(rolled.line())
    if not rolled.is_good:
        sys.exit(1)


if __name__ == "__main__":
    main()
