"""Every metric of a worker, once: its name, unit and labels and, as the help text, what it says.

Names follow Prometheus's conventions: base units, the unit at the end, `_total` at the end of counters.
`twomotion_*` is about the service, `retention_*` and `growth_*` about what each motion says; no series mixes
the two. Counters of the engine count what was committed, also what a crash makes it fold again.
`docs/metrics.md` is made from this list.
"""

from __future__ import annotations

from typing import Final

from streams.worker import metric_types as labels
from streams.worker.metric_types import Area, Label, Metric

_FAST: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)
_COMMIT: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
#: 5 s is the objective of the alerts' freshness, 15 s that of a rolling restart.
_LATENCY: Final = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 30.0, 60.0, 300.0, 1800.0)
_REBALANCE: Final = (0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 60.0, 120.0, 300.0)
_RECORDS: Final = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1_000.0, 3_000.0, 10_000.0)

# -- the door ---------------------------------------------------------------------------------------

EVENTS: Final = Metric(
    "twomotion_events",
    "counter",
    "Source records by outcome: accepted (journalled), rejected (dead-lettered), heartbeat.",
    unit="records",
    labels=(labels.SOURCE, labels.OUTCOME_AT_DOOR),
    where="door",
)
LATE_EVENTS: Final = Metric(
    "twomotion_late_events",
    "counter",
    "Accepted events that came late: behind_watermark (older than what their partition had been said to be complete "
    "to; counted where they belong), beyond_horizon (older than what is remembered; dead-lettered).",
    unit="records",
    labels=(labels.SOURCE, labels.LATE),
    where="door",
)
DOOR_DELAY: Final = Metric(
    "twomotion_door_delay_seconds",
    "histogram",
    "From a source record's arrival at the broker until the journal has it; of each fetched batch its oldest record, "
    "by this host's clock.",
    unit="seconds",
    labels=(labels.SOURCE,),
    where="door",
    buckets=_LATENCY,
)
DEAD_LETTERS: Final = Metric(
    "twomotion_dead_letters",
    "counter",
    "Records written to dead-letters, by stage and reason.",
    unit="records",
    labels=(labels.STAGE, labels.REASON_OF_LETTER),
    where="door",
)
WATERMARKS: Final = Metric(
    "twomotion_watermarks", "counter", "Watermark statements made by this door.", where="door"
)
WATERMARK_DELAY: Final = Metric(
    "twomotion_watermark_delay_seconds",
    "gauge",
    "Event time between the newest event this door has seen and the slowest partition of its last watermark.",
    unit="seconds",
    where="door",
    together="most",
)
WATERMARK_TIME: Final = Metric(
    "twomotion_watermark_timestamp_seconds",
    "gauge",
    "Time (UTC, since 1970) up to which the slowest partition of this door's last watermark is complete; by the live "
    "clock, how far it lies back says how late silence is found.",
    unit="seconds",
    where="door",
    together="least",
)
CREATED_ANEW: Final = Metric(
    "twomotion_sources_created_anew",
    "counter",
    "Source topics found deleted and created anew: read from the beginning, their events count as new.",
    labels=(labels.SOURCE,),
    where="door",
)

# -- the engine -------------------------------------------------------------------------------------

