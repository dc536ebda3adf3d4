"""What a worker's pages say of a known load, on a real broker."""

from __future__ import annotations

import json
import re
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest

from streams.worker.metric_list import METRICS
from streams.worker.process import WorkerProcess
from tests.support.events import example
from tests.support.waiting import eventually
from tests.worker.support import Cluster


def event(kind: str, event_id: str, ago: timedelta = timedelta(seconds=5), **fields: object) -> bytes:
    """An event of `acme` that occurred this long ago."""
    said = {
        "event_id": event_id,
        "type": kind,
        "schema_version": 1,
        "account_id": "acme",
        "occurred_at": (datetime.now(UTC) - ago).isoformat(timespec="milliseconds"),
        "source_system": "crm" if kind in ("account.changed", "note.logged") else "atlas-web",
    }
    return json.dumps(said | fields).encode()


def value(page: str, name: str, **labels: str) -> float:
    """One sample of a page; its labels stand in any order."""
    for line in page.splitlines():
        found = re.fullmatch(rf"{name}(?:\{{(.*)\}})? (\S+)", line)
        if found and dict(re.findall(r'(\w+)="(.*?)"', found[1] or "")) == labels:
            return float(found[2])
    raise AssertionError(f"{name}{labels} is not among\n{page}")


def publish(cluster: Cluster) -> None:
    """An account, a note that opens an alert, a repeat of it, one event too old, one refused record and catalog."""
    note = event("note.logged", "e-2", note_id="n-1", author_id="p-1", competitors=["Rival"], context="qbr")
    about = event("account.changed", "e-1", name="Acme", segment="mid_market", lifecycle="live")
    cluster.put("crm-changes", about, note, note, key=b"acme")
    old = event("session.started", "e-4", ago=timedelta(days=300), user_id="u-1")
    cluster.put("product-usage", event("session.started", "e-3", user_id="u-1"), old, b"{", key=b"acme")
    cluster.put("control", example("catalog.activated", motion="growth"))


@pytest.fixture
def told(cluster: Cluster) -> WorkerProcess:
    return cluster.worker(
        "--clock",
        "live",
        TWOMOTION_LIVE_EVERY_S="3",
        TWOMOTION_GRACE_S="1",
    )


def test_the_pages_say_what_became_of_a_load(cluster: Cluster, told: WorkerProcess) -> None:
    with told as worker:
        publish(cluster)
        eventually(
            lambda: value(
                worker.metrics(), "retention_alerts_total", signal="competitor-present", status="opened"
            ),
            what="the alert",
        )
        worker.wait_caught_up()
        eventually(lambda: "twomotion_feed_stalled{" in worker.metrics(), what="a watermark over the events")
        page, status = worker.metrics(), worker.status()

        assert value(page, "twomotion_events_total", source="crm-changes", outcome="accepted") == 3
        assert value(page, "twomotion_events_total", source="product-usage", outcome="rejected") == 1
        assert value(page, "twomotion_duplicate_events_total", source="crm-changes") == 1
        assert value(page, "twomotion_late_events_total", source="product-usage", how="beyond_horizon") == 1
        assert value(page, "twomotion_dead_letters_total", stage="engine", reason="too_late") == 1
        assert value(page, "twomotion_dead_letters_total", stage="engine", reason="invalid_catalog") == 1
        assert value(page, "twomotion_activations_total", motion="growth", outcome="refused") == 32
        assert value(page, "twomotion_end_to_end_seconds_count", motion="retention", cause="event") >= 1
        assert (
            value(page, "twomotion_end_to_end_seconds_bucket", motion="retention", cause="event", le="60.0")
            >= 1
        )
        assert value(page, "twomotion_door_delay_seconds_count", source="crm-changes") >= 1
        assert value(page, "twomotion_batch_records_sum", stage="door") >= 6
        assert value(page, "twomotion_commit_seconds_count") >= 1
        assert value(page, "twomotion_rebalance_seconds_count") >= 1
        assert value(page, "twomotion_quadrant_changes_total", quadrant="protect_and_maintain") >= 1
        assert value(page, "twomotion_feed_silence_seconds", source="crm-changes", feed="crm") < 600
        assert value(page, "twomotion_feed_stalled", source="product-usage", feed="atlas-web") == 0
        assert value(page, "twomotion_recovery_remaining_records") == 0
        assert value(page, "twomotion_broker_silence_seconds") < 60
        assert value(page, "process_resident_memory_bytes") > 1e6
        for metric in METRICS:
            assert metric.where == "supervisor" or f"# TYPE {metric.series} {metric.kind}\n" in page
        assert "acme" not in page and "u-1" not in page

        assert status is not None
        assert status["ready"] and status["why_not_ready"] == ""
        assert {name: sum(versions.values()) for name, versions in status["catalogs"].items()} == {
            "retention": 32,
            "growth": 32,
        }
        assert {(feed["source"], feed["feed"]) for feed in status["sources"]} >= {("crm-changes", "crm")}
        assert len(status["partitions"]) == 19 + 32
        sources = [each for each in status["partitions"] if each["topic"] != "account-journal"]
        assert all(each["lag"] == 0 == each["lag_seconds"] for each in sources)
        assert max(each["position"] for each in status["partitions"]) >= 3


def test_a_supervisor_shows_each_process_of_its_own_and_the_rest_once(cluster: Cluster) -> None:
    with cluster.worker("--processes", "2") as worker:
        worker.wait_caught_up()
        page = worker.metrics()
        with urllib.request.urlopen(f"{worker.url}/status", timeout=30) as answer:
            status = json.load(answer)

        assert all(value(page, "process_resident_memory_bytes", process=n) > 1e6 for n in "12")
        assert value(page, "twomotion_build_info", version=status["version"]) == 1
        for metric in METRICS:
            assert page.count(f"# TYPE {metric.series} ") == 1, metric.series
        assert {sum(versions.values()) for versions in status["catalogs"].values()} == {32}
        assert {each["process"] for each in status["partitions"]} == {1, 2}
