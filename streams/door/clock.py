"""How far each source partition is complete, in event time: the `replay` clock.

Only events and in-band heartbeats move it, never the time of day. Of a source partition it knows

- the highest `occurred_at` so far: nothing more than `lateness` older is expected after it;
- the highest `complete_up_to` of its heartbeats: that is a promise, so lateness is not taken off;
- per feed (topic, source system) the latest sign of life.

A statement of it is one watermark record for every partition of this door. It is due when the
slowest unread partition has moved on by `every`, and once more when all is read to the end, so
that the last hours are judged too.

The door keeps no state, yet a restarted one must know the time of a partition of which nothing is
left to read. So what the clock knows of a partition travels with the partition's committed offset
(`remember`, `recall`), as the commit's metadata. A note names its topic's id: of a topic that was
created anew under the same name, it says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from schemas.journal import FeedMark, PartitionMark, Watermark
from streams.detection.units import HOUR_MS, Millis


class SourcePartition(NamedTuple):
    """A partition of a source topic; `topic` is the contract's name, without prefix."""

    topic: str
    partition: int


class SourceTopic(NamedTuple):
    """What a watermark says about a source topic beside its time."""

    topic_id: bytes  #: first 8 bytes of its UUID
    partitions: int


class Progress(
    msgspec.Struct,
    rename={"highest": "h", "complete": "c", "last_seen": "s", "topic_id": "t"},
    omit_defaults=True,
):
    """What is known of one source partition, in ms since the epoch.

    A record's sign of life is `seen`: when it occurred, or by the live clock when the broker got it.
    """

    highest: Millis | None = None
    complete: Millis | None = None
    last_seen: dict[str, Millis] = {}
    topic_id: str = ""  #: hexadecimal; empty in the notes of releases that did not say it

    def event(self, source_system: str, occurred: Millis, seen: Millis | None = None) -> None:
        if self.highest is None or occurred > self.highest:
            self.highest = occurred
        seen = occurred if seen is None else seen
        if seen > self.last_seen.get(source_system, -1):
            self.last_seen[source_system] = seen

    def heartbeat(
        self, source_system: str, occurred: Millis, complete_up_to: Millis, seen: Millis | None = None
    ) -> None:
        if self.complete is None or complete_up_to > self.complete:
            self.complete = complete_up_to
        seen = occurred if seen is None else seen
        if seen > self.last_seen.get(source_system, -1):
            self.last_seen[source_system] = seen

    def up_to(self, lateness: Millis) -> Millis | None:
        """Nothing older than this is expected; None when the partition never held an event."""
        if self.highest is None:
            return self.complete
        late = self.highest - lateness
        return late if self.complete is None else max(late, self.complete)


#: Kafka takes 4,096 bytes of metadata with a committed offset (`offset.metadata.max.bytes`).
_NOTE_BYTES = 3_800
_decode = msgspec.json.Decoder(Progress).decode


