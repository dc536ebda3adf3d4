"""What the engine of one journal partition reads, keeps of the partition itself, and counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

import msgspec

from schemas.journal import Watermark
from streams.detection.account import UnknownStateVersion
from streams.detection.activation import Named
from streams.detection.clocks import ClockState, Feed

APPLIED = "applied"
REFUSED = "refused"

PARTITION_VERSION = 2
"""Of the partition record. 1 had no `stalled`."""


class JournalRecord(Protocol):
    """What a Kafka client hands out for one record of `account-journal`."""

    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


class PartitionState(msgspec.Struct, array_like=True):
    """The partition record: how far each source has come, time, and where to read on.

    Encoded by position: a new field goes to the end, has a default, and raises `PARTITION_VERSION`."""

    version: int = PARTITION_VERSION
    next_offset: int = 0
    positions: dict[bytes, bytes] = {}  # source partition -> highest position taken
    clocks: ClockState = msgspec.field(default_factory=ClockState)
    feeds: list[Feed] = []  # the bit of each feed, in the order they were first seen
    catalogs: Named = {}  # what was activated, by motion
    stalled: list[Feed] | None = None  # what is shown as stalled; None: not noted, ask the clocks

    def encode(self) -> bytes:
        """The value of the partition record."""
        self.version = PARTITION_VERSION
        return _ENCODER.encode(self)

    @classmethod
    def decode(cls, value: bytes) -> PartitionState:
        """Of this release or an earlier one. Raises UnknownStateVersion where a later one wrote it."""
        version = _VERSION.decode(value).version
        if not 1 <= version <= PARTITION_VERSION:
            raise UnknownStateVersion("partition record", version, PARTITION_VERSION)
        return _PARTITION.decode(value)


@dataclass(slots=True)
class EngineStats:
    """Counters since the engine was made. `activated` is by motion ('' where it has none) and what became of it,
    `holds` by motion and reason how often a signal began to be held; publishers' repeats and what was too late also
    by source topic (its id's first 8 bytes)."""

    events: int = 0
    repeats: int = 0
    publisher_repeats: int = 0
    too_late: int = 0
    watermarks: int = 0
    wakeups: int = 0
    evaluations: int = 0
    activated: Counter[tuple[str, str]] = field(default_factory=Counter)
    holds: Counter[tuple[str, str]] = field(default_factory=Counter)
    publisher_repeats_of: Counter[bytes] = field(default_factory=Counter)
    too_late_of: Counter[bytes] = field(default_factory=Counter)

    @property
    def activations(self) -> int:
        """Catalogs put in force."""
        return sum(n for (_, outcome), n in self.activated.items() if outcome == APPLIED)

    @property
    def refused_activations(self) -> int:
        """Catalogs and reference data that were wrong."""
        return sum(n for (_, outcome), n in self.activated.items() if outcome == REFUSED)


@lru_cache(maxsize=128)
def watermark_of(value: bytes) -> Watermark:
    """The same statement goes to every journal partition, and a process has many of them: over a backlog, some a
    hundred statements ahead of others."""
    return Watermark.decode(value)


class _Version(msgspec.Struct, array_like=True):
    version: int


_ENCODER = msgspec.msgpack.Encoder()
_PARTITION = msgspec.msgpack.Decoder(PartitionState)
_VERSION = msgspec.msgpack.Decoder(_Version)
