"""One reading through all systems: in this process, or spread over several by account."""

from __future__ import annotations

import gc
import multiprocessing
import signal
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Final

from streams.detection.catalog.problems import CatalogError
from streams.lab.backtest.folding import HOT_BYTES, Counted, Fold, Read, Rules, Side
from streams.lab.backtest.histories import History, Record
from streams.lab.backtest.near import Look
from streams.lab.backtest.spool import Spool
from streams.lab.backtest.tables import Told
from streams.lab.history import JournalEntry

BATCH: Final = 2048
"""Records that are handed to engines together."""

READING: Final = 0.25
"""Part of the work of one process that is reading, about."""


@dataclass(frozen=True)
class Folded:
    """What was read, and per system its counts and the files of its messages."""

    read: Read
    counted: list[Counted]
    alerts: list[list[Path]]
    board: list[list[Path]]


class WorkerDied(Exception):
    """A process of the backtest ended before its time."""


def fold(
    history: History,
    rules: Sequence[Rules],
    folder: Path,
    processes: int = 1,
    looks: Sequence[Look] = (),
    told: Told = lambda _: None,
) -> Folded:
    """All records through every system, in `folder` the messages; the first one's accounts are looked at; `told` of
    work done, in parts of the history's total.

    One process reads everything, then folds partition by partition. With several, each has the journal partitions
    whose number leaves its own when divided by how many there are (an account is always in one), and folds while
    this one reads.

    Raises CatalogError, BadInput of the records, and WorkerDied."""
    read = Read()
    budget = HOT_BYTES // len(rules)
    sides = [
        [
            Side(
                each,
                folder / f"alerts-{number}-{process}",
                folder / f"board-{number}-{process}",
                budget,
                tuple(looks) if number == 0 else (),
            )
            for number, each in enumerate(rules)
        ]
        for process in range(processes)
    ]
    with collecting_rarely():
        if processes == 1:
            counted = _here(history, sides[0], read, folder, told)
        else:
            counted = _spread(history.records(told), sides, read)
    of_rules = list(zip(*sides, strict=True))
    alerts = [[side.alerts for side in parts] for parts in of_rules]
    return Folded(read, counted, alerts, [[side.board for side in parts] for parts in of_rules])


def _here(history: History, sides: Sequence[Side], read: Read, folder: Path, told: Told) -> list[Counted]:
    folds = [Fold(side) for side in sides]
    with Spool(folder) as spool:
        for batch in batches(history.records(part(told, READING))):
            read.note(batch)
            spool.put(batch)
        told_of_folding = part(told, (1 - READING) * history.total / max(1, read.records * len(folds)))
        for partition in sorted(read.partitions):
            for one in folds:
                one.whole(partition, _counting(spool.of(partition), told_of_folding))
            gc.collect()  # of a partition that is over, everything
    return [one.end() for one in folds]


def part(told: Told, share: float) -> Told:
    """Tells of a share of what it is told, in whole numbers."""
    heard = said = 0.0

    def tell(more: int) -> None:
        nonlocal heard, said
        heard += more * share
        told(int(heard - said))
        said += int(heard - said)

    return tell


def _counting(parts: Iterable[list[JournalEntry]], told: Told) -> Iterator[list[JournalEntry]]:
    for records in parts:
        yield records
        told(len(records))


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Python's collector looks for cycles in everything that is alive, again and again; facts have none, and there are
    millions of them."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(1_000_000, 50, 1_000)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


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


def _spread(records: Iterator[Record], sides: Sequence[Sequence[Side]], read: Read) -> list[Counted]:
    context = multiprocessing.get_context("spawn")
    pipes: list[Connection] = []
    workers: list[SpawnProcess] = []
    try:
        for mine in sides:
            here, there = context.Pipe()
            worker = context.Process(target=_work, args=(there, list(mine)), daemon=True)
            with _deaf():
                worker.start()
            there.close()
            pipes.append(here)
            workers.append(worker)
        for batch in batches(records):
            read.note(batch)
            shares: list[list[Bare]] = [[] for _ in sides]
            for r in batch:
                shares[r.partition % len(sides)].append(
                    (r.partition, r.offset, r.key or b"", r.value or b"", tuple(r.headers), r.timestamp)
                )
            for pipe, share in zip(pipes, shares, strict=True):
                if share:
                    _send(pipe, share)
        totals = [Counted() for _ in sides[0]]
        for pipe in pipes:
            _send(pipe, None)
        for pipe in pipes:
            for total, counted in zip(totals, _answer(pipe), strict=True):
                total.join(counted)
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


@contextmanager
def _deaf() -> Iterator[None]:
    """Processes that start here ignore Ctrl-C from their first moment: it reaches every process of a terminal, and the
    one that began says when it is over."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may change what a signal does
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


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


def _work(pipe: Connection, sides: list[Side]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        folds = [Fold(side) for side in sides]
        with collecting_rarely():
            while (share := pipe.recv()) is not None:
                entries = [JournalEntry(*bare) for bare in share]
                for one in folds:
                    one.take(entries)
        pipe.send([one.end() for one in folds])
    except (EOFError, BrokenPipeError):
        return
    except Exception as problem:  # handed to the process that began, which raises it
        pipe.send(f"{type(problem).__name__}: {problem}")
