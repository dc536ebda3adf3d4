"""A past as journal records: a folder in the order of publishing, or event files in the order of time."""

from __future__ import annotations

import glob
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from schemas.journal import CONTROL_KEY, EVENT_HEADER, WATERMARK_HEADER, WATERMARK_KEY, pack_header
from schemas.partitioning import partition_of
from schemas.topics import TOPICS
from streams.detection.partition import JournalRecord
from streams.detection.units import HOUR_MS, Millis
from streams.door.clock import ReplayClock, SourcePartition, SourceTopic
from streams.lab.backtest.mapping import Mapping
from streams.lab.backtest.problems import BadInput, InputProblem, Refusals
from streams.lab.backtest.staging import ENDINGS, Staged, Staging
from streams.lab.backtest.tables import Told
from streams.lab.history import JournalEntry, RefusedLine, journal_of, strays, topic_files
from streams.lab.lines import PACKED, CutShort, packed_name

PARTITIONS: Final = TOPICS["account-journal"].partitions
"""As on the broker, so that an alert names the partition that it would have come from."""

EVERY: Final[Millis] = 6 * HOUR_MS
_TOLD_EVERY: Final = 4096


class Record(JournalRecord, Protocol):
    """A journal record that knows its partition."""

    @property
    def partition(self) -> int: ...


class History(Protocol):
    """A past that can be folded once, from its beginning."""

    @property
    def name(self) -> str:
        """What it is called in results."""

    @property
    def total(self) -> int:
        """How much there is to read, in the unit that `told` hears of."""

    @property
    def refusals(self) -> Refusals:
        """Rows that were left out; known when it is read."""

    @property
    def notes(self) -> Sequence[str]:
        """What a reader of the result has to know of it; known when it is read."""

    def records(self, told: Told) -> Iterator[Record]:
        """Every record, each partition's in order. Raises BadInput."""


@dataclass
class Folder:
    """`<topic>.jsonl` files, as the story writes them: read side by side as a door in replay does."""

    path: Path
    skip_invalid: bool = False
    refusals: Refusals = field(default_factory=Refusals)
    notes: Sequence[str] = ()

    @property
    def name(self) -> str:
        return str(self.path)

    @property
    def total(self) -> int:
        return sum(path.stat().st_size for path in topic_files(self.path).values())

    def records(self, told: Told) -> Iterator[Record]:
        try:
            yield from journal_of(self.path, PARTITIONS, EVERY, told=told, refused=self._refused)
        except CutShort as error:
            raise BadInput([InputProblem(str(self.path), str(error))]) from None

    def _refused(self, line: RefusedLine) -> None:
        self.refusals.add(InputProblem(str(line.path), line.refusal.sentence, line.row))
        if not self.skip_invalid:
            self.refusals.stop_if_any()


@dataclass
class EventFiles:
    """Event files of any order: all of them are checked, then sorted by `occurred_at`.

    Such files say all there is: their feeds are taken for alive up to the last event of any."""

    paths: Sequence[Path]
    mapping: Mapping | None = None
    skip_invalid: bool = False
    refusals: Refusals = field(default_factory=Refusals)
    notes: Sequence[str] = ()

    @property
    def name(self) -> str:
        first = str(self.paths[0])
        return first if len(self.paths) == 1 else f"{first} and {len(self.paths) - 1} more"

    @property
    def total(self) -> int:
        # Everything is read twice: once to be checked, once sorted.
        return 2 * sum(path.stat().st_size for path in self.paths)

    def records(self, told: Told) -> Iterator[Record]:
        with tempfile.TemporaryDirectory(prefix="twomotion-") as folder:
            staging = Staging(Path(folder), self.mapping, told, self.refusals)
            for path, name in zip(self.paths, names_of(self.paths), strict=True):
                staging.add(path, name)
            if not self.skip_invalid:
                self.refusals.stop_if_any()
            if not staging.events:
                raise BadInput([InputProblem(self.name, "holds no event")])
            each = self.total // 2 // staging.events
            for number, record in enumerate(in_order(staging.sorted(), sorted(staging.topics))):
                if number % _TOLD_EVERY == 0:
                    told(min(number, _TOLD_EVERY) * each)
                yield record


