"""Why and why not, out of a history or a journal: one account folded up to a moment, then explained.

Accounts do not touch each other, so that the records of the others are left out: what is folded is the same as in
the worker, and takes a moment.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from schemas.journal import CONTROL_KEY, WATERMARK_HEADER, PartitionMark, Watermark
from streams.detection.engine import JournalRecord, PartitionEngine
from streams.detection.explain import Explanation, UnknownAccount, UnknownSignal, explain
from streams.detection.system import System
from streams.detection.units import Millis
from streams.lab.history import RefusedLine, journal_of, strays

_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class _Entry:
    """A journal record as it is, or with a watermark cut off at the moment that was asked about."""

    offset: int
    timestamp: Millis
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


def explain_history(
    folder: Path, account_id: str, system: System, at: Millis | None = None, signals: Collection[str] = ()
) -> Explanation:
    """The account as it was at `at` (the end, without), by the files of a folder.

    Raises FileNotFoundError where the folder holds no history or more than one, CutShort, UnknownAccount and
    UnknownSignal."""
    if others := strays(folder):
        raise FileNotFoundError("\n".join(f"{path}: {sentence}" for path, sentence in others.items()))
    refused: list[RefusedLine] = []
    records = journal_of(folder, refused=refused.append)
    found = explain_journal(records, account_id, system, at, signals)
    if not refused:
        return found
    first = refused[0]
    note = (
        f"{len(refused):,} lines of the history are no valid events and were left out, the first is row "
        f"{first.row:,} of {first.path.name}: {first.refusal.sentence}"
    )
    return found.model_copy(update={"notes": (*found.notes, note)})


def explain_journal(
    records: Iterable[JournalRecord],
    account_id: str,
    system: System,
    at: Millis | None = None,
    signals: Collection[str] = (),
) -> Explanation:
    """The same by the records of the account's journal partition, from its begin. What has occurred after `at` is
    not known then, whenever it was written."""
    key = account_id.encode()
    engine = PartitionEngine(system, 0, {})
    kept: Iterable[JournalRecord] = (record for record in records if record.key == key or _for_all(record))
    if at is not None:
        kept = _until(kept, at)
    batch: list[JournalRecord] = []
    for record in kept:
        batch.append(record)
        if len(batch) == _BATCH:
            engine.process(batch)
            batch = []
    engine.process(batch)
    return explain(engine, account_id, signals)


def _for_all(record: JournalRecord) -> bool:
    return record.headers[0][0] == WATERMARK_HEADER or record.key == CONTROL_KEY


def _until(records: Iterable[JournalRecord], at: Millis) -> Iterator[JournalRecord]:
    """The records up to a moment, and a last watermark that says that it has come."""
    for record in records:
        name, header = record.headers[0]
        if name == WATERMARK_HEADER and record.value is not None:
            mark = Watermark.decode(record.value)
            if any(said.up_to is not None and said.up_to > at for said in mark.partitions):
                yield _Entry(record.offset, record.timestamp, record.key, _cut(mark, at), (*record.headers,))
                return
        elif int.from_bytes(header[22:], "big", signed=True) > at:
            continue
        yield record


def _cut(mark: Watermark, at: Millis) -> bytes:
    partitions: tuple[PartitionMark, ...] = tuple(
        said if said.up_to is None else said.model_copy(update={"up_to": min(said.up_to, at)})
        for said in mark.partitions
    )
    feeds = tuple(feed.model_copy(update={"last_seen": min(feed.last_seen, at)}) for feed in mark.feeds)
    return mark.model_copy(update={"partitions": partitions, "feeds": feeds}).encode()


__all__ = ["Explanation", "UnknownAccount", "UnknownSignal", "explain_history", "explain_journal"]
