"""How far each source partition is complete, by the time of day: the `live` clock.

The time is given, never asked for here. Somebody asks the time, *then* the end of each partition;
when everything below that end is journalled, nothing older than that time less `grace` is expected
of the partition any more, however late it is said:

```
 asked: 12:00:00, end 500        ○ journalled up to 430   nothing is said, time waits
                                 ● journalled up to 500   up_to = 12:00:00 − grace
```

While a partition is behind, its first question stands: asked anew each time, a door that is slow
would never reach the end. A partition that never held a record holds nothing back and has no time
of its own: no data is not zero. Events and heartbeats move no time, they are signs of life: a feed
was last seen when the broker got its last record.

`grace` covers what is published after the end was asked and occurred before: the delay of the
publishers, and their transactions, because the end is that of committed records and one open
transaction hides whatever lies behind its first record. So it has to exceed the longest of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import NamedTuple

from schemas.journal import Watermark
from streams.detection.units import Millis
from streams.door.clock import Progress, SourcePartition, SourceTopic, remember, statement, taken_up


class _Asked(NamedTuple):
    time: Millis
    end: int


class LiveClock:
    """The clock of one door over the source partitions that it reads.

    Args:
        topics: what to say of each source topic, by contract name.
        grace: how much later than it occurred a record may become readable, in ms.
        timeless: topics that have no time.
    """

    def __init__(
        self,
        topics: Mapping[str, SourceTopic],
        grace: Millis,
        timeless: Set[str] = frozenset(),
    ) -> None:
        self._topics = topics
        self._grace = grace
        self._timeless = timeless
        self._progress: dict[SourcePartition, Progress] = {}
        self._asked: dict[SourcePartition, _Asked] = {}
        self._latest: Millis = 0  # time asked last

    def assign(
        self, partitions: Mapping[SourcePartition, str], topics: Mapping[str, SourceTopic] | None = None
    ) -> None:
        """Start with these partitions, each with the note that its committed offset carries ("" if none)."""
        self._topics = self._topics if topics is None else topics
        self._progress = taken_up(partitions, self._topics)
        self._asked = {}

    def progress(self, partition: SourcePartition) -> Progress:
        """To be moved by the events and heartbeats that are journalled, in order."""
        return self._progress[partition]

    def remember(self, partition: SourcePartition) -> str:
        """What to commit beside the offset up to which the partition's records are journalled."""
        return remember(self._progress[partition])

    def ask(self, time: Millis, ends: Mapping[SourcePartition, int]) -> None:
        """At `time`, or a little later, these were the ends of the partitions.

        A time before the last one, of a clock that was set back, tells nothing.
        """
        if time < self._latest:
            return
        self._latest = time
        for partition, end in ends.items():
            if partition in self._progress:
                self._asked.setdefault(partition, _Asked(time, end))

    def reached(self, journalled: Mapping[SourcePartition, int]) -> bool:
        """Whether every partition that was asked about is journalled up to the end that it had then.

        Args:
            journalled: next offset of each partition; all below it is on its way into the journal.
        """
        return bool(self._asked) and all(journalled[p] >= asked.end for p, asked in self._asked.items())

    def say(self, journalled: Mapping[SourcePartition, int]) -> Watermark | None:
        """The statement about the partitions that are journalled as far as was asked; None when none is."""
        done = {p: asked for p, asked in self._asked.items() if journalled[p] >= asked.end}
        if not done:
            return None
        for partition in done:
            del self._asked[partition]
        said = {partition: self._up_to(partition, asked) for partition, asked in done.items()}
        return statement(said, self._progress, self._topics)

    def _up_to(self, partition: SourcePartition, asked: _Asked) -> Millis | None:
        return None if asked.end == 0 or partition.topic in self._timeless else asked.time - self._grace
