"""The engine of one journal partition: records in, messages and changed states out, a pure function of both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import cast

from schemas.control import SourceHeartbeat, UserErase
from schemas.journal import CONTROL_KEY, HEADER_BYTES, POSITION, SOURCE, TOPIC, WATERMARK_HEADER
from schemas.wire import STRUCTS, decode_event
from streams.detection import refusals
from streams.detection.account import Account
from streams.detection.accounts import Accounts, HotBudget
from streams.detection.activation import Activations
from streams.detection.clocks import Clocks
from streams.detection.control import Control
from streams.detection.facts import Touch, fold, horizon_refuses
from streams.detection.facts.fold import SOURCES
from streams.detection.partition import EngineStats, JournalRecord, PartitionState
from streams.detection.rules import CLOCK_OF_TOPIC, Clock
from streams.detection.system import Outgoing, System
from streams.detection.told import Told, agree
from streams.detection.watermarks import Watermarks

__all__ = ["EngineStats", "HotBudget", "JournalRecord", "PartitionEngine"]

STEP = 128
"""Work of one step of `steps`: a record counts 1, an account that is woken, shown or judged anew counts 4. Some
5 ms of work."""

_PER_ACCOUNT = 4

_ACCOUNT_ERASE = STRUCTS["account.erase"]
_USER_ERASE = STRUCTS["user.erase"]
_SOURCES: dict[type, Clock] = {STRUCTS[name]: CLOCK_OF_TOPIC[topic] for name, topic in SOURCES.items()}


class PartitionEngine:
    """Folds the records of one journal partition, in order.

    `rest` holds the accounts at rest, as committed. Decoded accounts live in an overlay that `committed` encodes
    and `discard` drops; reading again from the partition record's offset then gives the same answer. From `flush`
    to `committed` nothing may be processed. `hot` bounds what all engines of a process keep decoded together; an
    engine without one has a budget of its own.
    """

    def __init__(
        self,
        system: System,
        partition: int,
        rest: MutableMapping[bytes, bytes],
        hot: HotBudget | None = None,
    ) -> None:
        self._base = system
        self._partition = partition
        self._rest = rest
        self._partition_key = b"\0partition-%d" % partition
        self.stats = EngineStats()
        self._flushed: list[tuple[bytes, bytes]] = []
        self._accounts = Accounts(rest, hot)
        self._restore()

    def _restore(self) -> None:
        """Take up what `rest` holds. Decodes no account. Raises UnknownStateVersion where a later release wrote it."""
        kept = self._rest.get(self._partition_key)
        self._state = PartitionState.decode(kept) if kept else PartitionState()
        self._catalogs = Activations(self._base, self._state.catalogs, self._rest)
        self._clocks = Clocks(self._state.clocks, self._base.stall_after)
        self._watermarks = Watermarks(self._state, self._clocks, self._accounts, self.stats)
        self._control = Control(
            self._catalogs, self._partition, self._accounts, self._clocks, self._watermarks, self.stats
        )
        self._evaluated = self.stats.evaluations

    @property
    def next_offset(self) -> int:
        """The first journal offset that is not in the state yet."""
        return self._state.next_offset

    @property
    def system(self) -> System:
        """What rules now: the system it was made with, and the catalogs that the journal has activated since."""
        return self._control.system

    @property
    def clocks(self) -> Clocks:
        """Time as this partition knows it."""
        return self._clocks

    @property
    def committable(self) -> bool:
        """Whether `flush` may be called now, between two steps: always, but in the middle of the activation of a
        catalog."""
        return not self._control.switching

    @property
    def crowded(self) -> bool:
        """Whether the process holds more decoded accounts than it should: a commit lets go of some."""
        return self._accounts.crowded

    def process(self, batch: Iterable[JournalRecord]) -> list[Outgoing]:
        """Fold the records; returns what is to be published, in order. A watermark at which 10,000 accounts are due
        takes a second or more: whoever has other things to do in between takes `steps`."""
        out: list[Outgoing] = []
        for said in self.steps(batch):
            out += said
        return out

    def steps(self, batch: Iterable[JournalRecord], work: int = STEP) -> Iterator[list[Outgoing]]:
        """Fold the records as `process` does, in steps of bounded work: yields what each step says, in order; an
        empty list where it says nothing. All lists together are what `process` returns.

            for said in engine.steps(records):
                messages += said
                await asyncio.sleep(0)  # others get their turn

        Between two steps the engine may be committed (`flush`, `partition_record`, `committed`) where `committable`,
        and the same iterator goes on afterwards: `next_offset` stays at the record that is not finished, and reading
        it again after a crash does only what is left of it. An iterator that is given up half-way leaves a state
        that may be committed under the same condition, and the next call begins with the records from `next_offset`
        on; otherwise `discard`. One step folds at least one record, however much that is, and no two iterators of
        one engine may be alive at a time.
        """
        out: list[Outgoing] = []
        done = 0
        state = self._state
        for record in batch:
            if record.offset < state.next_offset:
                continue
            name, header = record.headers[0]
            if name == WATERMARK_HEADER or record.key == CONTROL_KEY:
                for said in self._take_for_all(record, name, header):
                    out += said
                    done += _PER_ACCOUNT
                    if done >= work:
                        yield self._step(out)
                        out, done = [], 0
            elif len(header) == HEADER_BYTES:
                out += self._take_event(record, header)
            state.next_offset = record.offset + 1
            done += 1
            if done >= work:
                yield self._step(out)
                out, done = [], 0
        if done:
            yield self._step(out)

    def flush(self) -> list[tuple[bytes, bytes]]:
        """What changed since `committed`, encoded: (account id, state), and texts of catalogs. An empty value
        removes its key. Raises RuntimeError where the engine is not `committable`."""
        if not self.committable:
            raise RuntimeError("a catalog is being activated: take the next steps before committing")
        self._flushed = self._catalogs.flush()
        self._flushed += self._accounts.flush(self._state.next_offset - 1)
        return self._flushed

    def partition_record(self) -> tuple[bytes, bytes]:
        """The partition's own state; to be written after the accounts'."""
        self._state.feeds = self._accounts.feeds
        return self._partition_key, self._state.encode()

    def committed(self) -> None:
        """What `flush` and `partition_record` returned is in the log: it is the new rest."""
        for key, value in (*self._flushed, self.partition_record()):
            if value:
                self._rest[key] = value
            else:
                self._rest.pop(key, None)
        self._flushed = []
        self._catalogs.committed()
        self._accounts.committed()

    def discard(self) -> None:
        """Forget everything since `committed`."""
        self._restore()

    def take_up(self, key: bytes, told: Mapping[str, Told]) -> list[str]:
        """Bring one account in line with what was told of it before its state was lost; returns the signals of which
        an alert stays open for people that this state does not know."""
        account = self._accounts.load(key)
        changed, orphans = agree(account.state, told)
        if changed:
            self._accounts.note_changed(account)
        else:
            self._accounts.let_go(key)
        return orphans

    def account(self, key: bytes) -> Account | None:
        """A look at one account as it is now, for explanations; not to be changed."""
        return self._accounts.look(key)

    def _step(self, said: list[Outgoing]) -> list[Outgoing]:
        self.stats.evaluations = self._evaluated + self._control.evaluations
        return said

    def _is_repeat(self, header: bytes) -> bool:
        """Whether a record of this position, or of a later one of its source, was taken already."""
        source, position = header[SOURCE], header[POSITION]
        if position <= self._state.positions.get(source, b""):
            self.stats.repeats += 1
            return True
        self._state.positions[source] = position
        return False

    def _take_for_all(self, record: JournalRecord, name: str, header: bytes) -> Iterator[list[Outgoing]]:
        """A record that many accounts may have to do something about."""
        if name == WATERMARK_HEADER:
            yield from self._watermarks.take(record, self._control.judgement)
        elif len(header) == HEADER_BYTES and record.value is not None and not self._is_repeat(header):
            yield from self._control.take(record, header, decode_event(record.value))

    def _take_event(self, record: JournalRecord, header: bytes) -> list[Outgoing]:
        if self._is_repeat(header):
            return []
        key, value = record.key, record.value
        if not key or value is None or key[0] == 0:
            return []
        accounts, stats = self._accounts, self.stats
        account = accounts.load(key)
        if record.offset <= account.applied:
            return []
        stats.events += 1
        event = decode_event(value)
        if isinstance(event, SourceHeartbeat) or event.event_id is None:
            return []
        if account.seen(event.event_id):
            stats.publisher_repeats += 1
            stats.publisher_repeats_of[header[TOPIC]] += 1
            accounts.changed[key] = account
            return []
        occurred = int.from_bytes(header[22:], "big", signed=True)
        accounts.note_changed(account)
        if horizon_refuses(account.facts, event, occurred):
            stats.too_late += 1
            stats.too_late_of[header[TOPIC]] += 1
            return [refusals.too_late(self._partition, record.offset, key, value, record.timestamp, occurred)]
        touch = fold(account.facts, event, occurred)
        kind: type = event.__class__
        if kind is _ACCOUNT_ERASE:
            return self._control.erase(account, record.offset)
        if touch & Touch.CONTRACT:
            account.worth = None
        if not touch and account.state.shown:
            return []
        judgement = self._control.judgement
        live = event.origin == "live"  # type: ignore[union-attr]  # what has no account came by another way
        about: str | None = event.ticket_id if touch == Touch.TICKETS else None  # type: ignore[union-attr]
        out = judgement.on_event(
            account, touch, occurred, self._clocks, record.offset,
            live=live, subject=about, source=_SOURCES.get(kind),
        )  # fmt: skip
        if kind is _USER_ERASE:
            account.forget(cast(UserErase, event))
        if judgement.schedule.rescheduled:
            self._watermarks.plan(account, judgement.schedule)
        return out
