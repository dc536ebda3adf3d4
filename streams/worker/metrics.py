"""The metrics of one process: `metric_list` says what they are, this how they are counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from importlib.metadata import version
from typing import Final, TypeVar

from prometheus_client import CollectorRegistry, ProcessCollector, disable_created_metrics, values

from streams.detection.engine import EngineStats
from streams.worker import metric_list as listed
from streams.worker.causes import Decided
from streams.worker.metric_list import METRICS
from streams.worker.metric_series import Gauges, counter, histogram

# The moment a counter was made says nothing here and doubles the page.
disable_created_metrics()  # type: ignore[no-untyped-call]

_Key = TypeVar("_Key")

_CATALOG: Final = {"retention": listed.RETENTION_CATALOG, "growth": listed.GROWTH_CATALOG}


def share_counters(number: int) -> None:
    """Keep what is counted in files that outlive this process (in PROMETHEUS_MULTIPROC_DIR); the next process
    of this number counts on. To be called before any metric is made."""
    values.ValueClass = values.MultiProcessValue(lambda: number)  # type: ignore[no-untyped-call]


class WorkerMetrics:
    """The metrics of one process, in a registry of their own.

    Args:
        sources: id (8 bytes) → contract name of the source topics.
    """

    def __init__(self, sources: Mapping[bytes, str] | None = None) -> None:
        registry = self.registry = CollectorRegistry()
        self._sources = dict(sources or {})
        self.gauges = Gauges(
            metric for metric in METRICS if metric.kind == "gauge" and metric.where != "supervisor"
        )
        registry.register(self.gauges)
        ProcessCollector(registry=registry)
        self.events = counter(listed.EVENTS, registry)
        self.late_events = counter(listed.LATE_EVENTS, registry)
        self.door_delay = histogram(listed.DOOR_DELAY, registry)
        self.dead_letters = counter(listed.DEAD_LETTERS, registry)
        self.watermarks = counter(listed.WATERMARKS, registry).labels()
        self.recreated = counter(listed.CREATED_ANEW, registry)
        self.folded = counter(listed.JOURNAL_RECORDS, registry)
        self.duplicates = counter(listed.DUPLICATES, registry)
        self.end_to_end = histogram(listed.END_TO_END, registry)
        self.messages = counter(listed.MESSAGES, registry)
        self.quadrant_changes = counter(listed.QUADRANT_CHANGES, registry)
        self.activations = counter(listed.ACTIVATIONS, registry)
        self.evaluations = counter(listed.EVALUATIONS, registry).labels()
        self.wakeups = counter(listed.WAKEUPS, registry).labels()
        self.commit_seconds = histogram(listed.COMMIT_SECONDS, registry).labels()
        self.aborts = counter(listed.ABORTS, registry)
        self.states = counter(listed.STATES_WRITTEN, registry).labels()
        self.recovered = counter(listed.STATES_RECOVERED, registry).labels()
        self.alerts = {
            "retention": counter(listed.RETENTION_ALERTS, registry),
            "growth": counter(listed.GROWTH_ALERTS, registry),
        }
        self.holds = {
            "retention": counter(listed.RETENTION_HOLDS, registry),
            "growth": counter(listed.GROWTH_HOLDS, registry),
        }
        self.batch_seconds = histogram(listed.BATCH_SECONDS, registry)
        self.batch_records = histogram(listed.BATCH_RECORDS, registry)
        self.rebalance_seconds = histogram(listed.REBALANCE_SECONDS, registry).labels()
        self.holes = counter(listed.HOLES, registry)
        self.lost = counter(listed.LOST, registry)
        self.gauges.replace(listed.BUILD, {(version("twomotion"),): 1.0})

    def count_engine(self, stats: EngineStats, before: EngineStats) -> EngineStats:
        """Add what an engine counted since `before`; returns a copy to hand in the next time."""
        for outcome, n in (
            ("folded", stats.events - before.events),
            ("repeat", stats.repeats - before.repeats),
            ("publisher_repeat", stats.publisher_repeats - before.publisher_repeats),
            ("too_late", stats.too_late - before.too_late),
            ("watermark", stats.watermarks - before.watermarks),
        ):
            if n:
                self.folded.labels(outcome).inc(n)
        self.evaluations.inc(stats.evaluations - before.evaluations)
        self.wakeups.inc(stats.wakeups - before.wakeups)
        for labels, n in _more(stats.activated, before.activated):
            self.activations.labels(*labels).inc(n)
        for (motion, reason), n in _more(stats.holds, before.holds):
            self.holds[motion].labels(reason).inc(n)
        for topic_id, n in _more(stats.publisher_repeats_of, before.publisher_repeats_of):
            self.duplicates.labels(self._sources.get(topic_id, "")).inc(n)
        for topic_id, n in _more(stats.too_late_of, before.too_late_of):
            self.late_events.labels(self._sources.get(topic_id, ""), "beyond_horizon").inc(n)
        return replace(
            stats,
            activated=stats.activated.copy(),
            holds=stats.holds.copy(),
            publisher_repeats_of=stats.publisher_repeats_of.copy(),
            too_late_of=stats.too_late_of.copy(),
        )

    def count_messages(self, decided: Iterable[Decided | None], committed_ms: float) -> None:
        """Count messages that were committed at this moment (ms since the epoch, this host's clock)."""
        for each in decided:
            if each is None:
                continue
            if each.topic == "dead-letters":
                self.dead_letters.labels("engine", each.status).inc()
                continue
            self.messages.labels(each.topic).inc()
            if each.motion:
                self.alerts[each.motion].labels(each.signal, each.status).inc()
                if not each.arrived_ms:
                    continue
                late_s = max(0.0, committed_ms - each.arrived_ms) / 1000
                self.end_to_end.labels(each.motion, each.cause).observe(late_s)
            elif each.topic == "quadrant-changes":
                self.quadrant_changes.labels(each.status).inc()

    def show_catalogs(self, versions: Mapping[str, Iterable[str]]) -> None:
        """Which versions of its catalog rule, by motion."""
        for motion, found in versions.items():
            self.gauges.replace(_CATALOG[motion], {(name,): 1.0 for name in found})


def _more(now: Counter[_Key], before: Counter[_Key]) -> list[tuple[_Key, int]]:
    return [(key, n - before[key]) for key, n in now.items() if n != before[key]] if now != before else []
