"""The engine of one journal partition: records in, messages and changed states out, a pure function of both."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol, cast

import msgspec

from schemas.base import Envelope
from schemas.control import CatalogActivated, SourceHeartbeat, UserErase
from schemas.journal import (
    CONTROL_KEY,
    HEADER_BYTES,
    POSITION,
    SOURCE,
    WATERMARK_HEADER,
    Watermark,
    unpack_header,
)
from schemas.wire import STRUCTS, decode_event
from streams.detection import refusals
from streams.detection.account import Account, Header, is_erased
from streams.detection.activation import Activations, Named, changed_signals
from streams.detection.catalog.problems import CatalogError, Problem
from streams.detection.clocks import Clocks, ClockState, Feed
from streams.detection.facts import fold, horizon_refuses
from streams.detection.judgement import Judgement
from streams.detection.rules import CLOCK_OF_TOPIC, TOPIC_OF_CLOCK, Clock
from streams.detection.system import Outgoing, System
from streams.detection.wakeups import Wakeups

HOT_ACCOUNTS = 256
"""Accounts that a partition keeps decoded between commits; 60 users take about 30 KB."""

_ACCOUNT_ERASE = STRUCTS["account.erase"]
_USER_ERASE = STRUCTS["user.erase"]

_OTHERS = 63
"""The bit of an account's feeds that stands for all feeds beyond the 63rd."""


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
    """The partition record: how far each source has come, time, and where to read on."""

    version: int = 1
    next_offset: int = 0
    positions: dict[bytes, bytes] = {}  # source partition -> highest position taken
    clocks: ClockState = msgspec.field(default_factory=ClockState)
    feeds: list[Feed] = []  # the bit of each feed, in the order they were first seen
    catalogs: Named = {}  # what was activated, by motion


@dataclass(slots=True)
class EngineStats:
    """Counters since the engine was made."""

    events: int = 0
    repeats: int = 0
    publisher_repeats: int = 0
    too_late: int = 0
    watermarks: int = 0
    wakeups: int = 0
    evaluations: int = 0
    activations: int = 0
    refused_activations: int = 0
    messages: dict[tuple[str, str, str], int] = field(default_factory=dict)


