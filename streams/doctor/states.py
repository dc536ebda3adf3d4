"""Whether states and journal belong together, and whether there is room for a copy of them."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from kafka.admin import KafkaAdminClient

from streams.detection.account import UnknownStateVersion
from streams.detection.partition import PartitionState
from streams.doctor.finding import Finding, count, fail, ok, warn
from streams.doctor.sight import CannotLook, Sight
from streams.worker.checks import NotReady
from streams.worker.log_ends import Extent
from streams.worker.rebuild import check_states
from streams.worker.silence import is_of_rebuild
from streams.worker.tails import last_records
from streams.worker.topics import JOURNAL, STATE

_LOST = "end all workers, then start one with `twomotion worker --rebuild`"


def check(sight: Sight) -> Iterator[Finding]:
    topics = sight.topics
    if topics.partitions(JOURNAL) != topics.partitions(STATE):
        return
    journal = sight.admin.extents(topics.journal, topics.journal_partitions)
    states = sight.admin.extents(topics.state, topics.journal_partitions)
    try:
        check_states(sight.admin, sight.settings, topics)
    except NotReady as lost:
        yield fail("states", str(lost).split(". To do:")[0], _LOST)
        return
    yield from _together(sight, journal, states)
    yield from _room(sight)


def _together(sight: Sight, journal: Mapping[int, Extent], states: Mapping[int, Extent]) -> Iterator[Finding]:
    last = asyncio.run(last_records(sight.settings.connection, sight.topics.state, states))
    reached: dict[int, int] = {}
    rebuilding = 0
    try:
        for number, record in last.items():
            if record.key == b"\0partition-%d" % number and record.value:
                reached[number] = PartitionState.decode(record.value).next_offset
            elif is_of_rebuild(record.key or b""):
                rebuilding += 1
    except UnknownStateVersion as newer:
        yield fail("states", str(newer), "go on with the release that wrote it")
        return
    ahead = [number for number, at in reached.items() if at > journal[number].end]
    gone = [number for number, at in reached.items() if at < journal[number].begin]
    if ahead:
        number = ahead[0]
        yield fail(
            "states",
            f"the states are at journal offset {reached[number]} in partition {number}, the journal ends at "
            f"{journal[number].end}: it is another one ({count(len(ahead), 'partition')})",
            "docs/operations.md, lost journal",
        )
    elif gone:
        number = gone[0]
        yield fail(
            "states",
            f"records {reached[number]} to {journal[number].begin - 1} of journal partition {number} are deleted and "
            f"were never folded ({count(len(gone), 'partition')})",
            "docs/operations.md, lost journal; workers must not be down for longer than the journal is kept",
        )
    elif rebuilding:
        yield warn("states", f"a rebuild of {count(rebuilding, 'partition')} is prepared", _LOST)
    else:
        yield ok(
            "states", f"of {count(len(reached), 'journal partition')}, and the journal has what comes next"
        )


def _room(sight: Sight) -> Iterator[Finding]:
    settings = sight.settings
    if settings.store != "rocksdb":
        return
    folder = _existing(settings.data)
    free = shutil.disk_usage(folder).free
    try:
        size = _size(sight)
    except CannotLook as unknown:
        yield warn(
            "store", f"{free >> 20:,} MiB free in {folder}; {unknown}", "compare with the states' topic"
        )
        return
    said = f"{free >> 20:,} MiB free in {folder}, the states' topic has {size >> 20:,} MiB"
    if free < 2 * size:
        yield warn(
            "store", said, "have twice the size of the states free: compaction writes beside what is there"
        )
    else:
        yield ok("store", said)


def _size(sight: Sight) -> int:
    """Bytes of the states' topic on the broker that has most of it."""
    topic = sight.topics.state
    everywhere = sight.admin.ask(KafkaAdminClient.describe_log_dirs, [topic])
    sizes = [
        sum(part["partition_size"] for about in folder["topics"] for part in about["partitions"])
        for broker in everywhere
        for folder in broker["log_dirs"]
    ]
    return max(sizes, default=0)


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    folder = folder.absolute()
    return folder if folder.exists() else _existing(folder.parent)
