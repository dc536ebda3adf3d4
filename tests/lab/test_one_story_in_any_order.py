"""One story opens the same alerts at the same times however its topics are cut into partitions and batches."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping

from schemas.journal import EVENT_HEADER, WATERMARK_HEADER, WATERMARK_KEY, pack_header
from schemas.partitioning import partition_of
from streams.assembly import load_system
from streams.detection.engine import PartitionEngine
from streams.detection.units import HOUR_MS
from streams.door.admit import Admitted, Heartbeat, Refusal, admit
from streams.door.clock import ReplayClock, SourcePartition, SourceTopic
from streams.door.pacing import Pacer
from streams.lab.history import JournalEntry
from streams.story.history import tell

FAR = 4_102_444_800_000
STORY = (14, 120, 1)
ONE = {"product-usage": 1, "support-changes": 1, "crm-changes": 1}
AS_ON_THE_BROKER = {"product-usage": 8, "support-changes": 4, "crm-changes": 4}


def partitions_of_the_story(counts: Mapping[str, int]) -> dict[SourcePartition, list[bytes]]:
    """The lines of each source partition, in the order of publishing."""
    lines: dict[SourcePartition, list[bytes]] = defaultdict(list)
    for record in tell(*STORY).records():
        count = counts[record.topic]
        if record.type == "source.heartbeat":
            for partition in range(count):
                lines[SourcePartition(record.topic, partition)].append(record.line)
        else:
            account = str(json.loads(record.line)["account_id"]).encode()
            lines[SourcePartition(record.topic, partition_of(account, count))].append(record.line)
    return lines


def journal_of(counts: Mapping[str, int], most: int, dice: random.Random) -> Iterator[JournalEntry]:
    """As a door in replay writes it that fetches and takes at most so many records at a time."""
    lines = partitions_of_the_story(counts)
    ids = {topic: topic.encode()[:8] for topic in counts}
    clock = ReplayClock({topic: SourceTopic(ids[topic], count) for topic, count in counts.items()})
    clock.assign(dict.fromkeys(lines, ""))
    fetched = dict.fromkeys(lines, 0)

    def ended(where: SourcePartition) -> bool:
        return fetched[where] == len(lines[where])

    pacer: Pacer[SourcePartition, tuple[int, Admitted | Heartbeat | Refusal]] = Pacer(HOUR_MS, ended)
    pacer.assign(lines)
    offset = 0
    while True:
        for where, found in lines.items():
            if not ended(where) and not pacer.queued(where):
                start = fetched[where]
                chunk = found[start : start + dice.randint(1, most)]
                items = [(start + n, admit(where.topic, None, line, FAR)) for n, line in enumerate(chunk)]
                pacer.add(where, items, [None if isinstance(v, Refusal) else v.occurred for _, v in items])
                fetched[where] += len(chunk)
        run = pacer.take(dice.randint(1, most))
        if run is not None:
            progress = clock.progress(run.partition)
            for position, verdict in run.chunk.items[run.start : run.stop]:
                if isinstance(verdict, Heartbeat):
                    progress.heartbeat(verdict.source_system, verdict.occurred, verdict.complete_up_to)
                elif isinstance(verdict, Admitted):
                    progress.event(verdict.source_system, verdict.occurred)
                    [taken] = verdict.entries
                    header = pack_header(
                        ids[run.partition.topic], run.partition.partition, position, 0, verdict.occurred
                    )
                    yield JournalEntry(0, offset, taken.key, taken.value, ((EVENT_HEADER, header),), 0)
                    offset += 1
        frontier = pacer.frontier()
        if run is None or clock.due(frontier):
            said = clock.say(frontier, [where for where in lines if ended(where)])
            yield JournalEntry(0, offset, WATERMARK_KEY, said.encode(), ((WATERMARK_HEADER, b""),), 0)
            offset += 1
        if run is None:
            return


def opened(counts: Mapping[str, int], most: int, seed: int) -> dict[str, tuple[str, str]]:
    """Alert id -> when it was decided, and as how strong."""
    engine = PartitionEngine(load_system(), 0, {})
    found = {}
    for entry in journal_of(counts, most, random.Random(seed)):
        for message in engine.process([entry]):
            body = json.loads(message.value or b"{}")
            if body.get("status") == "opened":
                level = body.get("severity") or body["strength"]
                found[body["alert_id"]] = (body["times"]["decided_at"], level)
    return found


def test_partitions_and_batches_leave_no_trace() -> None:
    one, many = opened(ONE, 512, 1), opened(AS_ON_THE_BROKER, 512, 1)
    assert one == many and len(one) > 20
