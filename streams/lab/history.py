"""A history folded without Kafka: files in, the same door, clock, pacing and engine as the workers use.

Each source topic is one file `<topic>.jsonl` (or `.jsonl.gz`, `.jsonl.zst`) in publishing order, read as one source
partition. The journal is made record by record in memory; with several partitions accounts are spread as on the
broker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from schemas.journal import EVENT_HEADER, WATERMARK_HEADER, WATERMARK_KEY, pack_header
from schemas.partitioning import partition_of
from schemas.topics import SOURCES
from streams.detection.catalog.problems import unknown_name
from streams.detection.engine import PartitionEngine
from streams.detection.system import Outgoing, System
from streams.detection.units import HOUR_MS, MINUTE_MS, Millis
from streams.door.admit import Admitted, Heartbeat, Refusal, admit
from streams.door.clock import ReplayClock, SourcePartition, SourceTopic
from streams.door.pacing import Pacer
from streams.lab.lines import PACKED, Lines, packed_name

_CHUNK = 512
_AHEAD: Millis = HOUR_MS


class JournalEntry(msgspec.Struct, array_like=True, gc=False):
    """A journal record as the engine reads it, and the partition it goes to."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    timestamp: Millis


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line that the door refuses; `row` counts from 1."""

    path: Path
    row: int
    refusal: Refusal


Told = Callable[[int], None]
"""Told the bytes of the files that were read since the last time."""


def _nobody(_: object) -> None:
    return None


class _Source:
    """One topic's file, a chunk at a time."""

    def __init__(self, topic: str, path: Path, told: Told, refused: Callable[[RefusedLine], None]) -> None:
        self.where = SourcePartition(topic, 0)
        self.topic_id = topic.encode().ljust(8)[:8]
        self._path = path
        self._file = Lines(path)
        self._lines = iter(self._file)
        self._told = told
        self._refused = refused
        self.offset = 0
        self.ended = False
        self._newest: Millis = 0

    def read(self) -> list[tuple[int, Millis, Admitted | Heartbeat | Refusal]]:
        """The next records with their offsets and the broker's time: never before what was published earlier."""
        found: list[tuple[int, Millis, Admitted | Heartbeat | Refusal]] = []
        topic, offset, newest = self.where.topic, self.offset, self._newest
        for line in self._lines:
            stamp = newest + MINUTE_MS
            verdict = admit(topic, None, line.rstrip(b"\r\n"), max(stamp, _FAR))
            found.append((offset, stamp, verdict))
            offset += 1
            if isinstance(verdict, Refusal):
                self._refused(RefusedLine(self._path, offset, verdict))
            elif verdict.occurred > newest:
                newest = verdict.occurred
            if len(found) == _CHUNK:
                self.offset, self._newest = offset, newest
                self._told(self._file.progress())
                return found
        self.offset, self._newest = offset, newest
        self.ended = True
        self._told(self._file.progress())
        self._file.close()
        return found

    def close(self) -> None:
        self._file.close()


_FAR: Millis = 4_102_444_800_000
"""2100: a file has no broker whose clock could refuse an event."""


def topic_files(folder: Path) -> dict[str, Path]:
    """Source topic -> its file in the folder, packed or not. Empty where the folder is no history."""
    found = {}
    for topic in SOURCES:
        for ending in ("", *PACKED):
            if (path := folder / f"{topic}.jsonl{ending}").is_file():
                found[topic] = path
                break
    return found


def strays(folder: Path) -> dict[Path, str]:
    """Files of a history's folder that look like events and that nobody would read, and why not: a topic's name
    written otherwise, or one topic twice."""
    read = set(topic_files(folder).values())
    found = {}
    for path in sorted(folder.iterdir()):
        name, ending = path.name.partition(".")[0], packed_name(path)
        lines = ending in (".jsonl", ".ndjson") or (ending == ".json" and name.replace("_", "-") in SOURCES)
        if path in read or not lines or not path.is_file():
            continue
        if name in SOURCES:
            other = any(each.name.startswith(f"{name}.") for each in read)
            found[path] = (
                "the topic's events stand in another file too: which one counts?"
                if other
                else f"a topic's file is called {name}.jsonl, or that with .gz or .zst behind it"
            )
        elif name not in _BESIDE:
            found[path] = unknown_name("source topic", name, SOURCES)
    return found


