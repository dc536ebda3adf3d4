"""Watermarks to clocks."""

from __future__ import annotations

from schemas.journal import FeedMark, PartitionMark, Watermark
from streams.detection.clocks import Clocks
from streams.detection.rules import Clock
from streams.detection.units import HOUR_MS

HOUR = HOUR_MS


def mark(
    up_to: dict[int, int | None],
    *,
    of: int = 2,
    topic: str = "product-usage",
    seen: dict[str, int] | None = None,
) -> Watermark:
    return Watermark(
        partitions=tuple(
            PartitionMark(topic=topic, topic_id="00" * 8, partition=p, of=of, up_to=t)
            for p, t in up_to.items()
        ),
        feeds=tuple(FeedMark(topic=topic, source_system=s, last_seen=t) for s, t in (seen or {}).items()),
    )


def test_time_waits_until_every_partition_has_spoken() -> None:
    clocks = Clocks()
    clocks.note(mark({0: 100 * HOUR}))
    assert clocks.topic("product-usage") == 0
    clocks.note(mark({1: 50 * HOUR}))
    assert clocks.topic("product-usage") == 50 * HOUR


def test_a_partition_that_never_held_a_record_holds_nothing_back() -> None:
    clocks = Clocks()
    clocks.note(mark({0: 100 * HOUR, 1: None}))
    assert clocks.topic("product-usage") == 100 * HOUR


def test_time_never_goes_back_whatever_is_repeated() -> None:
    clocks = Clocks()
    clocks.note(mark({0: 100 * HOUR, 1: 100 * HOUR}))
    clocks.note(mark({0: 10 * HOUR, 1: 10 * HOUR}))
    assert clocks.topic("product-usage") == 100 * HOUR


def test_a_dead_feed_stops_its_own_clock_and_no_other() -> None:
    clocks = Clocks()
    clocks.note(mark({0: 100 * HOUR, 1: 100 * HOUR}, seen={"web": 100 * HOUR, "api": 40 * HOUR}))
    assert clocks.feed("product-usage", "api") == 41 * HOUR
    assert clocks.feed("product-usage", "web") == 100 * HOUR
    assert clocks.stalled_feeds() == {("product-usage", "api")}


def test_an_account_lives_by_the_earliest_of_the_feeds_that_feed_it() -> None:
    clocks = Clocks()
    clocks.note(mark({0: 100 * HOUR, 1: 100 * HOUR}, seen={"web": 100 * HOUR, "api": 40 * HOUR}))
    both = {"product-usage": {"web": 1, "api": 1}}
    assert clocks.of_account(Clock.USAGE, both) == 41 * HOUR
    assert clocks.of_account(Clock.USAGE, {"product-usage": {"web": 1}}) == 100 * HOUR
    assert clocks.of_account(Clock.USAGE, {}) == 100 * HOUR


def test_the_calendar_goes_on_when_the_crm_is_dead() -> None:
    clocks = Clocks()
    clocks.note(mark({0: 100 * HOUR, 1: 100 * HOUR}))
    clocks.note(mark({0: 10 * HOUR}, of=1, topic="crm-changes", seen={"crm": 10 * HOUR}))
    assert clocks.calendar == 100 * HOUR


def test_the_patience_with_one_feed_can_be_set() -> None:
    clocks = Clocks(stall_after={("product-usage", "api"): 30 * HOUR})
    clocks.note(mark({0: 100 * HOUR, 1: 100 * HOUR}, seen={"api": 40 * HOUR}))
    assert clocks.feed("product-usage", "api") == 70 * HOUR


def anew(up_to: dict[int, int | None], *, of: int) -> Watermark:
    created = [
        PartitionMark(topic="product-usage", topic_id="11" * 8, partition=p, of=of, up_to=t)
        for p, t in up_to.items()
    ]
    return Watermark(partitions=tuple(created), feeds=())


def test_a_topic_created_anew_with_fewer_partitions_moves_its_clock_on() -> None:
    clocks = Clocks()
    clocks.note(mark({0: 100 * HOUR, 1: 100 * HOUR}))
    clocks.note(anew({0: 130 * HOUR}, of=1))
    assert clocks.topic("product-usage") == 130 * HOUR


def test_a_topic_created_anew_never_sets_its_clock_back() -> None:
    clocks = Clocks()
    clocks.note(mark({0: 100 * HOUR, 1: 100 * HOUR}))
    clocks.note(anew({0: 10 * HOUR}, of=1))
    assert clocks.topic("product-usage") == 100 * HOUR


def test_a_door_that_still_speaks_of_the_topic_that_is_gone_is_not_heard() -> None:
    clocks = Clocks()
    clocks.note(mark({0: 100 * HOUR, 1: 100 * HOUR}))
    clocks.note(anew({0: 130 * HOUR}, of=1))
    clocks.note(mark({0: 900 * HOUR, 1: 900 * HOUR}))
    assert clocks.topic("product-usage") == 130 * HOUR
