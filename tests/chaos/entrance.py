"""Whether the journal holds every accepted source record exactly once, by position, after suppression.

And whether time is told truly: no record that came in its order lies behind a watermark that covers it.
"""

from __future__ import annotations

from collections import deque
from functools import lru_cache
from typing import NamedTuple

import xxhash
from aiokafka import ConsumerRecord

from schemas.journal import (
    EVENT_HEADER,
    HEADER_BYTES,
    POSITION,
    SOURCE,
    WATERMARK_HEADER,
    Watermark,
    pack_header,
)
from schemas.partitioning import partition_of
from streams.detection.units import HOUR_MS, Millis
from streams.door.admit import Admitted, Heartbeat, Refusal, admit
from streams.door.clock import Progress
from streams.door.dead_letter import Origin, dead_letter
from tests.chaos.tally import Tally

_Place = tuple[bytes, int]
"""A source partition (topic id and number, as headers have it) and a journal partition."""


class _Entry(NamedTuple):
    header: bytes
    content: int  #: hash of key and value
    in_order_at: Millis | None = None  #: when it occurred, unless it was late already in its source partition


class Entrance:
    """The door's work, checked: sources in, journal and dead letters out, as they grow.

    Args:
        topic_ids: first 8 bytes of each source topic's id, by contract name.
        partitions: of the journal.
        lateness: of the workers' replay clock.
    """

    def __init__(self, topic_ids: dict[str, bytes], partitions: int, lateness: Millis = HOUR_MS) -> None:
        self._lateness = lateness
        self._progress: dict[bytes, Progress] = {}
        self._covered: dict[_Place, Millis] = {}
        self._ids = topic_ids
        self._partitions = partitions
        self._due: dict[_Place, deque[_Entry]] = {}
        self._highest: dict[_Place, bytes] = {}
        self._seen: set[tuple[int, bytes, int]] = set()
        self._letters: dict[bytes, bytes] = {}
        self._written: set[bytes] = set()
        self.accepted = self.refused = self.repeats = self.letter_repeats = 0
        self._tally = Tally()

    def published(self, topic: str, record: ConsumerRecord) -> None:
        """The next record of a source partition; `topic` is the contract's name."""
        verdict = admit(topic, record.key, record.value, record.timestamp)
        if isinstance(verdict, Refusal):
            origin = Origin(topic, record.partition, record.offset, record.timestamp)
            key, value = dead_letter(verdict, origin, record.key, record.value, record.headers)
            self._letters[key] = value
            self.refused += 1
            return
        source = pack_header(self._ids[topic], record.partition, 0, 0, 0)[SOURCE]
        progress = self._progress.setdefault(source, Progress())
        if isinstance(verdict, Heartbeat):
            progress.heartbeat(verdict.source_system, verdict.occurred, verdict.complete_up_to)
            return
        self.accepted += 1
        self._expect(topic, record, verdict, progress.up_to(self._lateness))
        progress.event(verdict.source_system, verdict.occurred)

    def _expect(self, topic: str, record: ConsumerRecord, admitted: Admitted, up_to: Millis | None) -> None:
        occurred = admitted.occurred
        in_order_at = None if up_to is not None and occurred < up_to else occurred
        for sub, key, value in admitted.entries:
            header = pack_header(self._ids[topic], record.partition, record.offset, sub, occurred)
            entry = _Entry(header, xxhash.xxh3_64_intdigest(key + b"\0" + value), in_order_at)
            own = (partition_of(key, self._partitions),)
            for partition in range(self._partitions) if admitted.everywhere else own:
                self._due.setdefault((header[SOURCE], partition), deque()).append(entry)

    def journalled(self, record: ConsumerRecord) -> None:
        """The next record of a journal partition."""
        name, header = record.headers[0]
        if name == WATERMARK_HEADER:
            for source, up_to in _covered(record.value or b""):
                place = source, record.partition
                self._covered[place] = max(up_to, self._covered.get(place, up_to))
        if name != EVENT_HEADER or len(header) != HEADER_BYTES:
            return
        content = xxhash.xxh3_64_intdigest((record.key or b"") + b"\0" + (record.value or b""))
        place = header[SOURCE], record.partition
        where = f"journal {record.partition}@{record.offset}"
        if header[POSITION] <= self._highest.get(place, b""):
            self.repeats += 1
            if (record.partition, header, content) not in self._seen:
                self._wrong(f"{where}: something new at an old position")
            return
        self._highest[place] = header[POSITION]
        self._seen.add((record.partition, header, content))
        due = self._due.get(place) or deque()
        while due and due[0].header[POSITION] < header[POSITION]:
            due.popleft()
            self._tally.lost += 1
            self._tally.say(f"lost: a source record before {where}")
        like = due.popleft() if due and due[0].header[POSITION] == header[POSITION] else None
        if like is None or like.header != header or like.content != content:
            self._wrong(f"{where}: no accepted source record is like it")
        elif like.in_order_at is not None and like.in_order_at < self._covered.get(place, like.in_order_at):
            self._wrong(f"{where}: behind a watermark that covers it")

    def buried(self, record: ConsumerRecord) -> None:
        """A record of `dead-letters` that the door wrote; it may come again, unchanged."""
        key = record.key or b""
        if self._letters.get(key) != record.value:
            self._wrong(f"dead letter {key.decode(errors='replace')}: not what was refused there")
        elif key in self._written:
            self.letter_repeats += 1
        self._written.add(key)

    def settle(self) -> Tally:
        """What was wrong since the last time; call it when everything was read and journalled."""
        tally, self._tally = self._tally, Tally()
        for (_, partition), due in self._due.items():
            if due:
                tally.lost += len(due)
                tally.say(f"lost: {len(due)} source records are not in journal partition {partition}")
                due.clear()
        for key in self._letters.keys() - self._written:
            tally.lost += 1
            tally.say(f"lost: no dead letter for {key.decode()}")
            self._written.add(key)
        return tally

    def _wrong(self, sentence: str) -> None:
        self._tally.wrong += 1
        self._tally.say(f"wrong: {sentence}")


@lru_cache(maxsize=64)
def _covered(value: bytes) -> list[tuple[bytes, Millis]]:
    """What a watermark says of each source partition; the same one goes to every journal partition."""
    return [
        (pack_header(bytes.fromhex(mark.topic_id), mark.partition, 0, 0, 0)[SOURCE], mark.up_to)
        for mark in Watermark.decode(value).partitions
        if mark.up_to is not None
    ]
