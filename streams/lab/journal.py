"""A journal without Kafka: the records that a door would have written, events and watermarks in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from schemas.journal import (
    EVENT_HEADER,
    WATERMARK_HEADER,
    WATERMARK_KEY,
    FeedMark,
    PartitionMark,
    Watermark,
    pack_header,
)
from streams.detection.catalog.cases import Case
from streams.detection.units import DAY_MS, Millis
from streams.lab.timeline import ACCOUNT, SOURCES, SYSTEMS, Published, day_in, start_of

EVERY: Millis = DAY_MS // 4
"""Time between watermarks, as a door in replay leaves it."""

_TOPIC_IDS = {topic: topic.encode()[:8] for topic in SYSTEMS}


@dataclass(frozen=True, slots=True)
class Record:
    """One record of `account-journal`."""

    offset: int
    timestamp: Millis
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


def journal_of(case: Case, events: list[Published]) -> Iterator[Record]:
    """The events in order, and watermarks up to the end of the case's last day.

    The feeds of all three topics give signs of life throughout, stalled ones not in the days of their
    stall."""
    offset, positions = 0, dict.fromkeys(SYSTEMS, 0)
    waiting = iter(events)
    upcoming = next(waiting, None)
    for moment in range(start_of(0), start_of(case.until + 1) + 1, EVERY):
        while upcoming is not None and upcoming.at < moment:
            positions[upcoming.topic] = positions.get(upcoming.topic, 0) + 1
            yield event_record(offset, upcoming, positions[upcoming.topic])
            offset, upcoming = offset + 1, next(waiting, None)
        yield watermark_record(offset, moment, case)
        offset += 1


def event_record(offset: int, event: Published, position: int, key: str = ACCOUNT) -> Record:
    """The event as the door writes it; `position` is its offset in its source topic."""
    topic_id = _TOPIC_IDS.get(event.topic, event.topic.encode()[:8].ljust(8, b"."))
    header = pack_header(topic_id, 0, position, 0, event.occurred)
    return Record(offset, event.at, key.encode(), event.value, ((EVENT_HEADER, header),))


def watermark_record(offset: int, moment: Millis, case: Case | None = None) -> Record:
    """What the door says of the time: all three topics are read up to `moment`."""
    value = _mark(moment, tuple(_last_seen(topic, moment, case) for topic in SYSTEMS))
    return Record(offset, moment, WATERMARK_KEY, value, ((WATERMARK_HEADER, b""),))


@lru_cache(maxsize=8192)
def _mark(moment: Millis, last_seen: tuple[Millis, ...]) -> bytes:
    """The statement with a last sign of life of each topic's feed; all timelines begin on one day and share most."""
    partitions = tuple(
        PartitionMark(topic=topic, topic_id=_TOPIC_IDS[topic].hex(), partition=0, of=1, up_to=moment)
        for topic in SYSTEMS
    )
    feeds = tuple(
        FeedMark(topic=topic, source_system=system, last_seen=seen)
        for (topic, system), seen in zip(SYSTEMS.items(), last_seen, strict=True)
    )
    return Watermark(partitions=partitions, feeds=feeds).encode()


def _last_seen(topic: str, moment: Millis, case: Case | None) -> Millis:
    for source, (first, last) in (case.stalled if case else {}).items():
        if SOURCES[source] == topic and first <= day_in(moment) <= last:
            return start_of(first)
    return moment
