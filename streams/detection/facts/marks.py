"""Where a fact comes from: the moment, the event that said so, and whether it happened now or is history."""

from __future__ import annotations

from typing import Protocol

import msgspec

from streams.detection.units import DAY_MS, Day, Millis

LIVE, BACKFILL, SNAPSHOT = 0, 1, 2
ORIGINS = {"live": LIVE, "backfill": BACKFILL, "snapshot": SNAPSHOT}


class Recorded(Protocol):
    """The two envelope fields that a mark keeps."""

    @property
    def event_id(self) -> str: ...
    @property
    def origin(self) -> str: ...


class Mark(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """When a source recorded a fact (`occurred_at`, never the real-world date beside it) and in which
    event.
    """

    occurred_ms: Millis
    evidence: bytes
    """The event id, packed by `packed_id`."""
    origin: int = LIVE

    @property
    def event_id(self) -> str:
        """The id of the event, as it was published."""
        rest = self.evidence[1:]
        return _uuid_text(rest) if self.evidence[:1] == _UUID else rest.decode()

    @property
    def day(self) -> Day:
        """The deciding day of the fact."""
        return self.occurred_ms // DAY_MS

    @property
    def live(self) -> bool:
        """False for history: a backfill or a snapshot sets facts and opens no occurrence."""
        return self.origin == LIVE


def mark_of(event: Recorded, occurred_ms: Millis) -> Mark:
    """The mark that an event leaves."""
    return Mark(occurred_ms, packed_id(event.event_id), ORIGINS.get(event.origin, LIVE))


def packed_id(event_id: str) -> bytes:
    """An event id as bytes: 17 for a canonical UUID instead of 36, for others one more than its text.

    >>> len(packed_id("0190c1f4-7a2e-7c61-9d3b-2f1f6b1f0a11")), packed_id("evt-1")
    (17, b'tevt-1')
    """
    if len(event_id) == 36 and event_id[8] == "-":
        try:
            raw = bytes.fromhex(event_id.replace("-", ""))
        except ValueError:
            raw = b""
        if len(raw) == 16 and _uuid_text(raw) == event_id:
            return _UUID + raw
    return _TEXT + event_id.encode()


def _uuid_text(raw: bytes) -> str:
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


_UUID = b"u"
_TEXT = b"t"
