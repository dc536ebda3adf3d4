"""Records of `account-journal`: events with their source position, and watermarks.

An event record has the account id as its key, the original bytes as its value and as its first header `p`:
where it came from and when it occurred, in 30 bytes that compare in the order of the source. Headers
behind it say what no fold depends on: `a`, when the source topic got it (written by the live clock's
door), and `traceparent` where it is traced.
A watermark record has the key `\\0watermark` and one header `w`.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from schemas.base import Contract, Count, Id, Label, Positive

EVENT_HEADER = "p"
WATERMARK_HEADER = "w"
ARRIVAL_HEADER = "a"
"""When the source topic got the event, in ms since the epoch, 8 bytes; the journal's own timestamp is later."""
TRACE_HEADER = "traceparent"
"""W3C trace context: of a source record, of the journal record that it became, of the alert that came of it."""
WATERMARK_KEY = b"\0watermark"
CONTROL_KEY = b"\0control"
"""Key of a journalled event that has no account (a catalog or reference activation)."""

_HEADER = struct.Struct(">8sIQHq")
HEADER_BYTES = _HEADER.size
TOPIC = slice(0, 8)
"""Of a header: the source topic's id."""
SOURCE = slice(0, 12)
"""Of a header: the source partition (topic id and partition)."""
POSITION = slice(12, 22)
"""Of a header: offset and sub-index; compares as bytes in the order of the source."""


class Position(NamedTuple):
    """Where a journalled event came from."""

    topic_id: bytes
    """First 8 bytes of the source topic's UUID: a topic created anew is another source."""
    partition: int
    offset: int
    sub: int
    """0 for the first event made of a source record, 1 for the second."""
    occurred_ms: int
    """Milliseconds since the epoch, UTC."""


def pack_header(topic_id8: bytes, partition: int, offset: int, sub: int, occurred_ms: int) -> bytes:
    """The value of header `p`; ValueError when the topic id is not 8 bytes."""
    if len(topic_id8) != 8:
        raise ValueError(f"a topic id has 8 bytes here, got {len(topic_id8)}")
    return _HEADER.pack(topic_id8, partition, offset, sub, occurred_ms)


def unpack_header(header: bytes) -> Position:
    """What `pack_header` packed; ValueError for anything of another length."""
    if len(header) != HEADER_BYTES:
        raise ValueError(f"a journal header has {HEADER_BYTES} bytes, got {len(header)}")
    return Position._make(_HEADER.unpack(header))


class PartitionMark(Contract):
    """Of one source partition: nothing older than `up_to` is expected any more.

    Null: it never held a record; it counts as having spoken and holds nothing back.
    """

    topic: Label
    """Contract name, without prefix."""
    topic_id: Id
    """Hexadecimal, 8 bytes."""
    partition: Count
    of: Positive
    """How many partitions the topic has."""
    up_to: int | None
    """Milliseconds since the epoch, UTC."""


class FeedMark(Contract):
    """When a feed last gave a sign of life, in milliseconds since the epoch, UTC."""

    topic: Label
    source_system: Label
    last_seen: int


class Watermark(Contract):
    """How far one door has read, written to every journal partition after the events it covers."""

    partitions: tuple[PartitionMark, ...]
    feeds: tuple[FeedMark, ...]

    @classmethod
    def decode(cls, value: bytes) -> Watermark:
        """From a record's value; pydantic.ValidationError when it is none."""
        return cls.model_validate_json(value)