JOURNAL_RECORDS: Final = Metric(
    "twomotion_journal_records",
    "counter",
    "Journal records by what the engine did with them: folded, repeat (journalled before), publisher_repeat (same "
    "event_id), too_late (beyond the horizon), watermark.",
    unit="records",
    labels=(labels.OUTCOME_IN_ENGINE,),
    where="engine",
)
DUPLICATES: Final = Metric(
    "twomotion_duplicate_events",
    "counter",
    "Events dropped because their publisher had sent the same event_id before.",
    unit="records",
    labels=(labels.SOURCE,),
    where="engine",
)
FEED_SILENCE: Final = Metric(
    "twomotion_feed_silence_seconds",
    "gauge",
    "Time since the last record or heartbeat of a feed, as the last watermark has it: of the day by the live clock, "
    "of the events by the replay clock.",
    unit="seconds",
    labels=(labels.SOURCE, labels.FEED),
    where="engine",
    together="least",
)
FEED_STALLED: Final = Metric(
    "twomotion_feed_stalled",
    "gauge",
    "1 while a feed has been silent for longer than its patience: its clock is held, nothing falls for lack of data.",
    labels=(labels.SOURCE, labels.FEED),
    where="engine",
    together="least",
)
END_TO_END: Final = Metric(
    "twomotion_end_to_end_seconds",
    "histogram",
    "From the arrival at the broker of the record that decided (an event: on its source topic, by the replay clock in "
    "the journal; a watermark: in the journal) until the alert is committed, by this host's clock.",
    unit="seconds",
    labels=(labels.MOTION, labels.CAUSE),
    where="engine",
    buckets=_LATENCY,
)
MESSAGES: Final = Metric(
    "twomotion_messages",
    "counter",
    "Messages committed, by output topic.",
    unit="records",
    labels=(labels.OUTPUT,),
    where="engine",
)
QUADRANT_CHANGES: Final = Metric(
    "twomotion_quadrant_changes",
    "counter",
    "Accounts that moved on the board, by where they are now.",
    labels=(labels.QUADRANT,),
    where="engine",
)
ACTIVATIONS: Final = Metric(
    "twomotion_activations",
    "counter",
    "Catalogs from `control` by what became of them: applied, refused. Every journal partition counts its own.",
    labels=(labels.MOTION, labels.ACTIVATION),
    where="engine",
)
EVALUATIONS: Final = Metric("twomotion_evaluations", "counter", "Detector readings taken.", where="engine")
WAKEUPS: Final = Metric(
    "twomotion_wakeups",
    "counter",
    "Accounts woken because time alone could change a verdict.",
    where="engine",
)
COMMIT_SECONDS: Final = Metric(
    "twomotion_commit_seconds",
    "histogram",
    "Time of a transaction: from its first write to the broker's word that it is committed (without transactions: to "
    "the last ack). Messages, states, partition record.",
    unit="seconds",
    where="engine",
    buckets=_COMMIT,
)
ABORTS: Final = Metric(
    "twomotion_aborts",
    "counter",
    "Work that was folded and not committed: fenced (the partition is another worker's), failed (the broker refused or "
    "did not answer), revoked (the partition went elsewhere in order). It is read again; after the first two the "
    "worker stops itself.",
    labels=(labels.ABORT,),
    where="engine",
)
STATES_WRITTEN: Final = Metric(
    "twomotion_states_written",
    "counter",
    "Account states written to the changelog.",
    unit="records",
    where="engine",
)
ACCOUNTS: Final = Metric(
    "twomotion_accounts", "gauge", "Accounts whose state this worker holds.", where="engine"
)
STATE_BYTES: Final = Metric(
    "twomotion_state_bytes",
    "gauge",
    "Encoded size of the states this worker holds.",
    unit="bytes",
    where="engine",
)
STATES_RECOVERED: Final = Metric(
    "twomotion_states_recovered",
    "counter",
    "Records of the changelog read back after assignments.",
    unit="records",
    where="engine",
)
RECOVERY_REMAINING: Final = Metric(
    "twomotion_recovery_remaining_records",
    "gauge",
    "Offsets of the changelog that are still to be read back before processing goes on.",
    unit="records",
    where="engine",
)

# -- each motion's own ------------------------------------------------------------------------------


def _alerts(area: Area, what: str, status: Label) -> Metric:
    return Metric(
        f"{area}_alerts",
        "counter",
        f"Messages about {what} committed, by signal and status.",
        unit="records",
        labels=(labels.SIGNAL, status),
        area=area,
        where="engine",
    )


def _holds(area: Area) -> Metric:
    return Metric(
        f"{area}_holds",
        "counter",
        "Times that a signal began to be held back, by reason; which signals of which accounts are held now stands in "
        "account-quadrants.",
        labels=(labels.REASON_OF_HOLD,),
        area=area,
        where="engine",
    )


