"""The time of day moves time, once all is read: what falls due is found although nothing happens."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka import AIOKafkaProducer, ConsumerRecord

from schemas.journal import WATERMARK_HEADER, Watermark, unpack_header
from schemas.retention import RetentionAlert
from schemas.topics import real_name
from streams.worker.process import WorkerProcess
from tests.support.waiting import eventually
from tests.worker.support import Cluster, by_partition, events, session

#: Of `critical-ticket-ageing`.
AGE = timedelta(hours=72)
GRACE_S = 1.0


def live(cluster: Cluster, **environment: str) -> WorkerProcess:
    """A worker on the live clock, in a hurry."""
    hurried = {
        "TWOMOTION_CLOCK": "live",
        "TWOMOTION_LIVE_EVERY_S": "0.5",
        "TWOMOTION_GRACE_S": str(GRACE_S),
        "TWOMOTION_METADATA_AGE_S": "1",
    }
    return cluster.worker(**hurried | environment)


def ticket(opened: datetime, account: str = "acme") -> bytes:
    """A critical ticket that the help desk tells of now, whenever it was opened."""
    event = {
        "event_id": f"opened-{account}",
        "type": "ticket.opened",
        "schema_version": 1,
        "account_id": account,
        "occurred_at": opened.isoformat(),
        "source_system": "helpdesk",
        "ticket_id": f"t-{account}",
        "severity": 1,
        "kind": "incident",
    }
    return json.dumps(event).encode()


def heartbeat(topic_system: str, occurred: datetime, complete_up_to: datetime) -> bytes:
    event = {
        "type": "source.heartbeat",
        "schema_version": 1,
        "occurred_at": occurred.isoformat(),
        "source_system": topic_system,
        "complete_up_to": complete_up_to.isoformat(),
        "interval_s": 60,
    }
    return json.dumps(event).encode()


def watermarks_of(cluster: Cluster, partition: int) -> list[tuple[ConsumerRecord, Watermark]]:
    """The statements of a journal partition."""
    return [
        (record, Watermark.decode(record.value))
        for record in cluster.read("account-journal")
        if record.partition == partition and record.headers[0][0] == WATERMARK_HEADER
    ]


def watermarks(records: list[ConsumerRecord]) -> list[tuple[ConsumerRecord, Watermark]]:
    """The statements of the first journal partition in which time moves."""
    marks = [
        (record, Watermark.decode(record.value))
        for record in records
        if record.partition == 0 and record.headers[0][0] == WATERMARK_HEADER
    ]
    return [
        (record, mark) for record, mark in marks if any(each.up_to is not None for each in mark.partitions)
    ]


def alerts(cluster: Cluster) -> list[tuple[ConsumerRecord, RetentionAlert]]:
    return [
        (record, RetentionAlert.model_validate_json(record.value))
        for record in cluster.read("retention-alerts")
    ]


def of_signal(cluster: Cluster, signal: str) -> list[RetentionAlert]:
    return [alert for _, alert in alerts(cluster) if alert.signal.id == signal]


def test_what_falls_due_by_time_alone_is_found_within_seconds(cluster: Cluster) -> None:
    due = datetime.now(UTC) + timedelta(seconds=15)
    cluster.put("support-changes", ticket(due - AGE), key=b"acme")

    with live(cluster):
        ((record, alert),) = eventually(lambda: alerts(cluster), what="the alert")

    assert (alert.signal.id, alert.status, alert.account.id) == ("critical-ticket-ageing", "opened", "acme")
    assert timedelta(0) <= alert.times.opened_at - due < timedelta(seconds=1)
    said = datetime.fromtimestamp(record.timestamp / 1000, UTC)
    assert timedelta(seconds=GRACE_S) <= said - due < timedelta(minutes=2)


def test_an_account_that_fell_silent_is_found_although_no_event_comes_any_more(cluster: Cluster) -> None:
    today = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0)
    last = today - timedelta(days=17)
    cluster.publish(
        (
            "product-usage",
            "acme",
            session(event_id=f"{user}-{back}", user_id=user, occurred_at=day.isoformat()),
        )
        for back in range(60, -1, -1)
        for day in [last - timedelta(days=back)]
        for user in ("ann", "ben", "cyd", "dan", "eve")
    )

    with live(cluster):
        (alert,) = eventually(lambda: of_signal(cluster, "usage-silence"), what="the alert")

    assert (alert.status, alert.account.id) == ("opened", "acme")
    assert alert.times.opened_at.date() == (last + timedelta(days=15)).date()


def test_several_doors_speak_for_their_own_partitions_and_time_goes_on(cluster: Cluster) -> None:
    cluster.put("support-changes", ticket(datetime.now(UTC) - AGE + timedelta(seconds=30)), key=b"acme")

    with live(cluster) as one, live(cluster) as other:
        eventually(
            lambda: all((said := w.status()) and said["source_partitions"] > 0 for w in (one, other)),
            what="both to have a share",
        )
        ((_, alert),) = eventually(lambda: alerts(cluster), what="the alert")
        last = eventually(lambda: whole(cluster), what="a word about every partition")

    assert alert.signal.id == "critical-ticket-ageing"
    assert last["support-changes", support_partition_of(cluster)] is not None


def test_a_worker_that_was_away_finds_what_fell_due_meanwhile(cluster: Cluster) -> None:
    cluster.put("support-changes", ticket(datetime.now(UTC) - AGE + timedelta(hours=1)), key=b"acme")
    with live(cluster):
        eventually(lambda: watermarks(cluster.read("account-journal")), what="a first statement")
    assert alerts(cluster) == []

    cluster.put("support-changes", ticket(datetime.now(UTC) - AGE - timedelta(hours=1), "bolt"), key=b"bolt")
    with live(cluster):
        ((_, alert),) = eventually(lambda: alerts(cluster), what="the alert")

    assert alert.account.id == "bolt"


def test_a_statement_lies_behind_the_events_it_covers_and_a_grace_behind_the_time(cluster: Cluster) -> None:
    cluster.put("product-usage", session(occurred_at=datetime.now(UTC).isoformat()), partition=0)

    with live(cluster):
        eventually(lambda: len(watermarks(cluster.read("account-journal"))) >= 3, what="three statements")

    before = 0
    for record, mark in watermarks(cluster.read("account-journal")):
        said = {each.up_to for each in mark.partitions if each.up_to is not None}
        assert said
        assert all(before <= up_to <= record.timestamp - GRACE_S * 1000 for up_to in said)
        before = max(said)


def test_partitions_and_topics_that_never_held_a_record_have_no_time(cluster: Cluster) -> None:
    cluster.put("product-usage", session(occurred_at=datetime.now(UTC).isoformat()), partition=3)

    with live(cluster):
        said = eventually(lambda: whole(cluster), what="a statement about every partition")

    assert {where for where, up_to in said.items() if up_to is not None} == {("product-usage", 3)}


def support_partition_of(cluster: Cluster) -> int:
    """Where the ticket lies."""
    (partition,) = by_partition(cluster.read("support-changes"))
    return partition


def whole(cluster: Cluster) -> dict[tuple[str, int], int | None]:
    """The last word about every source partition, once there is one and time moves."""
    said = {
        (each.topic, each.partition): each.up_to
        for _, mark in watermarks_of(cluster, 0)
        for each in mark.partitions
    }
    return said if len(said) == 19 and any(said.values()) else {}


def test_no_publisher_pushes_the_time_ahead(cluster: Cluster) -> None:
    now = datetime.now(UTC)
    far, near = now + timedelta(days=900), now + timedelta(minutes=4)
    cluster.put("product-usage", heartbeat("web", far, far), partition=0)
    cluster.put("product-usage", heartbeat("web", near, far), partition=0)
    cluster.put("product-usage", session(occurred_at=near.isoformat()), partition=0)

    with live(cluster):
        statements = eventually(lambda: watermarks(cluster.read("account-journal")), what="a statement")

    for record, mark in statements:
        assert all(each.up_to is None or each.up_to < record.timestamp for each in mark.partitions)
        assert all(feed.last_seen <= record.timestamp for feed in mark.feeds)
    assert len(cluster.read("dead-letters")) == 1


def test_time_goes_on_while_a_publishers_transaction_is_open_and_stays_behind_what_it_hides(
    cluster: Cluster,
) -> None:
    cluster.put("product-usage", session(occurred_at=datetime.now(UTC).isoformat()), partition=0)

    with live(cluster, TWOMOTION_GRACE_S="120"):
        occurred = asyncio.run(publish_slowly(cluster))
        journal = eventually(
            lambda: [r for r in events(cluster.read("account-journal")) if b"in-between" in r.value],
            what="the event of the transaction",
        )

    (record,) = journal
    said = [
        each.up_to
        for mark_record, mark in watermarks_of(cluster, record.partition)
        if mark_record.offset < record.offset
        for each in mark.partitions
        if each.up_to is not None
    ]
    assert len(said) >= 3
    assert max(said) < occurred.timestamp() * 1000


async def publish_slowly(cluster: Cluster) -> datetime:
    """An event in a transaction that stays open while the door says three times how far it is."""
    producer = AIOKafkaProducer(
        bootstrap_servers=cluster.brokers, transactional_id=f"{cluster.prefix}publisher"
    )
    await producer.start()
    try:
        await producer.begin_transaction()
        now = datetime.now(UTC)
        event = session(event_id="in-between", occurred_at=now.isoformat())
        await producer.send_and_wait(real_name(cluster.prefix, "product-usage"), event, partition=0)
        before = await asyncio.to_thread(said_so_far, cluster)
        await asyncio.to_thread(
            eventually, lambda: said_so_far(cluster) >= before + 3, what="three statements"
        )
        await producer.commit_transaction()
    finally:
        await producer.stop()
    return now


def said_so_far(cluster: Cluster) -> int:
    return len(watermarks(cluster.read("account-journal")))


@pytest.mark.parametrize("clock", ["live", "replay"])
def test_backlogs_of_two_sources_are_journalled_side_by_side(cluster: Cluster, clock: str) -> None:
    start = datetime.now(UTC) - timedelta(days=40)
    times = [start + timedelta(hours=2 * n) for n in range(400)]
    usage = [session(event_id=f"u-{n}", occurred_at=at.isoformat()) for n, at in enumerate(times)]
    crm = [
        session(
            event_id=f"c-{n}",
            type="account.changed",
            user_id=None,
            name=f"Acme {n}",
            occurred_at=(at + timedelta(minutes=30)).isoformat(),
        )
        for n, at in enumerate(times)
    ]
    cluster.publish(("product-usage", "acme", value) for value in usage)
    cluster.publish(("crm-changes", "acme", value) for value in crm)

    with live(cluster, TWOMOTION_CLOCK=clock):
        eventually(lambda: len(events(cluster.read("account-journal"))) == 800, what="all events")

    newest = 0
    for record in events(cluster.read("account-journal")):
        occurred = unpack_header(record.headers[0][1]).occurred_ms
        assert occurred >= newest - 3_600_000
        newest = max(newest, occurred)