class ReplayClock:
    """The clock of one door over the source partitions that it reads.

    Args:
        topics: what to say of each source topic, by contract name.
        lateness: how much older than the highest event an in-order event may be, in ms.
        every: least event time between two statements, in ms.
    """

    def __init__(
        self,
        topics: Mapping[str, SourceTopic],
        lateness: Millis = HOUR_MS,
        every: Millis = 6 * HOUR_MS,
    ) -> None:
        self._topics = topics
        self._lateness = lateness
        self._every = every
        self._progress: dict[SourcePartition, Progress] = {}
        self._said_at: Millis | None = None
        self._said: Watermark | None = None

    def assign(
        self, partitions: Mapping[SourcePartition, str], topics: Mapping[str, SourceTopic] | None = None
    ) -> None:
        """Start with these partitions, each with the note that its committed offset carries ("" if none).

        Args:
            topics: the source topics as they are now; as they were, without it.
        """
        self._topics = self._topics if topics is None else topics
        self._progress = taken_up(partitions, self._topics)
        self._said_at = None
        self._said = None

    def progress(self, partition: SourcePartition) -> Progress:
        """To be moved by the events and heartbeats that are journalled, in order."""
        return self._progress[partition]

    def remember(self, partition: SourcePartition) -> str:
        """What to commit beside the offset up to which the partition's records are journalled."""
        return remember(self._progress[partition])

    def due(self, frontier: Millis | None) -> bool:
        """Whether time has moved enough to say so.

        Args:
            frontier: event time of the slowest unread partition; None when that is unknown.
        """
        if frontier is None:
            return False
        if self._said_at is None:
            self._said_at = frontier
        return frontier >= self._said_at + self._every

    def has_news(self, ended: Iterable[SourcePartition]) -> bool:
        """Whether a statement now would say anything that the last one did not."""
        return bool(self._progress) and self._state(ended) != self._said

    def say(self, frontier: Millis | None, ended: Iterable[SourcePartition]) -> Watermark:
        """The statement; `ended` are the partitions that are read to their end.

        A partition of which nothing is known yet is left out while it is unread (the engine waits
        for it) and is said to hold nothing back once it is read.
        """
        self._said = self._state(ended)
        if frontier is not None:
            self._said_at = frontier
        return self._said

    def _state(self, ended: Iterable[SourcePartition]) -> Watermark:
        silent = set(ended)
        up_to = {partition: known.up_to(self._lateness) for partition, known in self._progress.items()}
        said = {each: time for each, time in up_to.items() if time is not None or each in silent}
        return statement(said, self._progress, self._topics)


def statement(
    said: Mapping[SourcePartition, Millis | None],
    progress: Mapping[SourcePartition, Progress],
    topics: Mapping[str, SourceTopic],
) -> Watermark:
    """A watermark that says `up_to` of these partitions, and the last sign of life of every feed."""
    feeds: dict[tuple[str, str], Millis] = {}
    for partition, known in progress.items():
        for source_system, seen in known.last_seen.items():
            feed = (partition.topic, source_system)
            feeds[feed] = max(seen, feeds.get(feed, seen))
    return Watermark(
        partitions=tuple(
            PartitionMark(
                topic=partition.topic,
                topic_id=topics[partition.topic].topic_id.hex(),
                partition=partition.partition,
                of=topics[partition.topic].partitions,
                up_to=up_to,
            )
            for partition, up_to in said.items()
        ),
        feeds=tuple(
            FeedMark(topic=topic, source_system=system, last_seen=seen)
            for (topic, system), seen in sorted(feeds.items())
        ),
    )


def taken_up(
    partitions: Mapping[SourcePartition, str], topics: Mapping[str, SourceTopic]
) -> dict[SourcePartition, Progress]:
    """What the notes of committed offsets say, nothing where a note is of a topic that is gone."""
    known: dict[SourcePartition, Progress] = {}
    for partition, note in partitions.items():
        topic_id = topics[partition.topic].topic_id.hex()
        progress = recall(note)
        known[partition] = progress if progress.topic_id in ("", topic_id) else Progress()
        known[partition].topic_id = topic_id
    return known


def remember(progress: Progress) -> str:
    """A partition's progress as a note; with very many feeds, those heard of longest ago are left out."""
    note = msgspec.json.encode(progress)
    if len(note) > _NOTE_BYTES:
        feeds = sorted(progress.last_seen.items(), key=lambda feed: -feed[1])
        while len(note) > _NOTE_BYTES:
            feeds = feeds[: len(feeds) // 2]
            kept = Progress(progress.highest, progress.complete, dict(feeds), progress.topic_id)
            note = msgspec.json.encode(kept)
    return note.decode()


def recall(note: str) -> Progress:
    """What `remember` noted; nothing known where the note is empty or somebody else's."""
    if not note:
        return Progress()
    try:
        return _decode(note.encode())
    except msgspec.MsgspecError:
        return Progress()
