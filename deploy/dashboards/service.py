"""The dashboard of the service: for whoever is paged. From left to right, from top to bottom as an event goes."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.builders.dashboard import Dashboard, Row

from deploy.dashboards.panels import dashboard, lines, number

_JOB: Final = 'job="twomotion"'


def build() -> Dashboard:
    """The dashboard."""
    page = dashboard(
        "service",
        "twomotion · Service",
        "Whether it works: workers, time, lag, the two objectives; then the way of an event, stage by stage.",
        "now-6h",
    )
    for panel in _AT_A_GLANCE:
        page = page.with_panel(panel)
    for title, panels in _ROWS:
        page = page.with_row(Row(title))
        for row in panels:
            page = page.with_panel(row)
    return page


def _rate(metric: str, labels: str = "", by: str = "") -> str:
    inside = ", ".join(part for part in (_JOB, labels) if part)
    grouped = f" by ({by})" if by else ""
    return f"sum{grouped} (rate({metric}{{{inside}}}[$__rate_interval]))"


def _quantile(share: float, metric: str, by: str = "") -> str:
    labels = f"le, {by}" if by else "le"
    return (
        f"histogram_quantile({share}, sum by ({labels}) (rate({metric}_bucket{{{_JOB}}}[$__rate_interval])))"
    )


_AT_A_GLANCE: Final = (
    number("Workers that answer", "Scraped just now.", f"sum(up{{{_JOB}}})"),
    number(
        "Workers not ready",
        "Their /readyz says why.",
        f"count(twomotion_ready{{{_JOB}}} == 0) or vector(0)",
        red=1,
    ),
    number(
        "Oldest waiting record",
        "On any source or the journal.",
        f"max(twomotion_lag_seconds{{{_JOB}}})",
        unit="s",
        amber=10,
        red=60,
    ),
    number(
        "Time is behind by",
        "How late silence is found; grace and interval make 60 to 95 s of it.",
        f"time() - min(twomotion_watermark_timestamp_seconds{{{_JOB}}} > 0)",
        unit="s",
        amber=300,
        red=900,
    ),
    number(
        "Alerts late, 30 d",
        "Objective: at most 1 % later than 5 s after their event.",
        f'1 - sum(increase(twomotion_end_to_end_seconds_bucket{{{_JOB}, cause="event", le=~"5|5.0"}}[30d]))'
        f' / sum(increase(twomotion_end_to_end_seconds_count{{{_JOB}, cause="event"}}[30d]))',
        unit="percentunit",
        amber=0.005,
        red=0.01,
    ),
    number(
        "Records missing, 30 d",
        "Objective: none. Holes between batches, and records deleted before they were read.",
        f"sum(increase(twomotion_holes_total{{{_JOB}}}[30d]))"
        f" + sum(increase(twomotion_lost_records_total{{{_JOB}}}[30d]))",
        red=1,
    ),
)

_ROWS: Final = (
    (
        "In: sources and door",
        (
            lines(
                "Accepted per second, by source",
                "Events that the door journalled.",
                (_rate("twomotion_events_total", 'outcome="accepted"', "source"), "{{source}}"),
                unit="ops",
            ),
            lines(
                "Refused per second, by reason",
                "Written to dead-letters with the original bytes.",
                (_rate("twomotion_dead_letters_total", by="stage, reason"), "{{stage}}: {{reason}}"),
                unit="ops",
            ),
            lines(
                "Late and repeated per second",
                "Late: behind what had been said to be complete, or beyond what is remembered.",
                (_rate("twomotion_late_events_total", by="source, how"), "{{source}}: {{how}}"),
                (_rate("twomotion_duplicate_events_total", by="source"), "{{source}}: repeated"),
                unit="ops",
            ),
            lines(
                "Silence of feeds",
                "Since the last record or heartbeat of each; a feed that is stalled holds its accounts' clock.",
                (
                    f"min by (source, feed) (twomotion_feed_silence_seconds{{{_JOB}}})",
                    "{{feed}} on {{source}}",
                ),
                unit="s",
            ),
            lines(
                "Stalled feeds",
                "Silent for longer than their patience.",
                (f"min by (source, feed) (twomotion_feed_stalled{{{_JOB}}})", "{{feed}} on {{source}}"),
            ),
            lines(
                "Through the door",
                "From a record's arrival until the journal has it.",
                (_quantile(0.5, "twomotion_door_delay_seconds"), "half"),
                (_quantile(0.99, "twomotion_door_delay_seconds"), "99 %"),
                unit="s",
            ),
        ),
    ),
    (
        "Lag and time",
        (
            lines(
                "Records that wait, by topic",
                "Not processed and committed yet.",
                (f"sum by (topic) (twomotion_lag_records{{{_JOB}}})", "{{topic}}"),
            ),
            lines(
                "Age of the oldest, by topic",
                "Pages from 60 s on.",
                (f"max by (topic) (twomotion_lag_seconds{{{_JOB}}})", "{{topic}}"),
                unit="s",
                top=60,
            ),
            lines(
                "Watermarks",
                "Delay of the slowest partition behind the newest event, and statements per minute.",
                (f"max(twomotion_watermark_delay_seconds{{{_JOB}}})", "delay"),
                (f"{_rate('twomotion_watermarks_total')} * 60", "per minute"),
            ),
        ),
    ),
    (
        "Detection and commits",
        (
            lines(
                "Journal records per second",
                "What the engine did with them.",
                (_rate("twomotion_journal_records_total", by="outcome"), "{{outcome}}"),
                unit="ops",
            ),
            lines(
                "Readings and wake-ups per second",
                "What detection costs.",
                (_rate("twomotion_evaluations_total"), "readings"),
                (_rate("twomotion_wakeups_total"), "accounts woken by time"),
                unit="ops",
            ),
            lines(
                "Messages per minute, by topic",
                "Committed and readable.",
                (f"{_rate('twomotion_messages_total', by='topic')} * 60", "{{topic}}"),
            ),
            lines(
                "From event to readable alert",
                "The objective is 99 % within 5 s.",
                (_quantile(0.5, "twomotion_end_to_end_seconds"), "half"),
                (_quantile(0.99, "twomotion_end_to_end_seconds"), "99 %"),
                unit="s",
                top=5,
            ),
            lines(
                "Transactions",
                "From the first write to the broker's word that it is committed.",
                (_quantile(0.5, "twomotion_commit_seconds"), "half"),
                (_quantile(0.99, "twomotion_commit_seconds"), "99 %"),
                unit="s",
            ),
            lines(
                "Aborts per hour",
                "Folded and not committed; it is read again. Fenced and failed end the worker.",
                (f"{_rate('twomotion_aborts_total', by='reason')} * 3600", "{{reason}}"),
            ),
        ),
    ),
    (
        "Workers",
        (
            lines(
                "Ready",
                "1 when assigned, recovered, processed, and the broker answers.",
                (f"twomotion_ready{{{_JOB}}}", "{{instance}}"),
            ),
            lines(
                "Broker's silence",
                "Since a broker last answered; a worker asks every 2 s.",
                (f"max by (instance) (twomotion_broker_silence_seconds{{{_JOB}}})", "{{instance}}"),
                unit="s",
                top=30,
            ),
            lines(
                "Rebalances",
                "Per hour, and how long partitions stand still.",
                (f"{_rate('twomotion_rebalance_seconds_count')} * 3600", "per hour"),
                (_quantile(0.99, "twomotion_rebalance_seconds"), "99 %, seconds"),
            ),
            lines(
                "States read back",
                "Records per second, and what is still to come before processing goes on.",
                (_rate("twomotion_states_recovered_total"), "per second"),
                (f"sum(twomotion_recovery_remaining_records{{{_JOB}}})", "remaining"),
            ),
            lines(
                "Accounts",
                "Whose state each worker holds.",
                (f"sum by (instance) (twomotion_accounts{{{_JOB}}})", "{{instance}}"),
            ),
            lines(
                "Encoded states",
                "Bytes at rest, and written to the changelog per second as states.",
                (f"sum by (instance) (twomotion_state_bytes{{{_JOB}}})", "{{instance}}"),
                unit="bytes",
            ),
            lines(
                "Memory",
                "Of each process; the chart's limit is 1.5 GiB.",
                (f"process_resident_memory_bytes{{{_JOB}}}", "{{instance}} {{process}}"),
                unit="bytes",
            ),
            lines(
                "Cores in use",
                "A process uses one at most: near 1 means another worker is needed.",
                (
                    f"sum by (instance, process) (rate(process_cpu_seconds_total{{{_JOB}}}[$__rate_interval]))",
                    "{{instance}} {{process}}",
                ),
                top=0.9,
            ),
            lines(
                "Open files",
                "Connections, mostly: some 80 for the transactions of 32 partitions.",
                (f"process_open_fds{{{_JOB}}}", "{{instance}} {{process}}"),
            ),
            lines(
                "Slices of work",
                "How long one slice keeps a worker's thread; above 0.1 s everything else waits.",
                (_quantile(0.99, "twomotion_batch_seconds", "stage"), "{{stage}}, 99 %"),
                unit="s",
                top=0.1,
            ),
            lines(
                "Batches",
                "Records of one fetch: few when live, many on a backlog.",
                (_quantile(0.5, "twomotion_batch_records", "stage"), "{{stage}}, half"),
            ),
            lines(
                "Stuck partitions and starts",
                "Partitions with records of which none was committed for a minute; starts of processes per hour.",
                (f"sum(twomotion_stuck_partitions{{{_JOB}}})", "stuck"),
                (f"{_rate('twomotion_process_starts_total')} * 3600", "starts per hour"),
            ),
        ),
    ),
)
