"""One trace from the publisher's span to the alert, and nothing of it where it is not asked for."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest
from aiokafka import ConsumerRecord
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from schemas.journal import EVENT_HEADER, TRACE_HEADER
from streams.publishing.publisher import Publisher
from streams.worker.process import WorkerProcess
from tests.worker.support import Cluster, events

SIGNAL = "competitor-present"


@pytest.fixture(scope="module")
def tracer() -> trace.Tracer:
    """Spans of this process, sent nowhere."""
    trace.set_tracer_provider(TracerProvider())
    return trace.get_tracer("publisher")


def crm(event_id: str, kind: str, **fields: object) -> bytes:
    event = {
        "event_id": event_id,
        "type": kind,
        "schema_version": 1,
        "account_id": "acme",
        "occurred_at": "2026-06-01T12:00:00Z",
        "source_system": "crm",
    }
    return json.dumps(event | fields).encode()


ACCOUNT = crm("e-1", "account.changed", name="Acme", segment="mid_market", lifecycle="live")
NOTE = crm("e-2", "note.logged", note_id="n-1", author_id="p-1", competitors=["Rival"], context="qbr")


def publish(cluster: Cluster, tracer: trace.Tracer) -> str:
    """The account untraced, the note in a span; returns the span's context as the header has it."""

    async def put() -> str:
        async with Publisher(cluster.brokers, cluster.prefix) as publisher:
            await publisher.put("crm-changes", b"acme", ACCOUNT)
            with tracer.start_as_current_span("sales call") as span:
                await publisher.put("crm-changes", b"acme", NOTE)
            context = span.get_span_context()
        return f"{context.trace_id:032x}-{context.span_id:016x}"

    return asyncio.run(put())


def context_of(record: ConsumerRecord) -> str:
    """Trace and span of a record's header."""
    found = {name: content for name, content in record.headers if name == TRACE_HEADER}
    _, trace_id, span_id, flags = found[TRACE_HEADER].decode().split("-")
    assert int(flags, 16) & 1
    return f"{trace_id}-{span_id}"


def test_a_trace_goes_from_the_publisher_to_the_alert(
    cluster: Cluster, tracer: trace.Tracer, tmp_path: Path
) -> None:
    published = publish(cluster, tracer)
    traced = WorkerProcess(
        cluster.brokers,
        cluster.prefix,
        options=("--clock", "live"),
        environment={"SPANS": str(tmp_path / "spans.json"), "TWOMOTION_COMMIT_INTERVAL_S": "0.3"},
        command=(sys.executable, "-m", "tests.worker.tracing_worker"),
    )
    with traced as worker:
        worker.wait_caught_up()
        assert worker.stop() == 0
    spans = json.loads((tmp_path / "spans.json").read_text())
    trace_id, span_id = published.split("-")

    (source,) = [record for record in cluster.read("crm-changes") if record.value == NOTE]
    assert context_of(source) == published
    admitted, decided = [span for span in spans if span["trace"] == trace_id]
    assert (admitted["name"], admitted["parent"]) == ("admit crm-changes", span_id)
    journal = {record.value: record for record in events(cluster.read("account-journal"))}
    assert [name for name, _ in journal[NOTE].headers] == [EVENT_HEADER, "a", TRACE_HEADER]
    assert [name for name, _ in journal[ACCOUNT].headers] == [EVENT_HEADER, "a"]
    assert context_of(journal[NOTE]) == f"{trace_id}-{admitted['span']}"
    assert (decided["name"], decided["parent"]) == ("decide retention-alerts", admitted["span"])
    assert decided["attributes"]["twomotion.signal"] == SIGNAL
    assert admitted["start"] == source.timestamp * 1_000_000
    assert decided["end"] > decided["start"] == admitted["start"]
    (alert,) = [record for record in cluster.read("retention-alerts") if record.headers]
    assert json.loads(alert.value)["signal"]["id"] == SIGNAL
    assert context_of(alert) == f"{trace_id}-{decided['span']}"
    assert {"journal", "fold", "commit"} <= {span["name"] for span in spans}
    assert all("acme" not in json.dumps(span) for span in spans)


def test_a_worker_without_traces_writes_none(cluster: Cluster, tracer: trace.Tracer) -> None:
    publish(cluster, tracer)
    with cluster.worker() as worker:
        worker.wait_caught_up()

    journal = {record.value: record for record in events(cluster.read("account-journal"))}
    assert [name for name, _ in journal[NOTE].headers] == [EVENT_HEADER]
    assert {record.headers for record in cluster.read("retention-alerts")} == {()}


def test_outside_of_a_span_a_publisher_writes_no_context(cluster: Cluster, tracer: trace.Tracer) -> None:
    cluster.publish([("crm-changes", "acme", ACCOUNT)])

    assert [record.headers for record in cluster.read("crm-changes")] == [()]
