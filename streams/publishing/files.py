"""A file or a pipe of JSON lines onto a topic: first all of it is checked, then all of it is published."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from streams.publishing.check import Checked, Message, check_lines
from streams.publishing.publisher import Publisher

PIPE_BOUND_BYTES = 16 * 1024 * 1024
"""A pipe is read whole, and checked whole, up to this size; a longer one is published in pieces of it."""

Told = Callable[[int], None]
"""Told the number of bytes of the input that were worked on since the last time."""


def _nobody(_: int) -> None:
    return None


@dataclass
class Published:
    """What happened. `stopped` is true when refused lines kept something from being published."""

    checked: Checked = field(default_factory=Checked)
    records: int = 0
    """Acknowledged by the broker; a heartbeat counts once a partition."""
    stopped: bool = False


def check_file(topic: str, path: Path, now_ms: int, told: Told = _nobody) -> Checked:
    """Check every line of a file; OSError when it cannot be read."""
    checked = Checked()
    with path.open("rb") as file:
        for _ in check_lines(topic, _counted(file, told), checked, now_ms):
            pass
    return checked


async def publish_file(
    publisher: Publisher,
    topic: str,
    path: Path,
    now_ms: int,
    *,
    skip_refused: bool = False,
    told: Told = _nobody,
) -> Published:
    """Check a file, then publish it. Nothing is published if a line is refused, unless that is to be skipped.

    `told` hears of each byte twice: once when it is checked, once when it is published.
    """
    result = Published(check_file(topic, path, now_ms, told))
    if result.checked.refused and not skip_refused:
        result.stopped = True
        return result
    # Read twice rather than kept: a history of a year does not fit into memory.
    with path.open("rb") as file:
        await _put_all(publisher, topic, check_lines(topic, _counted(file, told), Checked(), now_ms))
    result.records = publisher.acknowledged.total()
    return result


async def publish_pipe(
    publisher: Publisher,
    topic: str,
    pipe: BinaryIO,
    now_ms: Callable[[], int],
    *,
    skip_refused: bool = False,
    bound_bytes: int = PIPE_BOUND_BYTES,
) -> Published:
    """Publish what comes out of a pipe, piece by piece; one piece when it is no longer than the bound.

    Each piece is checked whole before any of it is published, and a refused line stops the rest: pieces
    before it are published then.
    """
    result = Published()
    number = 1
    while lines := _piece(pipe, bound_bytes):
        before = len(result.checked.refused)
        messages = list(check_lines(topic, lines, result.checked, now_ms(), start=number))
        number += len(lines)
        if len(result.checked.refused) > before and not skip_refused:
            result.stopped = True
            break
        await _put_all(publisher, topic, messages)
    result.records = publisher.acknowledged.total()
    return result


async def _put_all(publisher: Publisher, topic: str, messages: Iterable[Message]) -> None:
    for account, value in messages:
        if account is None:
            await publisher.put_everywhere(topic, value)
        else:
            await publisher.put(topic, account, value)
    await publisher.flush()


def _piece(pipe: BinaryIO, bound_bytes: int) -> list[bytes]:
    taken = 0
    lines: list[bytes] = []
    for line in itertools.takewhile(bool, iter(pipe.readline, b"")):
        lines.append(line)
        taken += len(line)
        if taken >= bound_bytes:
            break
    return lines


def _counted(lines: Iterable[bytes], told: Told, every_bytes: int = 256 * 1024) -> Iterator[bytes]:
    read = 0
    for line in lines:
        yield line
        read += len(line)
        if read >= every_bytes:
            told(read)
            read = 0
    told(read)
