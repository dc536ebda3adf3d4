"""How far the sources are, in event time."""

from __future__ import annotations

from schemas.journal import FeedMark, Watermark
from streams.detection.units import HOUR_MS
from streams.door.clock import Progress, ReplayClock, SourcePartition, SourceTopic, recall, remember

USAGE_0, USAGE_1 = SourcePartition("product-usage", 0), SourcePartition("product-usage", 1)
CRM_0 = SourcePartition("crm-changes", 0)
ALL = (USAGE_0, USAGE_1, CRM_0)
NOON = 20_000 * 24 * HOUR_MS + 12 * HOUR_MS


def clock() -> ReplayClock:
    made = ReplayClock(
        {"product-usage": SourceTopic(b"12345678", 2), "crm-changes": SourceTopic(b"abcdefgh", 1)},
        lateness=HOUR_MS,
        every=6 * HOUR_MS,
    )
    made.assign(dict.fromkeys(ALL, ""))
    return made


def up_to(statement: Watermark) -> dict[tuple[str, int], int | None]:
    return {(mark.topic, mark.partition): mark.up_to for mark in statement.partitions}


def test_a_partition_is_complete_up_to_its_newest_event_less_the_lateness() -> None:
    time = clock()
    for partition in ALL:
        time.progress(partition).event("app", NOON)
    time.progress(USAGE_0).event("app", NOON - 3 * HOUR_MS)

    assert up_to(time.say(NOON, ())) == {
        ("product-usage", 0): NOON - HOUR_MS,
        ("product-usage", 1): NOON - HOUR_MS,
        ("crm-changes", 0): NOON - HOUR_MS,
    }


def test_a_heartbeat_is_a_promise_and_counts_without_lateness() -> None:
    time = clock()
    time.progress(CRM_0).event("crm", NOON)

    time.progress(CRM_0).heartbeat("crm", NOON + HOUR_MS, NOON + HOUR_MS)

    assert up_to(time.say(NOON, ()))["crm-changes", 0] == NOON + HOUR_MS


def test_a_partition_that_never_held_a_record_holds_nothing_back_once_it_is_known_to_be_empty() -> None:
    time = clock()
    time.progress(USAGE_0).event("app", NOON)

    assert up_to(time.say(NOON, ended=[USAGE_1])) == {
        ("product-usage", 0): NOON - HOUR_MS,
        ("product-usage", 1): None,
    }


def test_a_feed_was_last_seen_at_its_latest_event_or_heartbeat_on_any_partition() -> None:
    time = clock()
    time.progress(USAGE_0).event("web", NOON)
    time.progress(USAGE_1).event("web", NOON + 5)
    time.progress(USAGE_1).event("mobile", NOON + 7)
    time.progress(CRM_0).heartbeat("crm", NOON + 9, NOON)

    assert time.say(NOON, ()).feeds == (
        FeedMark(topic="crm-changes", source_system="crm", last_seen=NOON + 9),
        FeedMark(topic="product-usage", source_system="mobile", last_seen=NOON + 7),
        FeedMark(topic="product-usage", source_system="web", last_seen=NOON + 5),
    )


def test_a_statement_is_due_when_the_slowest_partition_has_moved_six_hours() -> None:
    time = clock()

    due = [time.due(NOON + hours * HOUR_MS) for hours in (0, 5, 6)]
    time.say(NOON + 6 * HOUR_MS, ())

    assert due == [False, False, True]
    assert not time.due(NOON + 11 * HOUR_MS)
    assert time.due(NOON + 12 * HOUR_MS)


def test_nothing_is_due_while_an_unread_partition_has_not_shown_where_it_stands() -> None:
    assert not clock().due(None)


def test_the_closing_statement_is_made_once() -> None:
    time = clock()
    time.progress(USAGE_0).event("app", NOON)
    before = time.has_news(ALL)
    time.say(None, ALL)

    assert (before, time.has_news(ALL)) == (True, False)

    time.progress(USAGE_0).event("app", NOON + 1)
    assert time.has_news(ALL)


def test_the_topic_is_told_with_its_id_and_partition_count() -> None:
    time = clock()

    (mark, *_) = time.say(None, [USAGE_1]).partitions

    assert (mark.topic_id, mark.of) == (b"12345678".hex(), 2)


def test_a_restarted_door_knows_the_time_of_a_partition_of_which_nothing_is_left_to_read() -> None:
    time = clock()
    time.progress(USAGE_0).event("app", NOON)
    time.progress(USAGE_0).heartbeat("app", NOON + 5, NOON + 3)

    again = clock()
    again.assign({USAGE_0: time.remember(USAGE_0), USAGE_1: "", CRM_0: ""})

    assert again.say(None, ()) == time.say(None, ())


def test_somebody_elses_note_is_no_knowledge() -> None:
    assert recall("consumer-42") == Progress()


def test_a_note_fits_beside_a_committed_offset_however_many_feeds_there_are() -> None:
    progress = Progress(highest=NOON)
    for n in range(2_000):
        progress.event(f"product-{n}", NOON + n)

    note = remember(progress)

    assert len(note) < 4_096
    assert recall(note).highest == NOON + 1_999
    assert recall(note).last_seen["product-1999"] == NOON + 1_999
