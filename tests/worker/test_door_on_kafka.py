"""Source records on a real broker: what reaches the journal, what reaches the dead letters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from kafka import TopicPartition
from kafka.admin import KafkaAdminClient

from schemas.dead_letters import DeadLetter, ReasonCode
from schemas.journal import WATERMARK_HEADER, Watermark, unpack_header
from schemas.partitioning import partition_of
from schemas.topics import TOPICS, real_name
from streams.worker.topics import SOURCES
from tests.support.waiting import eventually
from tests.worker.support import SHORT_LIVED, Cluster, by_partition, events, session

SOURCE_LIMIT = TOPICS["product-usage"].max_message_bytes

#: Fields that make a session an event of each topic.
OF_TOPIC: dict[str, dict[str, object]] = {
    "product-usage": {},
    "support-changes": {"type": "ticket.resolved", "ticket_id": "t-1", "user_id": None},
    "crm-changes": {"type": "account.changed", "name": "Acme", "user_id": None},
}

BAD: dict[ReasonCode, bytes | None] = {
    ReasonCode.MALFORMED_JSON: b'{"event_id": broken',
    ReasonCode.NOT_AN_OBJECT: b'"a text"',
    ReasonCode.MISSING_FIELD: session(user_id=None),
    ReasonCode.WRONG_TYPE: session(user_id=7),
    ReasonCode.UNKNOWN_TYPE: session(type="session.imagined"),
    ReasonCode.EMPTY_ACCOUNT_ID: session(account_id=""),
    ReasonCode.IN_THE_FUTURE: session(occurred_at="2999-01-01T00:00:00Z"),
    ReasonCode.TOO_LARGE: session(note="").replace(
        b'"note": ""', b'"note": "' + b"x" * (SOURCE_LIMIT - 500) + b'"'
    ),
    ReasonCode.NULL_VALUE: None,
}


def test_every_kind_of_bad_record_ends_in_dead_letters_and_the_next_good_one_is_journalled(
    cluster: Cluster,
) -> None:
    for number, value in enumerate(BAD.values()):
        cluster.put("product-usage", value, partition=0, headers=[("trace", b"\xff\x00")])
        cluster.put("product-usage", session(event_id=f"good-{number}"), partition=0)
    cluster.put("product-usage", session(), key=b"\xff\xfe", partition=0)
    cluster.put("product-usage", session(event_id="the-last"), partition=0)

    with cluster.worker() as worker:
        worker.wait_caught_up()

    letters = [DeadLetter.model_validate_json(record.value) for record in cluster.read("dead-letters")]
    assert {letter.reason for letter in letters} == {*BAD, ReasonCode.KEY_NOT_UTF8}
    assert {letter.reason: letter.original_value() for letter in letters} == {
        **BAD,
        ReasonCode.KEY_NOT_UTF8: session(),
    }
    assert all(letter.sentence for letter in letters)
    with_trace = [letter for letter in letters if letter.reason in BAD]
    assert all(letter.headers[0].name == "trace" for letter in with_trace)
    journalled = [record.value for record in events(cluster.read("account-journal"))]
    good = [session(event_id=f"good-{number}") for number in range(len(BAD))]
    assert journalled == [*good, session(event_id="the-last")]


def test_after_a_kill_every_letter_is_there_and_a_repeat_is_the_same_letter(cluster: Cluster) -> None:
    cluster.put("product-usage", *(b"%d is no event" % n for n in range(1_000)), partition=0)
    with cluster.worker(**SHORT_LIVED) as worker:
        eventually(lambda: cluster.read("dead-letters"), what="the first letters")
        worker.kill()

    with cluster.worker() as worker:
        worker.wait_caught_up()

    letters = cluster.read("dead-letters")
    assert {record.key for record in letters} == {b"product-usage/0/%d" % n for n in range(1_000)}
    assert len({(record.key, record.value) for record in letters}) == 1_000


def test_what_retention_has_deleted_before_the_first_start_is_no_hole(cluster: Cluster) -> None:
    cluster.put("product-usage", *(session(event_id=f"e-{n}") for n in range(10)), partition=0)
    admin = KafkaAdminClient(bootstrap_servers=cluster.brokers)
    try:
        admin.delete_records({TopicPartition(real_name(cluster.prefix, "product-usage"), 0): 6})
    finally:
        admin.close()

    with cluster.worker() as worker:
        worker.wait_caught_up()

    journal = [record.value for record in events(cluster.read("account-journal"))]
    assert journal == [session(event_id=f"e-{n}") for n in range(6, 10)]


def test_a_wrongly_partitioned_event_reaches_its_own_accounts_partition(cluster: Cluster) -> None:
    for partition in range(TOPICS["product-usage"].partitions):
        cluster.put("product-usage", session(event_id=f"e-{partition}"), key=b"whatever", partition=partition)

    with cluster.worker() as worker:
        worker.wait_caught_up()

    journal = events(cluster.read("account-journal"))
    assert len(journal) == TOPICS["product-usage"].partitions
    assert {record.partition for record in journal} == {
        partition_of(b"acme", TOPICS["account-journal"].partitions)
    }
    assert {record.key for record in journal} == {b"acme"}


def test_a_journalled_event_says_where_it_came_from(cluster: Cluster) -> None:
    cluster.put("support-changes", b"no event", partition=3)
    opened = session(
        type="ticket.opened",
        ticket_id="t-1",
        severity=2,
        kind="problem",
        source_system="helpdesk",
        user_id=None,
    )
    cluster.put("support-changes", opened, partition=3)

    with cluster.worker() as worker:
        worker.wait_caught_up()

    (record,) = events(cluster.read("account-journal"))
    position = unpack_header(record.headers[0][1])
    assert (position.partition, position.offset, position.sub) == (3, 1, 0)


def test_a_watermark_is_never_ahead_of_the_events_it_covers(cluster: Cluster) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    cluster.publish(
        (topic, account, session(account, f"{topic}-{n}", occurred_at=moment.isoformat(), **fields))
        for n in range(1_000)
        for moment in [start + timedelta(minutes=30 * n)]
        for account in [f"account-{n % 97}"]
        for topic, fields in OF_TOPIC.items()
    )

    # Each source partition is in the order of time: with no lateness, whatever is older than a statement
    # has to lie in front of it.
    with cluster.worker(TWOMOTION_LATENESS_S="0") as worker:
        worker.wait_caught_up()

    checked = 0
    for records in by_partition(cluster.read("account-journal")).values():
        oldest_behind: dict[tuple[str, int], int] = {}
        for record in reversed(records):
            name, header = record.headers[0]
            if name == WATERMARK_HEADER:
                for mark in Watermark.decode(record.value).partitions:
                    behind = oldest_behind.get((mark.topic_id, mark.partition))
                    if behind is not None and mark.up_to is not None:
                        assert behind > mark.up_to
                        checked += 1
            else:
                position = unpack_header(header)
                oldest_behind[position.topic_id.hex(), position.partition] = position.occurred_ms
    assert checked > 1_000


def test_the_closing_watermark_reaches_every_journal_partition(cluster: Cluster) -> None:
    cluster.put("product-usage", session(), partition=0)

    with cluster.worker() as worker:
        worker.wait_caught_up()

    journal = by_partition(cluster.read("account-journal"))
    assert len(journal) == TOPICS["account-journal"].partitions
    for records in journal.values():
        last = Watermark.decode(records[-1].value)
        assert len(last.partitions) == sum(TOPICS[name].partitions for name in SOURCES)
        assert len(last.feeds) == 1


def test_a_restarted_door_still_knows_how_far_its_sources_are(cluster: Cluster) -> None:
    cluster.put("product-usage", session(), partition=0)
    with cluster.worker() as worker:
        worker.wait_caught_up()
    before = Watermark.decode(cluster.read("account-journal")[-1].value)

    cluster.put("crm-changes", session(type="account.changed", user_id=None, name="Acme"), partition=0)
    with cluster.worker() as worker:
        worker.wait_caught_up()

    after = Watermark.decode(cluster.read("account-journal")[-1].value)
    usage = {(m.topic, m.partition): m.up_to for m in before.partitions if m.topic == "product-usage"}
    assert {(m.topic, m.partition): m.up_to for m in after.partitions if m.topic == "product-usage"} == usage
