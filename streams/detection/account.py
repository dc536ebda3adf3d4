"""One account as the engine holds it, and how it rests: encoded, behind a header that recovery can read alone."""

from __future__ import annotations

import struct
from decimal import Decimal

import msgspec
import xxhash
import zstandard

from schemas.control import UserErase
from streams.detection import state_v1
from streams.detection.facts import Facts, decode_facts, encode_facts
from streams.detection.lifecycle import SignalState, forget_subject
from streams.detection.rules import Clock
from streams.detection.short_names import lengthened, shortened
from streams.detection.system import BoardState
from streams.detection.units import Day, Millis

STATE_VERSION = 3
"""Of an account at rest: the second was not compressed, `state_v1` reads the first. A new field goes to the end of
its struct, has a default, and raises this number: an older release must not read what it would drop."""
RING_SIZE = 64
"""Event ids remembered per account: a publisher's retry is recognised if at most 63 other events of the account
came between."""
DIGEST_BYTES = 6
"""Of each: one event in 4 * 10^12 is taken for a retry that is none."""

_HEADER = struct.Struct("<BqqqqqQ")
"""version, last applied journal offset, next wake-up per clock (0: none), feeds of the account as bits."""


class UnknownStateVersion(ValueError):
    """A state was written by a release that this one does not know."""

    def __init__(self, what: str, version: int, readable: int) -> None:
        super().__init__(
            f"{what} of version {version}: this release reads versions 1 to {readable}. A later release has written "
            "it: go on with that one, or restore the states from before it."
        )


class Place(msgspec.Struct, array_like=True, gc=False):
    """Where in the customer's house an open or held verdict is; both empty: the whole account."""

    contacts: list[str] = []
    departments: list[str] = []


class PastVerdict(msgspec.Struct, array_like=True, gc=False):
    """A verdict that late data may take back: the present one of its signal, or the last. Times are 0 where they do
    not apply."""

    begun: Millis  # since when it was true
    subjects: list[str]  # that were, then
    ended: Millis = 0
    doubted: bool = False  # data of before `begun` has come since
    retracted: bool = False
    opened: Millis = 0  # of its alert, once that has ended
    level: int = 0
    revision: int = 0


class AccountState(msgspec.Struct, array_like=True, gc=False):
    """Everything of an account beside its facts."""

    signals: dict[str, SignalState] = {}
    places: dict[str, Place] = {}
    board: BoardState = msgspec.field(default_factory=BoardState)
    board_recheck: Millis = 0
    at: list[Millis] = msgspec.field(
        default_factory=lambda: [0] * len(Clock)
    )  # furthest evaluation, by clock
    ring: bytes = b""
    shown: int = 0  # digest of the last AccountQuadrant record
    past: dict[str, PastVerdict] = {}
    doubts_at: Millis = 0  # when the doubted ones are looked at; 0: none is


class Worth(msgspec.Struct, frozen=True, gc=False):
    """What an account pays a year, from one day until the day on which time alone changes it (0: it does not)."""

    by: object  #: who worked it out: another catalog has other rates
    since: Day
    until: Day
    acv: Decimal | None

    def holds(self, by: object, day: Day) -> bool:
        return self.by is by and self.since <= day and (not self.until or day < self.until)


