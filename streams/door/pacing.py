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
from heapq import heappop, heappush, heapreplace
from typing import Final, Generic, NamedTuple, TypeVar, cast

from streams.detection.units import Millis

P = TypeVar("P")
T = TypeVar("T")

#: In place of a time: nothing that has one comes first.
_AT_ONCE: Final[Millis] = -(1 << 63)


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
    __slots__ = ("chunks", "last", "length", "place", "taken")

    def __init__(self, place: int) -> None:
        self.place = place  # in the order of the assignment
        self.chunks: deque[Chunk[T]] = deque()
        self.length = 0  # items waiting
        self.last: Millis | None = None  # highest event time queued
        self.taken: Millis | None = None  # highest event time taken

    def head(self) -> Millis:
        """Event time of the next item."""
        chunk = self.chunks[0]
        head = chunk.reach[chunk.done] if chunk.done < len(chunk.reach) else None
        return _AT_ONCE if head is None else head


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
        self.assign(())

    def assign(self, partitions: Iterable[P]) -> None:
        """Start anew with these partitions; what was queued is dropped (it will be read again)."""
        self._queues: dict[P, _Queue[T]] = {
            partition: _Queue(place) for place, partition in enumerate(partitions)
        }
        self._idle = dict(self._queues)  # those with an empty queue
        # A heap of the others by the time of their next item: near each other in time, partitions have their
        # turns after a few records each, and a look at all of them would cost as much as the records.
        self._waiting: list[tuple[Millis, int, P]] = []

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
        if self._idle.pop(partition, None) is not None:
            heappush(self._waiting, (queue.head(), queue.place, partition))
        return chunk

    def queued(self, partition: P) -> int:
        """Items waiting in a partition's queue."""
        return self._queues[partition].length

    def take(self, most: int) -> Run[P, T] | None:
        """The next run of at most `most` items; None when there is nothing that may go on now."""
        waiting = self._waiting
        if not waiting:
            return None
        head, _, partition = waiting[0]
        chunk = self._queues[partition].chunks[0]
        if (
            head == _AT_ONCE
        ):  # a batch without records, or nothing but refused ones so far: no time to wait for
            return self._pop(chunk, _untimed(chunk, most))
        # The second of a heap is one of two.
        second: Millis | None = min(waiting[1:3])[0] if len(waiting) > 1 else None
        for idle, queue in self._idle.items():
            if self._ended(idle):
                continue
            if queue.taken is None:  # unread, and nothing is known of it yet
                return None
            if second is None or queue.taken < second:
                second = queue.taken
        stop = min(len(chunk.reach), chunk.done + most)
        if second is not None:
            limit = second + self._ahead
            if head > limit:
                return None
            # Behind the first timed record of a chunk, `reach` has no gaps.
            stop = bisect_right(cast("list[Millis]", chunk.reach), limit, chunk.done, stop)
        return self._pop(chunk, stop)

    def _pop(self, chunk: Chunk[T], stop: int) -> Run[P, T]:
        """Take up to `stop` of the chunk that has its turn."""
        _, place, partition = self._waiting[0]
        queue = self._queues[partition]
        start, chunk.done = chunk.done, stop
        queue.length -= stop - start
        if stop > start:
            queue.taken = chunk.reach[stop - 1]
        whole = stop == len(chunk.reach)
        if whole:
            queue.chunks.popleft()
        if queue.chunks:
            heapreplace(self._waiting, (queue.head(), place, partition))
        else:
            heappop(self._waiting)
            self._idle[partition] = queue
        return Run(partition, chunk, start, stop, whole)

    def frontier(self) -> Millis | None:
        """Event time up to which everything unread has been taken: the slowest unread partition's.

        None when that is unknown (something unread of which nothing was seen yet) or when nothing
        is unread; `at_rest` tells these two apart.
        """
        least: Millis | None = None
        if self._waiting:
            least = self._waiting[0][0]
            if least == _AT_ONCE:
                return None
        for partition, queue in self._idle.items():
            if self._ended(partition):
                continue
            if queue.taken is None:
                return None
            if least is None or queue.taken < least:
                least = queue.taken
        return least

    def at_rest(self) -> bool:
        """Whether every partition is read to its end and nothing waits."""
        return not self._waiting and all(self._ended(partition) for partition in self._idle)


def _untimed(chunk: Chunk[T], most: int) -> int:
    stop = chunk.done
    while stop < len(chunk.reach) and stop - chunk.done < most and chunk.reach[stop] is None:
        stop += 1
    return stop
