"""What a message is about, and which record of the journal decided it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Final, NamedTuple

import msgspec

from schemas.journal import ARRIVAL_HEADER, CONTROL_KEY, TRACE_HEADER, WATERMARK_HEADER
from streams.detection.partition import JournalRecord
from streams.detection.system import Outgoing

_MOTION_OF: Final = {"retention-alerts": "retention", "expansion-opportunities": "growth"}
_offset = attrgetter("offset")


class Decided(NamedTuple):
    """A message in the words of the metrics, and what decided it."""

    topic: str  #: contract name
    motion: str  #: empty where the message belongs to neither
    signal: str
    status: str  #: of an alert; the quadrant of an account that moved, the reason of a dead letter
    cause: str  #: event, watermark or control
    arrived_ms: int  #: when the record that decided came to the broker
    trace: str  #: its trace context, empty where it has none


class _Signal(msgspec.Struct):
    id: str


class _Journal(msgspec.Struct):
    offset: int


class _Heading(msgspec.Struct):
    signal: _Signal | None = None
    status: str | None = None
    to_quadrant: str | None = None
    reason: str | None = None
    journal: _Journal | None = None


_HEADING: Final = msgspec.json.Decoder(_Heading)


def decided_by(messages: Iterable[Outgoing], records: Sequence[JournalRecord]) -> list[Decided | None]:
    """What these messages are, one by one, the engine's answer to these records; a tombstone is nothing."""
    return [_decided(message, records) if message.value else None for message in messages]


def arrived_ms(record: JournalRecord) -> int:
    """When a record came to the broker: an event on its source topic where the journal says so, else in the
    journal."""
    for name, content in record.headers:
        if name == ARRIVAL_HEADER:
            return int.from_bytes(content, "big")
    return record.timestamp


def _decided(message: Outgoing, records: Sequence[JournalRecord]) -> Decided:
    heading = _HEADING.decode(message.value)
    signal = heading.signal.id if heading.signal else ""
    status = heading.status or heading.to_quadrant or heading.reason or ""
    cause, arrived_ms, trace = "event", 0, ""
    if heading.journal is not None:
        place = bisect_left(records, heading.journal.offset, key=_offset)
        if place < len(records):
            cause, arrived_ms, trace = _cause(records[place])
    return Decided(message.topic, _MOTION_OF.get(message.topic, ""), signal, status, cause, arrived_ms, trace)


def _cause(record: JournalRecord) -> tuple[str, int, str]:
    (name, _), *more = record.headers
    if name == WATERMARK_HEADER:
        return "watermark", record.timestamp, ""
    arrived_ms, trace = record.timestamp, ""
    for name, content in more:
        if name == ARRIVAL_HEADER:
            arrived_ms = int.from_bytes(content, "big")
        elif name == TRACE_HEADER:
            trace = content.decode("ascii", "replace")
    return "control" if record.key == CONTROL_KEY else "event", arrived_ms, trace
