"""Journal records through the engine of one system, what it says into files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import BinaryIO, Final

from schemas.journal import EVENT_HEADER, HEADER_BYTES, WATERMARK_HEADER, Watermark
from schemas.partitioning import partition_of
from streams.assembly import load_system
from streams.detection.engine import EngineStats, HotBudget, PartitionEngine
from streams.detection.system import (
    AccountView,
    Board,
    BoardState,
    HeldSignal,
    Outgoing,
    System,
    Verdict,
    Where,
)
from streams.detection.units import Millis, millis_of
from streams.lab.backtest.histories import PARTITIONS, Record
from streams.lab.backtest.messages import Span
from streams.lab.backtest.near import Look, NearMiss, Watch, pieces

ALERTS: Final = ("retention-alerts", "expansion-opportunities")
BOARD: Final = "quadrant-changes"
COMMIT_EVERY: Final = 100_000
"""Records after which accounts are encoded, for what they weigh to be known."""
_MONTH: Final = 30.4375 * 86_400_000
HOT_BYTES: Final = 64_000_000
"""Accounts that a process keeps decoded between commits, as encoded, over all its systems."""


@dataclass(frozen=True)
class Rules:
    """Which catalogs a system is made of; small enough to hand to another process."""

    overlays: tuple[Path, ...] = ()
    reference: Path | None = None
    retention: Path | None = None
    growth: Path | None = None
    hold: bool = False
    """Catalogs that the journal activates are passed over: these rules hold from the first record to the last."""

    def load(self) -> System:
        """Raises CatalogError."""
        system = load_system(self.retention, self.growth, self.reference, self.overlays)
        return replace(system, activate=_keep) if self.hold else system


def _keep(system: System, motion: str, version: str, text: str) -> System:
    return system


@dataclass(frozen=True)
class Side:
    """One system of a fold: its rules, the files of its messages, what it keeps decoded, where it is looked at."""

    rules: Rules
    alerts: Path
    board: Path
    hot_bytes: int = HOT_BYTES
    looks: tuple[Look, ...] = ()


@dataclass
class Counted:
    """What was folded, by one system."""

    events: int = 0
    repeats: int = 0
    too_late: int = 0
    refused_activations: int = 0
    nearest: dict[str, NearMiss] = field(default_factory=dict)
    """By account that was looked at."""

    def add(self, stats: EngineStats) -> None:
        self.events += stats.events
        self.repeats += stats.repeats + stats.publisher_repeats
        self.too_late += stats.too_late
        self.refused_activations += stats.refused_activations

    def join(self, other: Counted) -> None:
        """Take what another process counted."""
        self.events += other.events
        self.repeats += other.repeats
        self.too_late += other.too_late
        self.refused_activations += other.refused_activations
        self.nearest |= other.nearest


@dataclass
class Read:
    """What was read: records, and since when each account is in the history (event time, ms): since the time that its
    partition had come to, for the first to be told of an account may be a contract of years ago."""

    records: int = 0
    events: int = 0
    first: Millis = 0
    last: Millis = 0
    since: dict[bytes, Millis] = field(default_factory=dict)
    partitions: set[int] = field(default_factory=set)
    """Those that hold more than the time."""
    _newest: dict[int, Millis] = field(default_factory=dict)
    """Partition -> its latest event so far: partitions may be read one after the other."""
    _said: dict[int, bytes] = field(default_factory=dict)
    """Partition -> its last watermark."""

    def note(self, batch: Sequence[Record]) -> None:
        since, newest, events = self.since, self._newest, 0
        for record in batch:
            name, header = record.headers[0]
            key = record.key
            if name != EVENT_HEADER or len(header) != HEADER_BYTES or not key or key[0] == 0:
                if name == WATERMARK_HEADER and record.value is not None:
                    self._said[record.partition] = record.value
                elif name == EVENT_HEADER:
                    self.partitions.add(record.partition)
                continue
            events += 1
            occurred = int.from_bytes(header[22:], "big", signed=True)
            partition = record.partition
            if occurred > newest.get(partition, 0):
                newest[partition] = occurred
            if not self.first:
                self.first = occurred
            if key not in since:
                self.partitions.add(partition)
                since[key] = max(newest.get(partition, 0), self.first, self._come_to(partition))
        self.last = max(newest.values(), default=0)
        self.records += len(batch)
        self.events += events

    def _come_to(self, partition: int) -> Millis:
        said = self._said.get(partition)
        if said is None:
            return 0
        return max((mark.up_to or 0 for mark in Watermark.decode(said).partitions), default=0)

    @property
    def months(self) -> float:
        """How long the usual account is in the history."""
        if not self.since:
            return 0.0
        return (self.last - median(self.since.values())) / _MONTH

    def account_months(self, span: Span = (None, None)) -> float:
        """Accounts times the months that they are in the history, within the span."""
        low, high = (millis_of(end) if end else None for end in span)
        end = self.last if high is None else min(self.last, high)
        return sum(max(0, end - max(begun, low or 0)) for begun in self.since.values()) / _MONTH


class Unshown:
    """A board without its AccountQuadrant records: they say where accounts stand now, of which a past is full."""

    def __init__(self, board: Board) -> None:
        self.place = board.place
        self.change = board.change

    def shown(
        self,
        account: AccountView,
        state: BoardState,
        verdicts: tuple[Verdict, ...],
        held: tuple[HeldSignal, ...],
        ordinals: Mapping[str, int],
        now: Millis,
        where: Where,
    ) -> Outgoing:
        """A record that says nothing."""
        return Outgoing("account-quadrants", account.id.encode(), b"")


class Fold:
    """One system over some partitions; what it says of alerts and the board goes to two files."""

    def __init__(self, side: Side) -> None:
        system = side.rules.load()
        self._system = replace(system, board=Unshown(system.board))
        self._looks = side.looks
        self._watches: dict[int, Watch] = {}
        self._hot = HotBudget(side.hot_bytes)
        self._engines: dict[int, PartitionEngine] = {}
        self._since_commit = 0
        self._counted = Counted()
        self._alerts: BinaryIO = side.alerts.open("wb", buffering=1 << 18)
        self._board: BinaryIO = side.board.open("wb", buffering=1 << 18)

    def whole(self, partition: int, batches: Iterable[Sequence[Record]]) -> None:
        """Fold everything of one partition, and forget its accounts."""
        for batch in batches:
            self._take(partition, batch)
            self._commit_after(len(batch))
        self._forget(partition)
        self._since_commit = 0

    def take(self, batch: Sequence[Record]) -> None:
        """Fold records of any of the partitions, each partition's in order."""
        by_partition: dict[int, list[Record]] = {}
        for record in batch:
            part = by_partition.get(record.partition)
            if part is None:
                by_partition[record.partition] = [record]
            else:
                part.append(record)
        for partition, records in by_partition.items():
            self._take(partition, records)
        self._commit_after(len(batch))

    def _take(self, partition: int, records: Sequence[Record]) -> None:
        engine = self._engines.get(partition)
        if engine is None:
            engine = self._engine(partition)
        watch = self._watches.get(partition)
        if watch is None or not watch.pending:
            self._fold(engine, records)
            return
        for piece in pieces(records):
            self._fold(engine, piece)
            watch.passed(engine)

    def _commit_after(self, records: int) -> None:
        self._since_commit += records
        if self._since_commit >= COMMIT_EVERY:
            self._since_commit = 0
            for engine in self._engines.values():
                engine.flush()
                engine.committed()

    def _engine(self, partition: int) -> PartitionEngine:
        engine = PartitionEngine(self._system, partition, {}, self._hot)
        self._engines[partition] = engine
        mine = [look for look in self._looks if partition_of(look.account.encode(), PARTITIONS) == partition]
        if mine:
            self._watches[partition] = Watch(mine)
        return engine

    def _fold(self, engine: PartitionEngine, records: Sequence[Record]) -> None:
        for message in engine.process(records):
            self._write(message)

    def _write(self, message: Outgoing) -> None:
        if message.topic in ALERTS:
            motion = b"retention" if message.topic == ALERTS[0] else b"growth"
            self._alerts.write(b'{"motion":"%b",%b\n' % (motion, message.value[1:]))
        elif message.topic == BOARD:
            self._board.write(message.value + b"\n")

    def _forget(self, partition: int) -> None:
        self._counted.add(self._engines.pop(partition).stats)
        watch = self._watches.pop(partition, None)
        if watch is not None:
            self._counted.nearest |= watch.nearest

    def end(self) -> Counted:
        """Close the files; what was counted."""
        self._alerts.close()
        self._board.close()
        for partition in list(self._engines):
            self._forget(partition)
        return self._counted
