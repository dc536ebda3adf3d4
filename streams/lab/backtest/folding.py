"""Journal records through the engine: one or several systems over one reading, in this process or in several."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import BinaryIO, Final

from schemas.journal import EVENT_HEADER, HEADER_BYTES
from streams.assembly import load_system
from streams.detection.catalog.problems import CatalogError
from streams.detection.engine import EngineStats, HotBudget, PartitionEngine
from streams.detection.system import Outgoing, System
from streams.detection.units import Millis
from streams.lab.backtest.histories import Record
from streams.lab.history import JournalEntry

ALERTS: Final = ("retention-alerts", "expansion-opportunities")
BOARD: Final = "quadrant-changes"
BATCH: Final = 2048
"""Records that are handed to engines together."""
COMMIT_EVERY: Final = 50_000
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


@dataclass
class Counted:
    """What was folded, by one system."""

    events: int = 0
    repeats: int = 0
    too_late: int = 0
    refused_activations: int = 0

    def add(self, stats: EngineStats) -> None:
        self.events += stats.events
        self.repeats += stats.repeats + stats.publisher_repeats
        self.too_late += stats.too_late
        self.refused_activations += stats.refused_activations


@dataclass
class Read:
    """What was read: records, and since when each account is in the history (event time, ms)."""

    records: int = 0
    events: int = 0
    first: Millis = 0
    last: Millis = 0
    since: dict[bytes, Millis] = field(default_factory=dict)

    def note(self, batch: Iterable[Record]) -> None:
        since, last = self.since, self.last
        for record in batch:
            self.records += 1
            name, header = record.headers[0]
            key = record.key
            if name != EVENT_HEADER or len(header) != HEADER_BYTES or not key or key[0] == 0:
                continue
            self.events += 1
            occurred = int.from_bytes(header[22:], "big", signed=True)
            if occurred > last:
                last = occurred
            if not self.first:
                self.first = occurred
            if key not in since:
                since[key] = last
        self.last = last

    @property
    def account_months(self) -> float:
        """Accounts times the months that they are in the history."""
        month = 30.4375 * 86_400_000
        return sum(max(0, self.last - begun) for begun in self.since.values()) / month


class Fold:
    """One system over some partitions; what it says of alerts and the board goes to two files."""

    def __init__(self, system: System, alerts: Path, board: Path, hot_bytes: int = HOT_BYTES) -> None:
        self._system = system
        self._hot = HotBudget(hot_bytes)
        self._engines: dict[int, PartitionEngine] = {}
        self._since_commit = 0
        self._alerts: BinaryIO = alerts.open("wb", buffering=1 << 18)
        self._board: BinaryIO = board.open("wb", buffering=1 << 18)

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
            engine = self._engines.get(partition)
            if engine is None:
                engine = self._engines[partition] = PartitionEngine(self._system, partition, {}, self._hot)
            for message in engine.process(records):
                self._write(message)
        self._since_commit += len(batch)
        if self._since_commit >= COMMIT_EVERY:
            self._since_commit = 0
            for engine in self._engines.values():
                engine.flush()
                engine.committed()

    def _write(self, message: Outgoing) -> None:
        if message.topic in ALERTS:
            motion = b"retention" if message.topic == ALERTS[0] else b"growth"
            self._alerts.write(b'{"motion":"%b",%b\n' % (motion, message.value[1:]))
        elif message.topic == BOARD:
            self._board.write(message.value + b"\n")

    def end(self) -> Counted:
        """Close the files; what was counted."""
        self._alerts.close()
        self._board.close()
        counted = Counted()
        for engine in self._engines.values():
            counted.add(engine.stats)
        return counted


@dataclass(frozen=True)
class Folded:
    """What was read, and per system its counts and the files of its messages."""

    read: Read
    counted: list[Counted]
    alerts: list[list[Path]]
    board: list[list[Path]]


class WorkerDied(Exception):
    """A process of the backtest ended before its time."""


def fold(records: Iterator[Record], rules: Sequence[Rules], folder: Path, processes: int = 1) -> Folded:
    """All records through every system, in `folder` the messages. With several processes, each has the journal
    partitions whose number leaves its own when divided by how many there are: an account is always in one.

    Raises CatalogError, BadInput of the records, and WorkerDied."""
    read = Read()
    alerts = [[folder / f"alerts-{v}-{p}" for p in range(processes)] for v in range(len(rules))]
    board = [[folder / f"board-{v}-{p}" for p in range(processes)] for v in range(len(rules))]
    if processes == 1:
        budget = HOT_BYTES // len(rules)
        folds = [Fold(each.load(), alerts[v][0], board[v][0], budget) for v, each in enumerate(rules)]
        for batch in batches(records):
            read.note(batch)
            for one in folds:
                one.take(batch)
        return Folded(read, [one.end() for one in folds], alerts, board)
    files = [[(alerts[v][p], board[v][p]) for v in range(len(rules))] for p in range(processes)]
    counted = _in_processes(records, rules, files, read)
    return Folded(read, counted, alerts, board)


def batches(records: Iterator[Record]) -> Iterator[list[Record]]:
    """Records in lists, for the engine to fold many at once."""
    batch: list[Record] = []
    for record in records:
        batch.append(record)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


Bare = tuple[int, int, bytes, bytes, tuple[tuple[str, bytes], ...], int]
"""A record on its way to another process."""


def _in_processes(
    records: Iterator[Record],
    rules: Sequence[Rules],
    files: Sequence[Sequence[tuple[Path, Path]]],
    read: Read,
) -> list[Counted]:
    context = multiprocessing.get_context("spawn")
    pipes: list[Connection] = []
    workers: list[SpawnProcess] = []
    try:
        for mine in files:
            here, there = context.Pipe()
            worker = context.Process(target=_work, args=(there, list(rules), list(mine)), daemon=True)
            worker.start()
            there.close()
            pipes.append(here)
            workers.append(worker)
        for batch in batches(records):
            read.note(batch)
            shares: list[list[Bare]] = [[] for _ in files]
            for r in batch:
                shares[r.partition % len(files)].append(
                    (r.partition, r.offset, r.key or b"", r.value or b"", tuple(r.headers), r.timestamp)
                )
            for pipe, share in zip(pipes, shares, strict=True):
                if share:
                    _send(pipe, share)
        totals = [Counted() for _ in rules]
        for pipe in pipes:
            _send(pipe, None)
        for pipe in pipes:
            for total, counted in zip(totals, _answer(pipe), strict=True):
                total.events += counted.events
                total.repeats += counted.repeats
                total.too_late += counted.too_late
                total.refused_activations += counted.refused_activations
        for worker in workers:
            worker.join()
        return totals
    finally:
        for pipe in pipes:
            pipe.close()
        for worker in workers:
            if worker.is_alive():
                worker.terminate()
            worker.join()


def _send(pipe: Connection, share: list[Bare] | None) -> None:
    try:
        pipe.send(share)
    except OSError:
        _answer(pipe)  # it has gone, and has said why
        raise WorkerDied("a process of the backtest has gone") from None


def _answer(pipe: Connection) -> list[Counted]:
    try:
        answer: list[Counted] | CatalogError | str = pipe.recv()
    except (EOFError, OSError):
        raise WorkerDied("a process of the backtest ended without a word: was it out of memory?") from None
    if isinstance(answer, CatalogError):
        raise answer
    if isinstance(answer, str):
        raise WorkerDied(answer)
    return answer


def _work(pipe: Connection, rules: list[Rules], files: list[tuple[Path, Path]]) -> None:
    # Ctrl-C reaches every process of the terminal: the one that began says when it is over.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        budget = HOT_BYTES // len(rules)
        folds = [
            Fold(each.load(), alerts, board, budget)
            for each, (alerts, board) in zip(rules, files, strict=True)
        ]
        while (share := pipe.recv()) is not None:
            entries = [JournalEntry(*bare) for bare in share]
            for one in folds:
                one.take(entries)
        pipe.send([one.end() for one in folds])
    except (EOFError, BrokenPipeError):
        return
    except Exception as problem:  # handed to the process that began, which raises it
        pipe.send(f"{type(problem).__name__}: {problem}")
