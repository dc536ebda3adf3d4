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
    """The metrics of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.events = Counter(
            "twomotion_events",
            "Source records by outcome: accepted (journalled), rejected (dead-lettered), heartbeat.",
            ("source", "outcome"),
            registry=self.registry,
        )
        self.dead_letters = Counter(
            "twomotion_dead_letters",
            "Records written to dead-letters, by stage and reason.",
            ("stage", "reason"),
            registry=self.registry,
        )
        self.folded = Counter(
            "twomotion_journal_records",
            "Journal records by what the engine did with them: folded, repeat (journalled before), "
            "publisher_repeat (same event_id), too_late (beyond the horizon), watermark.",
            ("outcome",),
            registry=self.registry,
        )
        self.activations = Counter(
            "twomotion_activations",
            "Catalogs from `control` by what became of them: applied, refused. Every journal partition counts its "
            "own.",
            ("outcome",),
            registry=self.registry,
        )
        self.messages = Counter(
            "twomotion_messages",
            "Messages committed to the output topics, by topic, signal and status; one motion, one topic.",
            ("topic", "signal", "status"),
            registry=self.registry,
        )
        self.evaluations = Counter(
            "twomotion_evaluations", "Detector readings taken.", registry=self.registry
        )
        self.wakeups = Counter(
            "twomotion_wakeups",
            "Accounts woken because time alone could change a verdict.",
            registry=self.registry,
        )
        self.batch_seconds = Histogram(
            "twomotion_batch_seconds",
            "Time that one slice of a batch kept the worker's thread: judging it at the door, folding it in "
            "the engine.",
            ("stage",),
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0),
            registry=self.registry,
        )
        self.commit_seconds = Histogram(
            "twomotion_commit_seconds",
            "Time from the first write of a commit to its last ack: messages, states, partition record.",
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
            registry=self.registry,
        )
        self.states = Counter(
            "twomotion_states_written", "Account states written to the changelog.", registry=self.registry
        )
        self.recovered = Counter(
            "twomotion_states_recovered",
            "Records of the changelog read back after assignments.",
            registry=self.registry,
        )
        self.lag = Gauge(
            "twomotion_lag_records",
            "Records of an assigned partition that are not processed and committed yet.",
            ("topic", "partition"),
            multiprocess_mode="livesum",
            registry=self.registry,
        )
        self.watermarks = Counter(
            "twomotion_watermarks", "Watermark statements made by this door.", registry=self.registry
        )
        self.watermark_delay = Gauge(
            "twomotion_watermark_delay_seconds",
            "Event time between the newest event this door has seen and the slowest partition of its last "
            "watermark.",
            multiprocess_mode="livemax",
            registry=self.registry,
        )
        self.watermark_time = Gauge(
            "twomotion_watermark_seconds",
            "Time (UTC, since 1970) up to which the slowest partition of this door's last watermark is complete; by "
            "the live clock, how far it lies back says how late silence is found.",
            multiprocess_mode="livemin",
            registry=self.registry,
        )
        self.recreated = Counter(
            "twomotion_sources_created_anew",
            "Source topics found deleted and created anew: read from the beginning, their events count as new.",
            ("source",),
            registry=self.registry,
        )
        self.accounts = Gauge(
            "twomotion_accounts",
            "Accounts whose state this worker holds.",
            multiprocess_mode="livesum",
            registry=self.registry,
        )
        self.state_bytes = Gauge(
            "twomotion_state_bytes",
            "Encoded size of the states this worker holds.",
            multiprocess_mode="livesum",
            registry=self.registry,
        )
        self.ready = Gauge(
            "twomotion_ready",
            "1 when partitions are assigned, recovered and processed.",
            multiprocess_mode="livemin",
            registry=self.registry,
        )

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
        if late := stats.too_late - before.too_late:
            self.dead_letters.labels("engine", ReasonCode.TOO_LATE.value).inc(late)
        for outcome, n in (
            ("applied", stats.activations - before.activations),
            ("refused", stats.refused_activations - before.refused_activations),
        ):
            if n:
                self.activations.labels(outcome).inc(n)
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

    def count_messages(self, decided: Iterable[Decided], committed_ms: float) -> None:
        """Count messages that were committed at this moment (ms since the epoch, this host's clock)."""
        for each in decided:
            if each.topic == "dead-letters":
                self.dead_letters.labels("engine", each.status).inc()
                continue
            self.messages.labels(each.topic).inc()
            if each.motion:
                self.alerts[each.motion].labels(each.signal, each.status).inc()
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
