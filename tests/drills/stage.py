"""Where a drill takes place: a Kafka, a system under a prefix of its own, and a Prometheus that watches it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from streams.devkafka import Broker
from streams.devkafka.launch import free_port
from streams.worker.process import WorkerProcess
from tests.chaos.own_kafka import Kafka
from tests.drills.prometheus import Prometheus
from tests.worker.support import Cluster

_LOOK_S = 0.2
#: Longest wait for an alert, in s: many times what it takes on a machine with nothing else to do.
_FIRES_S = 150.0
_READY_S = 120.0
_CLEARS_S = 240.0


class NotAsExpected(AssertionError):
    """An alert did not do what the drill is about."""


@dataclass
class Seen:
    """What became of one alert."""

    alert: str
    fired_s: float  #: after the fault was made
    summary: str
    cleared_s: float | None = None  #: after it was taken away


@dataclass
class Stage:
    """Args:
    log: gets a line of what happens.
    quiet_s: for how long nothing may fire before the fault.
    """

    kafka: Kafka | Broker
    cluster: Cluster
    prometheus: Prometheus
    folder: Path
    log: Callable[[str], None]
    quiet_s: float = 6.0
    seen: dict[str, Seen] = field(default_factory=dict)
    _since: float = 0.0

    @contextmanager
    def worker(self, *options: str, port: int | None = None, **environment: str) -> Iterator[WorkerProcess]:
        """A worker by the live clock that is scraped, supervised as in the image and the chart."""
        port = port or free_port()
        settings = {
            "TWOMOTION_CLOCK": "live",
            "TWOMOTION_LIVE_EVERY_S": "1",
            "TWOMOTION_GRACE_S": "1",
            "TWOMOTION_COMMIT_INTERVAL_S": "0.5",
            "TWOMOTION_SESSION_TIMEOUT_S": "6",
        }
        worker = self.cluster.worker("--metrics-port", str(port), *options, **(settings | environment))
        worker.start()
        try:
            worker.wait_ready(_READY_S)
            self.prometheus.scrape(worker.url)
            self.wait(lambda: bool(self.prometheus.query('up{job="twomotion"} == 1')), 60, "a scrape")
            yield worker
        finally:
            worker.stop()

    def quiet(self, alerts: tuple[str, ...]) -> None:
        """Nothing that the drill is about fires before its fault is made."""
        self.wait(lambda: not set(alerts) & set(self.prometheus.firing()), 90, f"silence of {alerts}")
        until = time.monotonic() + self.quiet_s
        pause = threading.Event()
        while time.monotonic() < until:
            if fires := set(alerts) & set(self.prometheus.firing()):
                raise NotAsExpected(f"{sorted(fires)} before there was a fault")
            pause.wait(_LOOK_S)

    @contextmanager
    def fault(self, what: str) -> Iterator[None]:
        """The fault lasts as long as the block."""
        self.log(f"    fault: {what}")
        self._since = time.monotonic()
        try:
            yield
        finally:
            self._since = time.monotonic()

    def fires(self, *alerts: str) -> None:
        """Wait until they fire, one after the other or together."""
        since = self._since

        def all_seen() -> bool:
            for alert, summaries in self.prometheus.firing().items():
                if alert in alerts and alert not in self.seen:
                    self.seen[alert] = Seen(alert, time.monotonic() - since, summaries[0])
                    self.log(f"    fires: {alert} after {self.seen[alert].fired_s:.0f} s: {summaries[0]}")
            return set(alerts) <= set(self.seen)

        self.wait(all_seen, _FIRES_S, f"{alerts} to fire")

    def clears(self, *alerts: str) -> None:
        """Wait until they fire no more."""

        def all_clear() -> bool:
            firing = self.prometheus.firing()
            for alert in alerts:
                one = self.seen[alert]
                if alert not in firing and one.cleared_s is None:
                    one.cleared_s = time.monotonic() - self._since
                    self.log(f"    clear: {alert} after {one.cleared_s:.0f} s")
                elif alert in firing:
                    one.cleared_s = None
            return not set(alerts) & set(firing)

        self.wait(all_clear, _CLEARS_S, f"{alerts} to clear")

    def wait(self, condition: Callable[[], bool], within: float, what: str) -> None:
        """Wait for a condition; NotAsExpected when it does not come."""
        pause = threading.Event()
        deadline = time.monotonic() + within
        while not condition():
            if time.monotonic() > deadline:
                raise NotAsExpected(
                    f"no {what} within {within:.0f} s; fires: {sorted(self.prometheus.firing())}"
                )
            pause.wait(_LOOK_S)
