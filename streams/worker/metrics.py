"""Every metric of a worker, once: its name, its labels and, as the help text, what it says.

Units are in the names. Counters of the engine count what was folded, also what a later abort or
rebalance makes it fold again. A gauge's `multiprocess_mode` says what a supervisor shows of several
processes: their sum, most or least; without it, each process's own beside its number.
"""

from __future__ import annotations

from dataclasses import replace

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, values

from schemas.dead_letters import ReasonCode
from streams.detection.engine import EngineStats

# The moment a counter was made says nothing here and doubles the page.
disable_created_metrics()  # type: ignore[no-untyped-call]


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
        for labels, n in stats.messages.items():
            if more := n - before.messages.get(labels, 0):
                self.messages.labels(*labels).inc(more)
        return replace(stats, messages=dict(stats.messages))
