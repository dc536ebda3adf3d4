"""All of a file or nothing of it; a long pipe piece by piece."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

from streams.devkafka import Broker
from streams.publishing import Publisher
from streams.publishing.files import Published, publish_file, publish_pipe
from tests.support.events import heartbeat, session
from tests.support.topics import apply_topics, records_on

NOW_MS = 2_000_000_000_000
TOPIC = "product-usage"
BAD = b"{nonsense}"


def write(path: Path, *lines: bytes) -> Path:
    path.write_bytes(b"\n".join(lines))
    return path


def test_nothing_of_a_file_with_a_refused_line_is_published(
    kafka: Broker, prefix: str, tmp_path: Path
) -> None:
    apply_topics(kafka.bootstrap, prefix)
    file = write(tmp_path / "mixed.jsonl", session(1, "acme"), BAD, session(2, "acme"))

    async def publish(skip: bool) -> Published:
        async with Publisher(kafka.bootstrap, prefix) as publisher:
            return await publish_file(publisher, TOPIC, file, NOW_MS, skip_refused=skip)

    refused = asyncio.run(publish(skip=False))
    assert refused.stopped and refused.records == 0
    assert records_on(kafka.bootstrap, prefix + TOPIC) == []

    skipped = asyncio.run(publish(skip=True))
    assert not skipped.stopped and skipped.records == 2
    assert len(records_on(kafka.bootstrap, prefix + TOPIC)) == 2


def test_the_progress_of_a_file_ends_at_twice_its_size(kafka: Broker, prefix: str, tmp_path: Path) -> None:
    apply_topics(kafka.bootstrap, prefix)
    file = write(tmp_path / "many.jsonl", *(session(number, "acme") for number in range(5_000)), heartbeat(1))
    told: list[int] = []

    async def publish() -> Published:
        async with Publisher(kafka.bootstrap, prefix) as publisher:
            return await publish_file(publisher, TOPIC, file, NOW_MS, told=told.append)

    result = asyncio.run(publish())

    assert (result.checked.events, result.checked.heartbeats, result.records) == (5_000, 1, 5_008)
    assert sum(told) == 2 * file.stat().st_size
    assert len(told) > 2


def test_a_pipe_longer_than_the_bound_is_published_up_to_the_piece_with_a_refused_line(
    kafka: Broker, prefix: str
) -> None:
    apply_topics(kafka.bootstrap, prefix)
    lines = [session(number, "acme") for number in range(10)]
    bound = 3 * len(lines[0])
    lines[7] = BAD
    pipe = io.BytesIO(b"\n".join(lines))

    async def publish() -> Published:
        async with Publisher(kafka.bootstrap, prefix) as publisher:
            return await publish_pipe(publisher, TOPIC, pipe, lambda: NOW_MS, bound_bytes=bound)

    result = asyncio.run(publish())

    assert result.stopped
    assert [line.number for line in result.checked.refused] == [8]
    assert result.records == len(records_on(kafka.bootstrap, prefix + TOPIC)) == 6