_BESIDE = ("story", "truth", "outcomes")
"""What may lie beside the topics' files: notes of a story, and what became true."""


def journal_of(
    folder: Path,
    partitions: int = 1,
    watermark_every: Millis = 6 * HOUR_MS,
    *,
    told: Told = _nobody,
    refused: Callable[[RefusedLine], None] = _nobody,
) -> Iterator[JournalEntry]:
    """The journal that a door in replay writes for the folder's files, in the order of writing.

    Lines that the door refuses are left out, as it leaves them out, and told to `refused`. Raises FileNotFoundError
    where the folder has none of the source topics' files."""
    paths = topic_files(folder)
    if not paths:
        names = ", ".join(f"{topic}.jsonl" for topic in SOURCES)
        raise FileNotFoundError(f"{folder} holds none of {names}")
    sources = {SourcePartition(t, 0): _Source(t, path, told, refused) for t, path in paths.items()}
    try:
        yield from _journal(sources, partitions, watermark_every)
    finally:
        for source in sources.values():
            source.close()


def _journal(
    sources: dict[SourcePartition, _Source], partitions: int, watermark_every: Millis
) -> Iterator[JournalEntry]:
    clock = ReplayClock(
        {where.topic: SourceTopic(source.topic_id, 1) for where, source in sources.items()},
        every=watermark_every,
    )
    clock.assign(dict.fromkeys(sources, ""))
    pacer: Pacer[SourcePartition, tuple[int, Millis, Admitted | Heartbeat | Refusal]] = Pacer(
        _AHEAD, lambda where: sources[where].ended
    )
    pacer.assign(sources)
    offsets = [0] * partitions
    homes: dict[bytes, int] = {}

    def entry(
        partition: int, key: bytes, value: bytes, header: tuple[str, bytes], stamp: Millis
    ) -> JournalEntry:
        offsets[partition] += 1
        return JournalEntry(partition, offsets[partition] - 1, key, value, (header,), stamp)

    def statement(frontier: Millis | None) -> Iterator[JournalEntry]:
        value = clock.say(frontier, [where for where in sources if sources[where].ended]).encode()
        for partition in range(partitions):
            yield entry(partition, WATERMARK_KEY, value, (WATERMARK_HEADER, b""), 0)

    while True:
        for where, source in sources.items():
            if not source.ended and not pacer.queued(where):
                items = source.read()
                if items:
                    times = [None if isinstance(v, Refusal) else v.occurred for _, _, v in items]
                    pacer.add(where, items, times)
        run = pacer.take(_CHUNK)
        if run is None:
            break
        progress = clock.progress(run.partition)
        topic_id = sources[run.partition].topic_id
        for offset, stamp, verdict in run.chunk.items[run.start : run.stop]:
            if isinstance(verdict, Admitted):
                progress.event(verdict.source_system, verdict.occurred)
                if verdict.also is None and not verdict.everywhere:  # nearly all
                    key = verdict.key
                    home = homes.get(key)
                    if home is None:
                        home = homes[key] = partition_of(key, partitions)
                    place = offsets[home]
                    offsets[home] = place + 1
                    header = pack_header(topic_id, 0, offset, 0, verdict.occurred)
                    yield JournalEntry(home, place, key, verdict.value, ((EVENT_HEADER, header),), stamp)
                    continue
                for sub, key, value in verdict.entries:
                    named = (EVENT_HEADER, pack_header(topic_id, 0, offset, sub, verdict.occurred))
                    to = range(partitions) if verdict.everywhere else (partition_of(key, partitions),)
                    for partition in to:
                        yield entry(partition, key, value, named, stamp)
            elif isinstance(verdict, Heartbeat):
                progress.heartbeat(verdict.source_system, verdict.occurred, verdict.complete_up_to)
        frontier = pacer.frontier()
        if clock.due(frontier):
            yield from statement(frontier)
    yield from statement(None)


def fold_history(
    folder: Path, system: System, partitions: int = 1, commit_every: int = 50_000
) -> Iterator[Outgoing]:
    """Every message that the history leads to, by journal partition in order."""
    engines = [PartitionEngine(system, number, {}) for number in range(partitions)]
    for folded, record in enumerate(journal_of(folder, partitions), start=1):
        yield from engines[record.partition].process((record,))
        if folded % commit_every == 0:
            for each in engines:
                each.flush()
                each.committed()