class PartitionEngine:
    """Folds the records of one journal partition, in order.

    `rest` holds the accounts at rest, as committed. Decoded accounts live in an overlay that `committed` encodes
    and `discard` drops; reading again from the partition record's offset then gives the same answer. From `flush`
    to `committed` nothing may be processed.
    """

    def __init__(self, system: System, partition: int, rest: MutableMapping[bytes, bytes]) -> None:
        self._base = system
        self._partition = partition
        self._rest = rest
        self._partition_key = b"\0partition-%d" % partition
        self.stats = EngineStats()
        self._flushed: list[tuple[bytes, bytes]] = []
        self.restore()

    def restore(self) -> int:
        """Take up what `rest` holds; returns the journal offset to read from. Decodes no account."""
        kept = self._rest.get(self._partition_key)
        self._state = _PARTITION.decode(kept) if kept else PartitionState()
        self._catalogs = Activations(self._base, self._state.catalogs, self._rest)
        self._judgement = Judgement(self._catalogs.system, self._partition)
        self._evaluated = self.stats.evaluations
        self._clocks = Clocks(self._state.clocks, self._base.stall_after)
        self._feed_bits = {feed: bit for bit, feed in enumerate(self._state.feeds)}
        self._stalled = self._clocks.stalled_feeds()
        self._hot: dict[bytes, Account] = {}
        self._changed: dict[bytes, Account] = {}
        self._erased: set[bytes] = set()  # since `committed`
        self._buried: set[bytes] = set()  # committed as erased, not removed yet
        self._wakeups = Wakeups()
        for key, value in self._rest.items():
            if is_erased(value):
                self._buried.add(key)
            elif not key.startswith(b"\0"):
                for clock, due in zip(Clock, Header.of(value).wakes, strict=True):
                    if due:
                        self._wakeups.add(clock, due, key)
        return self._state.next_offset

    @property
    def next_offset(self) -> int:
        """The first journal offset that is not in the state yet."""
        return self._state.next_offset

    @property
    def system(self) -> System:
        """What rules now: the system it was made with, and the catalogs that the journal has activated since."""
        return self._catalogs.system

    @property
    def clocks(self) -> Clocks:
        """Time as this partition knows it."""
        return self._clocks

    def process(self, batch: Iterable[JournalRecord]) -> list[Outgoing]:
        """Fold the records; returns what is to be published, in order."""
        out: list[Outgoing] = []
        for record in batch:
            if record.offset < self._state.next_offset:
                continue
            name, header = record.headers[0]
            if name == WATERMARK_HEADER:
                out.extend(self._take_watermark(record))
            elif len(header) == HEADER_BYTES:
                out.extend(self._take_event(record, header))
            self._state.next_offset = record.offset + 1
        self.stats.evaluations = self._evaluated + self._judgement.evaluations
        for message in out:
            self._count(message)
        return out

    def flush(self) -> list[tuple[bytes, bytes]]:
        """What changed since `committed`, encoded: (account id, state), and texts of catalogs. An empty value
        removes its key."""
        applied = self._state.next_offset - 1
        self._flushed = self._catalogs.flush()
        for key, account in self._changed.items():
            erased = key in self._erased
            value = Account.erased(applied) if erased else account.encode(applied, self._bits_of(account))
            self._flushed.append((key, value))
        self._flushed += [(key, b"") for key in sorted(self._buried) if key not in self._changed]
        return self._flushed

    def partition_record(self) -> tuple[bytes, bytes]:
        """The partition's own state; to be written after the accounts'."""
        self._state.feeds = list(self._feed_bits)
        return self._partition_key, _ENCODER.encode(self._state)

    def committed(self) -> None:
        """What `flush` and `partition_record` returned is in the log: it is the new rest."""
        for key, value in (*self._flushed, self.partition_record()):
            if value:
                self._rest[key] = value
            else:
                self._rest.pop(key, None)
        self._flushed = []
        self._catalogs.committed()
        self._buried, self._erased = self._erased, set()
        if len(self._hot) > HOT_ACCOUNTS:
            self._hot = dict(self._changed) if len(self._changed) <= HOT_ACCOUNTS else {}
        self._changed.clear()

    def discard(self) -> None:
        """Forget everything since `committed`."""
        self.restore()

    def account(self, key: bytes) -> Account | None:
        """A look at one account as it is now, for explanations; not to be changed."""
        if key in self._hot or key in self._rest:
            return self._load(key)
        return None

    # -- records

    def _take_event(self, record: JournalRecord, header: bytes) -> list[Outgoing]:
        source, position = header[SOURCE], header[POSITION]
        stats = self.stats
        if position <= self._state.positions.get(source, b""):
            stats.repeats += 1
            return []
        self._state.positions[source] = position
        key, value = record.key, record.value
        if key == CONTROL_KEY and value is not None:
            return self._take_control(record, header, value)
        if not key or value is None or key.startswith(b"\0"):
            return []
        account = self._load(key)
        if record.offset <= account.applied:
            return []
        stats.events += 1
        event = decode_event(value)
        if isinstance(event, SourceHeartbeat) or event.event_id is None:
            return []
        if account.seen(event.event_id):
            stats.publisher_repeats += 1
            self._changed[key] = account
            return []
        occurred = int.from_bytes(header[22:], "big", signed=True)
        self._changed[key] = account
        if self._erased:
            self._erased.discard(key)
        if horizon_refuses(account.facts, event, occurred):
            stats.too_late += 1
            return [refusals.too_late(self._partition, record.offset, key, value, record.timestamp, occurred)]
        touch = fold(account.facts, event, occurred)
        kind: type = event.__class__
        if kind is _ACCOUNT_ERASE:
            return self._erase(account, record.offset)
        if not touch and account.state.shown:
            return []
        live = cast(Envelope, event).origin == "live"
        out = self._judgement.on_event(account, touch, occurred, self._clocks, record.offset, live=live)
        if kind is _USER_ERASE:
            account.forget(cast(UserErase, event))
        if self._judgement.rescheduled:
            self._plan(account)
        return out

    def _take_control(self, record: JournalRecord, header: bytes, value: bytes) -> list[Outgoing]:
        event = decode_event(value)
        try:
            if event.type == "catalog.activated":
                return self._activate(event, record.offset)
            if event.type == "reference.activated":
                problem = Problem(event.name, 1, "", "this release reads reference data at its start only")
                raise CatalogError([problem])
            return []
        except CatalogError as error:
            self.stats.refused_activations += 1
            if self._partition:
                return []  # every partition refuses it, one letter says so
            why = "; ".join(str(problem) for problem in error.problems)
            return [refusals.refused_activation(unpack_header(header), value, record.timestamp, why)]

    def _activate(self, event: CatalogActivated, offset: int) -> list[Outgoing]:
        """Let a catalog rule its motion from this record on, and read every account anew by what has changed.
        Takes some 0.1 ms an account. Raises CatalogError, and changes nothing, where the catalog is wrong."""
        before, old = self._catalogs.system, self._judgement
        self._catalogs.activate(event)
        self.stats.activations += 1
        self._evaluated += old.evaluations
        new = self._judgement = Judgement(self._catalogs.system, self._partition)
        changed, gone = changed_signals(before, self._catalogs.system, event.motion)
        out: list[Outgoing] = []
        if not changed and not gone:
            return out
        for key in sorted({key for key in (*self._rest, *self._hot) if not key.startswith(b"\0")}):
            if key in self._erased or key in self._buried:
                continue
            was_hot = key in self._hot
            account = self._load(key)
            if offset <= account.applied:
                continue
            verdicts, at = account.verdicts(), list(account.state.at)
            said = old.on_gone(account, gone, self._clocks, offset)
            said += new.on_catalog(account, changed, self._clocks, offset)
            if account.verdicts() != verdicts:
                self._changed[key] = account
                self._plan(account)
                out += said
            else:
                account.state.at = at
                if not was_hot:
                    del self._hot[key]
        return out

    def _erase(self, account: Account, offset: int) -> list[Outgoing]:
        """Forget the account; what is left for a moment is its key and how far it was read."""
        out = self._judgement.on_erasure(account, self._clocks, offset)
        self._hot[account.key] = self._changed[account.key] = Account.new(account.key)
        self._erased.add(account.key)
        return out

    def _take_watermark(self, record: JournalRecord) -> list[Outgoing]:
        self.stats.watermarks += 1
        mark = _watermark(record.value or b"")
        feeds_before = [
            sum(self._clocks.state.feeds.get(topic, {}).values()) for topic in TOPIC_OF_CLOCK.values()
        ]
        self._clocks.note(mark)
        for (clock, topic), before in zip(TOPIC_OF_CLOCK.items(), feeds_before, strict=True):
            if sum(self._clocks.state.feeds.get(topic, {}).values()) != before:
                self._wakeups.unpark(clock)
        out = self._wake_due(record.offset)
        stalled = self._clocks.stalled_feeds()
        if stalled != self._stalled:
            changed, self._stalled = stalled ^ self._stalled, stalled
            out.extend(self._show_stalls(changed, record.offset))
        return out

    def _wake_due(self, offset: int) -> list[Outgoing]:
        """Everybody who is due, in the order of their times."""
        out: list[Outgoing] = []
        clocks = self._clocks
        now = {clock: clocks.furthest(clock) for clock in Clock}
        while (entry := self._wakeups.pop(now.__getitem__)) is not None:
            clock, due, key = entry
            account = self._load(key)
            if account.wakes[clock] != due:
                continue
            if offset <= account.applied:
                # Read again after a crash: the state is ahead of this watermark, a later one will find it.
                self._wakeups.park(clock, due, key)
                continue
            if clocks.of_account(clock, account.facts.feeds) < due:
                self._wakeups.park(clock, due, key)
                continue
            self.stats.wakeups += 1
            self._changed[key] = account
            out.extend(self._judgement.on_wake(account, clock, due, clocks, offset))
            account.wakes[clock] = 0
            self._plan(account)
        return out

    def _show_stalls(self, feeds: Iterable[Feed], offset: int) -> list[Outgoing]:
        bits = 0
        for topic, system in feeds:
            bits |= self._feed_bit(topic, system)
        keys = {key for key, account in self._hot.items() if self._bits_of(account) & bits}
        for key, value in self._rest.items():
            if not key.startswith(b"\0") and key not in self._hot and Header.of(value).feed_bits & bits:
                keys.add(key)
        out: list[Outgoing] = []
        for key in sorted(keys):
            account = self._load(key)
            if offset > account.applied:
                self._changed[key] = account
                out.extend(self._judgement.on_stall(account, self._clocks, offset))
        return out

    # -- accounts

    def _load(self, key: bytes) -> Account:
        account = self._hot.get(key)
        if account is None:
            value = self._rest.get(key)
            account = Account.new(key) if value is None else Account.decode(key, value)
            self._hot[key] = account
        return account

    def _plan(self, account: Account) -> None:
        """Put the account's next wake-ups into the calendar."""
        wakes = self._judgement.wakes(account)
        known = account.wakes
        if wakes == known:
            return
        for clock in Clock:
            due = wakes[clock]
            if due and due != known[clock]:
                self._wakeups.add(clock, due, account.key)
        account.wakes = wakes

    def _bits_of(self, account: Account) -> int:
        """The feeds of an account as bits, so that a stall finds its accounts without decoding them."""
        bits = 0
        for topic, systems in account.facts.feeds.items():
            for system in systems:
                bits |= self._feed_bit(topic, system)
        return bits

    def _feed_bit(self, topic: str, system: str) -> int:
        bit = self._feed_bits.get((topic, system))
        if bit is None:
            bit = self._feed_bits[topic, system] = len(self._feed_bits)
        return 1 << min(bit, _OTHERS)

    def _count(self, message: Outgoing) -> None:
        if not message.value:
            return
        heading = _HEADING.decode(message.value)
        signal = heading.signal.id if heading.signal else ""
        name = (message.topic, signal, heading.status or heading.reason or "")
        self.stats.messages[name] = self.stats.messages.get(name, 0) + 1


@lru_cache(maxsize=16)
def _watermark(value: bytes) -> Watermark:
    """The same statement goes to every journal partition, and a process has many of them."""
    return Watermark.decode(value)


class _Signal(msgspec.Struct):
    id: str


class _Heading(msgspec.Struct):
    signal: _Signal | None = None
    status: str | None = None
    reason: str | None = None


_HEADING = msgspec.json.Decoder(_Heading)
_ENCODER = msgspec.msgpack.Encoder()
_PARTITION = msgspec.msgpack.Decoder(PartitionState)

assert set(CLOCK_OF_TOPIC.values()) == set(TOPIC_OF_CLOCK)