class Account:
    """A decoded account. `wakes` is the earliest recheck per clock as it is known to the calendar."""

    __slots__ = ("applied", "armed", "facts", "key", "ring", "state", "used", "wakes", "weight", "worth")

    def __init__(self, key: bytes, facts: Facts, state: AccountState, applied: int) -> None:
        self.key = key
        self.facts = facts
        self.state = state
        self.applied = applied
        self.wakes: list[Millis] = [0] * len(Clock)
        self.armed: set[int] = set()
        """Touches whose falling rules all have a recheck: remembered while the account is decoded."""
        self.worth: Worth | None = None
        """Remembered while the account is decoded and no contract changes."""
        self.weight = 0
        """Bytes as last encoded."""
        self.used = 0
        """When it was last in use, in commits."""
        self.ring = bytearray(state.ring)

    @classmethod
    def new(cls, key: bytes) -> Account:
        return cls(key, Facts(account_id=key.decode()), AccountState(), -1)

    @property
    def id(self) -> str:
        return self.key.decode()

    def seen(self, event_id: str) -> bool:
        """Whether the id is among the last ones; remembers it otherwise."""
        digest = xxhash.xxh3_64_digest(event_id.encode())[:DIGEST_BYTES]
        ring = self.ring
        at = ring.find(digest)
        while at >= 0:
            if at % DIGEST_BYTES == 0:
                return True
            at = ring.find(digest, at + 1)
        if len(ring) >= RING_SIZE * DIGEST_BYTES:
            del ring[:DIGEST_BYTES]
        ring += digest
        return False

    def forget(self, person: UserErase) -> None:
        """Drop what is remembered of a person beside the facts."""
        for name in (person.user_id, person.contact_id):
            if name is None:
                continue
            for state in self.state.signals.values():
                forget_subject(state, name)
            for signal, past in list(self.state.past.items()):
                if name in past.subjects:
                    del self.state.past[signal]
            for place in self.state.places.values():
                if name in place.contacts:
                    place.contacts.remove(name)

    def verdicts(self) -> bytes:
        """Everything beside the facts and the times of evaluation, to see whether it has changed."""
        at, self.state.at = self.state.at, []
        try:
            return _STATE.encode(self.state)
        finally:
            self.state.at = at

    def encode(self, applied: int, feed_bits: int) -> bytes:
        """The account at rest; `applied` is the last journal offset that is in it, `feed_bits` are its feeds."""
        state = self.state
        state.ring = bytes(self.ring)
        self.applied = applied
        signals, state.signals = state.signals, shortened(state.signals)
        try:
            body = _STATE.encode(state)
        finally:
            state.signals = signals
        header = _HEADER.pack(STATE_VERSION, applied, *self.wakes, feed_bits)
        return header + _COMPRESS(len(body).to_bytes(4, "little") + body + encode_facts(self.facts))

    @staticmethod
    def erased(applied: int) -> bytes:
        """What stands for an erased account until nothing can be read again that came before: its header alone."""
        return _HEADER.pack(STATE_VERSION, applied, *[0] * len(Clock), 0)

    @classmethod
    def decode(cls, key: bytes, value: bytes) -> Account:
        """Of this release or an earlier one. Raises UnknownStateVersion where a later one wrote it."""
        header = Header.of(value)
        if is_erased(value):
            account = cls.new(key)
            account.applied = header.applied
            return account
        data = value[_HEADER.size :]
        if value[0] > 2:
            data = _DECOMPRESS(data)
        end = 4 + int.from_bytes(data[:4], "little")
        if value[0] > 1:
            state = _DECODE_STATE.decode(data[4:end])
            state.signals = lengthened(state.signals)
        else:
            state = upgraded(data[4:end])
        account = cls(key, decode_facts(data[end:]), state, header.applied)
        account.wakes = list(header.wakes)
        return account


class Header(msgspec.Struct, gc=False):
    """What recovery needs of an account at rest."""

    applied: int
    wakes: tuple[Millis, ...]
    feed_bits: int

    @classmethod
    def of(cls, value: bytes) -> Header:
        version, applied, *wakes, feed_bits = _HEADER.unpack_from(value)
        if not 1 <= version <= STATE_VERSION:
            raise UnknownStateVersion("account state", version, STATE_VERSION)
        return cls(applied, tuple(wakes), feed_bits)

    @staticmethod
    def wakes_of(value: bytes) -> tuple[Millis, ...]:
        """The next wake-ups per clock, read alone. Raises UnknownStateVersion."""
        if not 1 <= value[0] <= STATE_VERSION:
            raise UnknownStateVersion("account state", value[0], STATE_VERSION)
        return _WAKES.unpack_from(value, _WAKES_AT)


def is_erased(value: bytes) -> bool:
    """Whether an account at rest is one that was erased."""
    return len(value) == _HEADER.size


def upgraded(data: bytes) -> AccountState:
    """A state that was written in version 1."""
    old = state_v1.DECODER.decode(data)
    return AccountState(
        signals=old.new_signals(),
        places={name: Place(place.contacts, place.departments) for name, place in old.places.items()},
        board=old.board,
        board_recheck=old.board_recheck,
        at=old.at,
        ring=old.new_ring(DIGEST_BYTES),
        shown=old.shown,
    )


def with_applied(value: bytes, applied: int) -> bytes:
    """An account at rest that has been read up to another journal offset."""
    return value[:1] + _APPLIED.pack(applied) + value[_WAKES_AT:]


_APPLIED = struct.Struct("<q")
_WAKES = struct.Struct(f"<{len(Clock)}q")
_WAKES_AT = 1 + _APPLIED.size
#: Halves the bytes of an account for 6 µs at 10 users and 15 at 60, a third of that to read; zlib takes four times
#: as long.
_COMPRESS = zstandard.ZstdCompressor(level=-1, write_checksum=False).compress
_DECOMPRESS = zstandard.ZstdDecompressor().decompress
_STATE = msgspec.msgpack.Encoder()
_DECODE_STATE = msgspec.msgpack.Decoder(AccountState)
