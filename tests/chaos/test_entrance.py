"""The check of the door finds a record that is missing, changed, or was let in at another place."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from schemas.journal import (
    EVENT_HEADER,
    WATERMARK_HEADER,
    WATERMARK_KEY,
    PartitionMark,
    Watermark,
    pack_header,
    unpack_header,
)
from schemas.partitioning import partition_of
from streams.door.admit import admit
from tests.chaos.entrance import Entrance
from tests.support.events import example, session

TOPIC, TOPIC_ID, PARTITIONS, NOW = "product-usage", b"topic-id", 32, 1_800_000_000_000
LONG_AGO = "2020-01-01T00:00:00Z"


@dataclass(frozen=True)
class Seen:
    """A record as a Kafka client hands it out."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]] = field(default_factory=list)
    timestamp: int = NOW


def published(number: int) -> Seen:
    return Seen(0, number, b"acme", session(number, "acme"))


def journalled(source: Seen, offset: int) -> Seen:
    verdict = admit(TOPIC, source.key, source.value, NOW)
    header = pack_header(TOPIC_ID, source.partition, source.offset, 0, verdict.occurred)  # type: ignore[union-attr]
    return Seen(partition_of(b"acme", PARTITIONS), offset, b"acme", source.value, [(EVENT_HEADER, header)])


def entered(sources: list[Seen], journal: list[Seen]) -> tuple[int, int]:
    entrance = Entrance({TOPIC: TOPIC_ID}, PARTITIONS)
    for source in sources:
        entrance.published(TOPIC, source)
    for record in journal:
        entrance.journalled(record)
    tally = entrance.settle()
    return tally.lost, tally.wrong


def test_each_record_once_or_again_in_a_prefix_is_right() -> None:
    one, two, three = (published(number) for number in range(3))
    journal = [journalled(source, n) for n, source in enumerate((one, two, one, two, three))]

    assert entered([one, two, three], journal) == (0, 0)


def test_a_record_that_is_not_journalled_is_lost() -> None:
    one, two, three = (published(number) for number in range(3))

    assert entered([one, two, three], [journalled(one, 0), journalled(three, 1)]) == (1, 0)
    assert entered([one, two], [journalled(one, 0)]) == (1, 0)


def test_a_record_with_another_content_is_wrong() -> None:
    one = published(0)

    assert entered([one], [replace(journalled(one, 0), value=session(7, "acme"))]) == (0, 1)


def test_something_new_behind_a_higher_position_is_wrong() -> None:
    one, two = published(0), published(1)

    assert entered([one, two], [journalled(two, 0), journalled(one, 1)]) == (1, 1)


def test_a_refused_record_without_its_letter_is_lost() -> None:
    assert entered([Seen(0, 0, b"acme", b"{")], []) == (1, 0)


def watermark(offset: int, up_to: int) -> Seen:
    mark = PartitionMark(topic=TOPIC, topic_id=TOPIC_ID.hex(), partition=0, of=1, up_to=up_to)
    value = Watermark(partitions=(mark,), feeds=()).encode()
    return Seen(partition_of(b"acme", PARTITIONS), offset, WATERMARK_KEY, value, [(WATERMARK_HEADER, b"")])


def test_a_record_in_order_behind_a_watermark_that_covers_it_is_wrong() -> None:
    one = published(0)
    occurred = unpack_header(journalled(one, 0).headers[0][1]).occurred_ms

    assert entered([one], [watermark(0, occurred), journalled(one, 1)]) == (0, 0)
    assert entered([one], [watermark(0, occurred + 1), journalled(one, 1)]) == (0, 1)


def test_a_record_that_was_late_already_may_lie_behind_any_watermark() -> None:
    old = Seen(
        0, 1, b"acme", example("session.started", event_id="old", account_id="acme", occurred_at=LONG_AGO)
    )
    one = published(0)
    journal = [journalled(one, 0), watermark(1, NOW - 1), journalled(old, 2)]

    assert entered([one, old], journal) == (0, 0)
