"""Which source partition to take from next, so that backlogs stay side by side in event time.

Three topics read from a backlog arrive as fast as the network likes: without pacing, a year of
usage would be journalled before the first ticket, and every rule over two sources would see a
world that never was. So a partition whose next record is more than `ahead_ms` of event time ahead
of the slowest unread partition waits for it:

```
 usage/0    ──────────────●▒▒▒▒▒▒      next record 14:20, waits
 usage/1    ────────●▒▒▒▒▒▒▒▒▒         13:05, may run to 13:50
 support/0  ──────●▒▒▒                 12:50, the slowest: 12:50 + 1 h is everybody's limit
 crm/0      ───────────|               read to its end: holds nobody back
```

A partition that was read to its end holds nothing back, one with unread records of which none has
been fetched yet holds back everything. A late record counts as at its partition's own present:
otherwise one old event would stop all others.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, NamedTuple, TypeVar

from streams.detection.units import Millis

P = TypeVar("P")
T = TypeVar("T")


class Chunk(Generic[T]):
    """A fetched batch that waits for its turn; `done` of its items have been taken."""

    __slots__ = ("done", "items", "reach")

    def __init__(self, items: Sequence[T], reach: list[Millis | None]) -> None:
        self.items = items
        self.reach = reach
        self.done = 0


class Run(NamedTuple, Generic[P, T]):
    """Items `start` to `stop` of a partition's chunk; `whole` when these were the last of it."""

    partition: P
    chunk: Chunk[T]
    start: int
    stop: int
    whole: bool


class _Queue(Generic[T]):
    __slots__ = ("chunks", "last", "length", "taken")

    def __init__(self) -> None:
        self.chunks: deque[Chunk[T]] = deque()
        self.length = 0  # items waiting
        self.last: Millis | None = None  # highest event time queued
        self.taken: Millis | None = None  # highest event time taken


class Pacer(Generic[P, T]):
    """Queues of fetched batches by source partition, taken in event time order within a tolerance.

    Args:
        ahead_ms: how far a partition may run ahead of the slowest unread one.
        ended: whether everything that a partition's log holds was handed to `add`; asked only for
            partitions with an empty queue.
    """

    def __init__(self, ahead_ms: Millis, ended: Callable[[P], bool]) -> None:
        self._ahead = ahead_ms
        self._ended = ended
        self._queues: dict[P, _Queue[T]] = {}

    def assign(self, partitions: Iterable[P]) -> None:
        """Start anew with these partitions; what was queued is dropped (it will be read again)."""
        self._queues = {partition: _Queue() for partition in partitions}

    def add(self, partition: P, items: Sequence[T], times: Sequence[Millis | None]) -> Chunk[T]:
        """Queue a fetched batch; `times` are its items' event times, None where there is none."""
        queue = self._queues[partition]
        last = queue.last
        reach: list[Millis | None] = []
        for time in times:
            if time is not None and (last is None or time > last):
                last = time
            reach.append(last)
        queue.last = last
        queue.length += len(items)
        chunk = Chunk(items, reach)
        queue.chunks.append(chunk)
        return chunk

    def queued(self, partition: P) -> int:
        """Items waiting in a partition's queue."""
        return self._queues[partition].length

    def take(self, most: int) -> Run[P, T] | None:
        """The next run of at most `most` items; None when there is nothing that may go on now."""
        best: P | None = None
        lowest: Millis | None = None  # of the partition to take from
        second: Millis | None = None  # of all others
        blocked = False  # by an unread partition of which nothing is known yet
        for partition, queue in self._queues.items():
            if queue.chunks:
                chunk = queue.chunks[0]
                if chunk.done == len(chunk.reach):
                    return self._pop(partition, queue, chunk, chunk.done)
                head = chunk.reach[chunk.done]
                if head is None:  # nothing but refused records so far: they have no time to wait for
                    return self._pop(partition, queue, chunk, _untimed(chunk, most))
                if lowest is None or head < lowest:
                    second = lowest if second is None or (lowest is not None and lowest < second) else second
                    lowest, best = head, partition
                elif second is None or head < second:
                    second = head
            elif not self._ended(partition):
                if queue.taken is None:
                    blocked = True
                elif second is None or queue.taken < second:
                    second = queue.taken
        if best is None or lowest is None or blocked:
            return None
        queue = self._queues[best]
        chunk = queue.chunks[0]
        stop = min(len(chunk.reach), chunk.done + most)
        if second is not None:
            limit = second + self._ahead
            if lowest > limit:
                return None
            stop = bisect_right(chunk.reach, limit, chunk.done, stop, key=_timed)
        return self._pop(best, queue, chunk, stop)

    def _pop(self, partition: P, queue: _Queue[T], chunk: Chunk[T], stop: int) -> Run[P, T]:
        start, chunk.done = chunk.done, stop
        queue.length -= stop - start
        if stop > start:
            queue.taken = chunk.reach[stop - 1]
        whole = stop == len(chunk.reach)
        if whole:
            queue.chunks.popleft()
        return Run(partition, chunk, start, stop, whole)

    def frontier(self) -> Millis | None:
        """Event time up to which everything unread has been taken: the slowest unread partition's.

        None when that is unknown (something unread of which nothing was seen yet) or when nothing
        is unread; `at_rest` tells these two apart.
        """
        least: Millis | None = None
        for partition, queue in self._queues.items():
            if queue.chunks:
                head = queue.chunks[0].reach[queue.chunks[0].done] if queue.length else queue.taken
            elif self._ended(partition):
                continue
            else:
                head = queue.taken
            if head is None:
                return None
            if least is None or head < least:
                least = head
        return least

    def at_rest(self) -> bool:
        """Whether every partition is read to its end and nothing waits."""
        return all(not queue.chunks and self._ended(partition) for partition, queue in self._queues.items())


def _timed(time: Millis | None) -> Millis:
    assert time is not None  # behind the first timed record of a chunk, `reach` has no gaps
    return time


def _untimed(chunk: Chunk[T], most: int) -> int:
    stop = chunk.done
    while stop < len(chunk.reach) and stop - chunk.done < most and chunk.reach[stop] is None:
        stop += 1
    return stop