def history_of(arguments: Sequence[str], mapping: Mapping | None, skip_invalid: bool = False) -> History:
    """What the arguments name: one folder of `<topic>.jsonl` files, or files, folders and globs of event files.

    Raises BadInput where one of them names nothing."""
    if len(arguments) == 1 and mapping is None and topic_files(folder := Path(arguments[0])):
        if others := strays(folder):
            raise BadInput([InputProblem(str(path), sentence) for path, sentence in others.items()])
        return Folder(folder, skip_invalid)
    paths = [path for argument in arguments for path in _paths(argument)]
    return EventFiles(list({path.resolve(): path for path in paths}.values()), mapping, skip_invalid)


def _paths(argument: str) -> list[Path]:
    path = Path(argument)
    if path.is_file():
        return [path]
    if path.is_dir():
        named = [each for each in sorted(path.iterdir()) if each.is_file()]
    else:
        named = [Path(each) for each in sorted(glob.glob(argument, recursive=True)) if Path(each).is_file()]
        if named:
            return named
        raise BadInput([InputProblem(argument, "there is no such file or folder")])
    found = [each for each in named if packed_name(each) in ENDINGS]
    # The story's own notes lie beside its topics and are no events.
    found = [each for each in found if each.name.partition(".")[0] != "truth"]
    if not found:
        endings = ", ".join((*ENDINGS, *PACKED))
        raise BadInput([InputProblem(argument, f"holds no file of events ({endings})")])
    return found


def names_of(paths: Sequence[Path]) -> list[str]:
    """What each file is called in the ids of its events: its name, and as many folders as tell it from the others.

    >>> names_of([Path("2025/deals.csv"), Path("2026/deals.csv"), Path("2026/people.csv")])
    ['2025/deals.csv', '2026/deals.csv', 'people.csv']
    """
    tails: dict[Path, str] = {}
    depth, left = 1, list(paths)
    while left:
        counts = Counter(path.parts[-depth:] for path in left)
        for path in left:
            if counts[path.parts[-depth:]] == 1 or depth >= len(path.parts):
                tails[path] = "/".join(path.parts[-depth:])
        left = [path for path in left if path not in tails]
        depth += 1
    return [tails[path] for path in paths]


def in_order(
    events: Iterable[Staged], topics: Sequence[str], partitions: int = PARTITIONS, every: Millis = EVERY
) -> Iterator[JournalEntry]:
    """The journal of events that come in the order of time; each topic is one source partition."""
    ids = {topic: topic.encode().ljust(8)[:8] for topic in topics}
    where = {topic: SourcePartition(topic, 0) for topic in topics}
    clock = ReplayClock({topic: SourceTopic(ids[topic], 1) for topic in topics}, every=every)
    clock.assign(dict.fromkeys(where.values(), ""))
    homes: dict[bytes, int] = {}
    offsets, positions = [0] * partitions, dict.fromkeys(topics, -1)

    def entry(
        partition: int, key: bytes, value: bytes, header: tuple[str, bytes], stamp: Millis
    ) -> JournalEntry:
        offsets[partition] += 1
        return JournalEntry(partition, offsets[partition] - 1, key, value, (header,), stamp)

    def statement(now: Millis) -> Iterator[JournalEntry]:
        for each in where.values():
            progress = clock.progress(each)
            progress.complete = now
            for system in progress.last_seen:
                progress.last_seen[system] = now
        value = clock.say(now, ()).encode()
        for partition in range(partitions):
            yield entry(partition, WATERMARK_KEY, value, (WATERMARK_HEADER, b""), now)

    now: Millis = 0
    for event in events:
        now = event.occurred
        # Said before the event, which may still be of the statement's own moment.
        if clock.due(now):
            yield from statement(now)
        clock.progress(where[event.topic]).event(event.system, now)
        positions[event.topic] += 1
        for sub, key in enumerate(event.keys or (CONTROL_KEY,)):
            header = (EVENT_HEADER, pack_header(ids[event.topic], 0, positions[event.topic], sub, now))
            if not event.keys:
                for partition in range(partitions):
                    yield entry(partition, key, event.value, header, now)
                continue
            home = homes.get(key)
            if home is None:
                home = homes[key] = partition_of(key, partitions)
            yield entry(home, key, event.value, header, now)
    yield from statement(now)
