"""However odd what comes in is, the number of series has a bound, and no label names a customer."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from streams.detection.engine import EngineStats
from streams.worker.causes import Decided
from streams.worker.metric_list import BY_NAME, FEED_SILENCE, FEED_STALLED, LAG_RECORDS, LAG_SECONDS, METRICS
from streams.worker.metric_types import OTHER, Label, Metric
from streams.worker.metrics import WorkerMetrics

ODD = [f"anna.{n}@customer.example" for n in range(500)]
#: What a series carries beside its labels: a histogram's buckets.
_OWN = {"le"}


def series(metrics: WorkerMetrics) -> dict[str, list[dict[str, str]]]:
    """Label sets by metric; of a histogram those of its count."""
    found: dict[str, list[dict[str, str]]] = {}
    for family in text_string_to_metric_families(generate_latest(metrics.registry).decode()):
        if family.name in BY_NAME:
            found[family.name] = [
                dict(sample.labels)
                for sample in family.samples
                if family.type != "histogram" or sample.name.endswith("_count")
            ]
    return found


def counted_oddly() -> WorkerMetrics:
    """Everything that is counted, with values that nobody foresaw."""
    metrics = WorkerMetrics({b"12345678": "product-usage"})
    stats, before = EngineStats(), EngineStats()
    for odd in ODD:
        metrics.events.labels(odd, odd).inc()
        metrics.late_events.labels(odd, odd).inc()
        metrics.door_delay.labels(odd).observe(1)
        metrics.dead_letters.labels(odd, odd).inc()
        metrics.recreated.labels(odd).inc()
        metrics.aborts.labels(odd).inc()
        metrics.holes.labels(odd).inc()
        metrics.batch_seconds.labels(odd).observe(1)
        metrics.batch_records.labels(odd).observe(1)
        metrics.folded.labels(odd).inc()
        topics = ("retention-alerts", "expansion-opportunities", "quadrant-changes", "dead-letters", odd)
        motions = ("retention", "growth", "", "", "")
        decided = [
            Decided(topic, motion, odd, odd, odd, 1, "")
            for topic, motion in zip(topics, motions, strict=True)
        ]
        metrics.count_messages(decided, 2.0)
        stats.activated[odd, odd] += 1
        stats.publisher_repeats_of[odd.encode()] += 1
        stats.too_late_of[odd.encode()] += 1
        stats.holds["retention", odd] += 1
        stats.holds["growth", odd] += 1
    metrics.count_engine(stats, before)
    for gauge in (FEED_SILENCE, FEED_STALLED, LAG_RECORDS, LAG_SECONDS):
        metrics.gauges.replace(gauge, {(odd, odd): 1.0 for odd in ODD})
    metrics.show_catalogs({"retention": ODD, "growth": ODD})
    return metrics


def test_no_metric_has_more_series_than_its_bound() -> None:
    for name, found in series(counted_oddly()).items():
        assert len(found) <= BY_NAME[name].bound, name


@pytest.mark.parametrize(
    "metric", [metric for metric in METRICS if metric.where != "supervisor"], ids=lambda metric: metric.name
)
def test_a_metric_has_its_labels_and_no_value_outside_of_them(metric: Metric) -> None:
    listed = metric
    closed = {label.name: {*label.values, OTHER} for label in listed.labels if label.values}
    for labels in series(counted_oddly())[listed.name]:
        assert set(labels) - _OWN == set(listed.label_names)
        for name, values in closed.items():
            assert labels[name] in values


def test_what_has_no_room_is_counted_as_other() -> None:
    metrics = counted_oddly()

    alerts = Counter(labels["status"] for labels in series(metrics)["retention_alerts"])
    assert set(alerts) == {OTHER}
    assert metrics.registry.get_sample_value(
        "twomotion_events_total", {"source": OTHER, "outcome": OTHER}
    ) == len(ODD)
    assert metrics.registry.get_sample_value("retention_holds_total", {"reason": OTHER}) == len(ODD)


def test_no_label_is_about_a_customer() -> None:
    labels: set[Label] = {label for metric in METRICS for label in metric.labels}

    assert not {"account", "account_id", "user", "user_id", "contact", "email", "name", "key", "id"} & {
        label.name for label in labels
    }
    assert all(label.values or 0 < label.most <= 10_000 for label in labels)


def test_a_process_with_every_source_and_signal_shows_a_few_thousand_series() -> None:
    """All bounds together, but for partitions, of which a topic has what it has."""
    without_partitions = [
        replace(metric, labels=tuple(label for label in metric.labels if label.name != "partition"))
        for metric in METRICS
    ]

    assert sum(metric.bound for metric in without_partitions) < 10_000


def test_every_metric_of_the_list_is_on_the_page() -> None:
    page = generate_latest(WorkerMetrics().registry).decode()

    for metric in METRICS:
        if metric.where != "supervisor":
            assert f"# TYPE {metric.series} {metric.kind}" in page
            assert f"# HELP {metric.series} " in page
