"""How far the sources are, by a time of day that is given."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from schemas.journal import FeedMark, Watermark
from streams.detection.units import HOUR_MS, MINUTE_MS, SECOND_MS
from streams.door.clock import SourcePartition, SourceTopic
from streams.door.live_clock import LiveClock

USAGE_0, USAGE_1 = SourcePartition("product-usage", 0), SourcePartition("product-usage", 1)
CONTROL_0 = SourcePartition("control", 0)
ALL = (USAGE_0, USAGE_1, CONTROL_0)
NOON = 20_000 * 24 * HOUR_MS + 12 * HOUR_MS
TOPICS = {"product-usage": SourceTopic(b"12345678", 2), "control": SourceTopic(b"abcdefgh", 1)}


def clock() -> LiveClock:
    made = LiveClock(TOPICS, grace=MINUTE_MS, timeless={"control"})
    made.assign(dict.fromkeys(ALL, ""))
    return made


def ends(*given: int) -> dict[SourcePartition, int]:
    return dict(zip(ALL, given, strict=True))


def up_to(statement: Watermark | None) -> dict[tuple[str, int], int | None]:
    assert statement is not None
    return {(mark.topic, mark.partition): mark.up_to for mark in statement.partitions}


def test_what_was_read_to_the_end_that_it_had_is_complete_up_to_that_time_less_the_grace() -> None:
    time = clock()

    time.ask(NOON, ends(5, 7, 1))

    assert time.reached(ends(5, 9, 1))
    assert up_to(time.say(ends(5, 9, 1))) == {
        ("product-usage", 0): NOON - MINUTE_MS,
        ("product-usage", 1): NOON - MINUTE_MS,
        ("control", 0): None,
    }


def test_while_a_partition_is_behind_nothing_is_said_of_it() -> None:
    time = clock()

    time.ask(NOON, ends(5, 7, 1))

    assert not time.reached(ends(5, 6, 1))
    assert ("product-usage", 1) not in up_to(time.say(ends(5, 6, 1)))


def test_a_slow_door_says_late_what_it_was_asked_first() -> None:
    time = clock()
    time.ask(NOON, ends(5, 7, 1))
    time.say(ends(5, 6, 1))

    time.ask(NOON + MINUTE_MS, ends(5, 400, 1))

    assert up_to(time.say(ends(5, 8, 1))) == {
        ("product-usage", 0): NOON,
        ("product-usage", 1): NOON - MINUTE_MS,
        ("control", 0): None,
    }


def test_an_idle_partition_goes_with_the_time() -> None:
    time = clock()
    for minutes in range(3):
        time.ask(NOON + minutes * MINUTE_MS, ends(5, 7, 1))
        said = up_to(time.say(ends(5, 7, 1)))
        assert said["product-usage", 1] == NOON + (minutes - 1) * MINUTE_MS


def test_a_partition_that_never_held_a_record_has_no_time_and_holds_nothing_back() -> None:
    time = clock()

    time.ask(NOON, ends(5, 0, 0))

    assert time.reached(ends(5, 0, 0))
    assert up_to(time.say(ends(5, 0, 0))) == {
        ("product-usage", 0): NOON - MINUTE_MS,
        ("product-usage", 1): None,
        ("control", 0): None,
    }


def test_no_event_and_no_heartbeat_moves_the_time() -> None:
    time = clock()
    time.progress(USAGE_0).event("web", NOON + 3 * HOUR_MS, NOON)
    time.progress(USAGE_0).heartbeat("web", NOON, NOON + 9 * HOUR_MS, NOON)

    time.ask(NOON, ends(2, 0, 0))

    assert up_to(time.say(ends(2, 0, 0)))["product-usage", 0] == NOON - MINUTE_MS


def test_a_feed_was_last_seen_when_the_broker_got_its_record_however_old_that_is() -> None:
    time = clock()
    time.progress(USAGE_0).event("web", NOON - 48 * HOUR_MS, NOON)
    time.progress(USAGE_1).heartbeat("mobile", NOON - SECOND_MS, NOON - SECOND_MS, NOON + SECOND_MS)
    time.ask(NOON + MINUTE_MS, ends(1, 1, 0))

    said = time.say(ends(1, 1, 0))

    assert said is not None
    assert said.feeds == (
        FeedMark(topic="product-usage", source_system="mobile", last_seen=NOON + SECOND_MS),
        FeedMark(topic="product-usage", source_system="web", last_seen=NOON),
    )


def test_a_time_that_was_set_back_tells_nothing() -> None:
    time = clock()
    time.ask(NOON, ends(1, 1, 1))
    time.say(ends(1, 1, 1))

    time.ask(NOON - HOUR_MS, ends(1, 1, 1))

    assert not time.reached(ends(1, 1, 1))
    assert time.say(ends(1, 1, 1)) is None


def test_nothing_is_said_before_the_time_was_asked_for_these_partitions() -> None:
    time = clock()
    time.ask(NOON, ends(1, 1, 1))

    time.assign({USAGE_0: ""})

    assert time.say({USAGE_0: 9}) is None


def test_a_partition_count_that_grew_is_said_with_the_next_statement() -> None:
    time = clock()

    time.assign({USAGE_0: ""}, TOPICS | {"product-usage": SourceTopic(b"12345678", 3)})
    time.ask(NOON, {USAGE_0: 1})

    said = time.say({USAGE_0: 1})
    assert said is not None
    assert said.partitions[0].of == 3


def test_what_was_noted_of_a_topic_that_is_gone_says_nothing_of_the_one_created_anew() -> None:
    time = clock()
    time.progress(USAGE_0).event("web", NOON)
    note = time.remember(USAGE_0)

    time.assign({USAGE_0: note}, TOPICS | {"product-usage": SourceTopic(b"another!", 2)})

    assert time.progress(USAGE_0).last_seen == {}


@dataclass
class World:
    """Publishers with a delay of at most the grace, a door that reads as it likes, and its clock."""

    grace: int
    now: int = 1_000
    #: By partition, when its records occurred, and how many of them are journalled.
    logs: list[list[int]] = field(default_factory=lambda: [[0], [0]])
    read: list[int] = field(default_factory=lambda: [1, 0])
    #: Partition, its next offset, up_to.
    said: list[tuple[int, int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = LiveClock(TOPICS, self.grace)
        self.clock.assign({USAGE_0: "", USAGE_1: ""})

    def publish(self, partition: int, n: int) -> None:
        self.logs[partition].append(self.now - (self.grace if n % 2 else n % (self.grace + 1)))

    def ask(self, partition: int, n: int) -> None:
        ends = dict(zip((USAGE_0, USAGE_1), map(len, self.logs), strict=True))
        self.clock.ask(self.now - n % 3, ends)  # asked a little before

    def journal(self, partition: int, n: int) -> None:
        self.read[partition] = min(len(self.logs[partition]), self.read[partition] + n)

    def say(self, partition: int, n: int) -> None:
        statement = self.clock.say(dict(zip((USAGE_0, USAGE_1), self.read, strict=True)))
        for mark in statement.partitions if statement else ():
            if mark.up_to is not None:
                self.said.append((mark.partition, self.read[mark.partition], mark.up_to))

    def wait(self, partition: int, n: int) -> None:
        self.now += n


STEP = st.tuples(
    st.sampled_from(["publish", "ask", "journal", "say", "wait"]), st.integers(0, 1), st.integers(0, 9)
)


@given(grace=st.integers(0, 6), steps=st.lists(STEP, min_size=10, max_size=60))
def test_nothing_older_than_a_statement_is_journalled_behind_it(
    grace: int, steps: list[tuple[str, int, int]]
) -> None:
    world = World(grace)

    for action, partition, n in steps:
        getattr(world, action)(partition, n)

    for partition, following, up_to in world.said:
        assert all(occurred >= up_to for occurred in world.logs[partition][following:])
    for partition in (0, 1):
        times = [up_to for p, _, up_to in world.said if p == partition]
        assert times == sorted(times)