def _catalog(area: Area) -> Metric:
    return Metric(
        f"{area}_catalog_info",
        "gauge",
        "1 for each version of the motion's catalog that rules at least one of this worker's journal partitions; more "
        "than one only while an activation is on its way.",
        labels=(labels.VERSION,),
        area=area,
        where="engine",
        together="most",
    )


RETENTION_ALERTS: Final = _alerts("retention", "risks", labels.RETENTION_STATUS)
RETENTION_HOLDS: Final = _holds("retention")
RETENTION_CATALOG: Final = _catalog("retention")
GROWTH_ALERTS: Final = _alerts("growth", "opportunities", labels.GROWTH_STATUS)
GROWTH_HOLDS: Final = _holds("growth")
GROWTH_CATALOG: Final = _catalog("growth")

# -- the worker itself ------------------------------------------------------------------------------

BATCH_SECONDS: Final = Metric(
    "twomotion_batch_seconds",
    "histogram",
    "Time that one slice of a batch kept the worker's thread: judging it at the door, folding it in the engine.",
    unit="seconds",
    labels=(labels.STAGE,),
    buckets=_FAST,
)
BATCH_RECORDS: Final = Metric(
    "twomotion_batch_records",
    "histogram",
    "Records of one fetched batch, by the stage that got it.",
    unit="records",
    labels=(labels.STAGE,),
    buckets=_RECORDS,
)
LAG_RECORDS: Final = Metric(
    "twomotion_lag_records",
    "gauge",
    "Records of an assigned partition that are not processed and committed yet.",
    unit="records",
    labels=(labels.TOPIC_READ, labels.PARTITION),
)
LAG_SECONDS: Final = Metric(
    "twomotion_lag_seconds",
    "gauge",
    "Age of the oldest of these records: since its arrival at the broker, or since it has been known to wait; 0 where "
    "none waits.",
    unit="seconds",
    labels=(labels.TOPIC_READ, labels.PARTITION),
    together="most",
)
STUCK: Final = Metric(
    "twomotion_stuck_partitions",
    "gauge",
    "Assigned partitions with records waiting of which none was committed for a minute.",
)
REBALANCE_SECONDS: Final = Metric(
    "twomotion_rebalance_seconds",
    "histogram",
    "From the moment that partitions are taken away (or the start) until all that were assigned are recovered and "
    "processed; its count is the number of rebalances.",
    unit="seconds",
    buckets=_REBALANCE,
)
READY: Final = Metric(
    "twomotion_ready",
    "gauge",
    "1 when partitions are assigned, recovered and processed, and a broker answered lately.",
    together="least",
)
BROKER_SILENCE: Final = Metric(
    "twomotion_broker_silence_seconds",
    "gauge",
    "Time since a broker last answered this worker.",
    unit="seconds",
    together="most",
)
HOLES: Final = Metric(
    "twomotion_holes",
    "counter",
    "Records found missing or repeated between two batches of a topic; the worker stops itself rather than go on.",
    labels=(labels.TOPIC_READ,),
)
LOST: Final = Metric(
    "twomotion_lost_records",
    "counter",
    "Records that the broker deleted before they were read, as found when their partition was assigned; again at the "
    "next assignment where nothing was committed since.",
    unit="records",
    labels=(labels.TOPIC_READ,),
)
BUILD: Final = Metric(
    "twomotion_build_info",
    "gauge",
    "1, with the version of the package.",
    labels=(labels.VERSION,),
    together="most",
)
PROCESS_UP: Final = Metric(
    "twomotion_process_up",
    "gauge",
    "1 while this worker process runs.",
    labels=(labels.PROCESS,),
    where="supervisor",
)
PROCESS_STARTS: Final = Metric(
    "twomotion_process_starts",
    "counter",
    "Starts of this worker process; the first is one.",
    labels=(labels.PROCESS,),
    where="supervisor",
)

METRICS: Final[tuple[Metric, ...]] = tuple(value for value in globals().values() if isinstance(value, Metric))
"""All of them, in the order of this file."""
BY_NAME: Final = {metric.name: metric for metric in METRICS}
