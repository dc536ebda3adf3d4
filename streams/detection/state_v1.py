"""How accounts rested before: signals and subjects by position, event ids of eight bytes, no past verdicts."""

from __future__ import annotations

import msgspec

from streams.detection.lifecycle import SignalState, SubjectState
from streams.detection.reading import Frozen
from streams.detection.rules import Clock
from streams.detection.system import BoardState
from streams.detection.units import Millis

_DIGEST_BYTES = 8


class Place(msgspec.Struct, array_like=True):
    contacts: list[str] = []
    departments: list[str] = []


class Subject(msgspec.Struct, array_like=True):
    pending: Millis = 0
    standing: Millis = 0
    opened: Millis = 0
    clearing: Millis = 0
    quiet_until: Millis = 0
    level: int = 0
    frozen: Frozen | None = None
    easing: Millis = 0
    quiet_since: Millis = 0
    waits: bool = False


class Signal(msgspec.Struct, array_like=True):
    ordinal: int = 0
    revision: int = 0
    opened: Millis = 0
    level: int = 0
    recheck: Millis = 0
    ends: Millis = 0
    subjects: dict[str, Subject] = {}
    held: str = ""
    held_since: Millis = 0
    unknown: str = ""
    unknown_since: Millis = 0
    case_since: Millis = 0
    was_clear: bool = False


class State(msgspec.Struct, array_like=True):
    """An account's state of version 1, beside its facts."""

    signals: dict[str, Signal] = {}
    places: dict[str, Place] = {}
    board: BoardState = msgspec.field(default_factory=BoardState)
    board_recheck: Millis = 0
    at: list[Millis] = msgspec.field(default_factory=lambda: [0] * len(Clock))
    ring: bytes = b""
    shown: int = 0

    def new_signals(self) -> dict[str, SignalState]:
        """The signals as they are held now."""
        return {name: _signal(signal) for name, signal in self.signals.items()}

    def new_ring(self, size: int) -> bytes:
        """The event ids, cut to `size` bytes each."""
        ring = self.ring
        return b"".join(ring[at : at + size] for at in range(0, len(ring), _DIGEST_BYTES))


def _signal(old: Signal) -> SignalState:
    fields = msgspec.structs.asdict(old)
    fields["subjects"] = {
        name: SubjectState(**msgspec.structs.asdict(subject)) for name, subject in old.subjects.items()
    }
    return SignalState(**fields)


DECODER = msgspec.msgpack.Decoder(State)
