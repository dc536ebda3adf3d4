"""When the door speaks of time: the two clock modes against Kafka.

`ReplayTime` speaks when the events have moved on by a span of event time, and once more at rest.
`LiveTime` asks the time and the partitions' ends every so often and speaks when they are reached.

The time is the broker's, taken from the ack of an empty statement: the same clock that the
publishers' times are checked against (LogAppendTime), so a worker whose own clock is wrong pushes
nobody's time ahead.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Protocol

from aiokafka.errors import KafkaError

from schemas.journal import Watermark
from streams.detection.units import SECOND_MS, Millis
from streams.door.clock import Progress, ReplayClock, SourcePartition, SourceTopic
from streams.door.live_clock import LiveClock
from streams.door.pacing import Pacer
from streams.worker.journal_writer import Item
from streams.worker.settings import WorkerSettings
from streams.worker.topics import CONTROL, JOURNAL, Topics

_log = logging.getLogger(__name__)

#: Longest wait for the broker's answer about the ends, in s.
_ANSWER_S = 10.0
#: How soon the live clock asks again when nobody answered, in s.
_AGAIN_S = 1.0


class Reading(Protocol):
    """What the clocks ask of the door."""

    @property
    def journalled(self) -> Mapping[SourcePartition, int]:
        """Next offset of each assigned partition: everything below it is on its way into the journal."""
        ...

    def ended(self) -> Iterable[SourcePartition]:
        """The partitions that are read to their end."""
        ...


class DoorTime(Protocol):
    """One clock mode of a door."""

    by_arrival: bool  #: whether a feed was last seen when the broker got its record, not when that occurred
    owes: bool  #: whether something was journalled that no statement has covered yet

    def assign(self, notes: Mapping[SourcePartition, str], topics: Mapping[str, SourceTopic]) -> None: ...
    def moved(self) -> None:
        """Something was journalled."""
        ...

    def progress(self, partition: SourcePartition) -> Progress: ...
    def remember(self, partition: SourcePartition) -> str: ...

    def statement(self, now_s: float) -> Watermark | None:
        """What is to be said now, by the process's own steady clock; to be written at once."""
        ...

    def patience_s(self, now_s: float) -> float | None:
        """How long nothing can be due while the door is at rest; None: until it is woken."""
        ...

    async def run(self) -> None:
        """What goes on beside reading, for ever."""
        ...


class ReplayTime:
    """Only events and in-band heartbeats move time."""

    by_arrival = False

    def __init__(
        self, settings: WorkerSettings, topics: Topics, door: Reading, pacer: Pacer[SourcePartition, Item]
    ) -> None:
        self._door = door
        self._pacer = pacer
        self._idle_s = settings.idle_s
        self._clock = ReplayClock(
            topics.sources, settings.lateness_s * SECOND_MS, settings.watermark_every_s * SECOND_MS
        )
        self._rest_since: float | None = None
        self.owes = False
        self.progress = self._clock.progress
        self.remember = self._clock.remember

    def assign(self, notes: Mapping[SourcePartition, str], topics: Mapping[str, SourceTopic]) -> None:
        self._clock.assign(notes, topics)
        self.moved()

    def moved(self) -> None:
        self._rest_since, self.owes = None, True

    def statement(self, now_s: float) -> Watermark | None:
        """A moving one when the slowest partition has moved far enough, a closing one after a moment at rest."""
        frontier = self._pacer.frontier()
        if frontier is not None or not self._pacer.at_rest():
            self._rest_since = None
            if not self._clock.due(frontier):
                return None
            self.owes = False
            return self._clock.say(frontier, self._door.ended())
        if self._rest_since is None:
            self._rest_since = now_s
        if not self.owes or now_s < self._rest_since + self._idle_s:
            return None
        self.owes = False
        ended = list(self._door.ended())
        return self._clock.say(None, ended) if self._clock.has_news(ended) else None

    def patience_s(self, now_s: float) -> float | None:
        if not self.owes or self._rest_since is None:
            return self._idle_s
        return max(0.0, self._rest_since + self._idle_s - now_s)

    async def run(self) -> None:
        """Nothing: replay knows no other time than the events'."""


class LiveTime:
    """The time of day moves time, while the door is caught up.

    Args:
        ask_time: the broker's time, in ms; None when it does not say.
        ask_ends: the ends of these partitions, for a reader of committed records.
        wake: called when there may be something to say.
    """

    by_arrival = True

    def __init__(
        self,
        settings: WorkerSettings,
        topics: Topics,
        door: Reading,
        ask_time: Callable[[], Awaitable[Millis | None]],
        ask_ends: Callable[[Iterable[SourcePartition]], Awaitable[Mapping[SourcePartition, int]]],
        wake: Callable[[], None],
    ) -> None:
        self._door = door
        self._every_s = settings.live_every_s
        self._clock = LiveClock(topics.sources, round(settings.grace_s * SECOND_MS), frozenset({CONTROL}))
        self._ask_time = ask_time
        self._ask_ends = ask_ends
        self._wake = wake
        self._assigned: frozenset[SourcePartition] = frozenset()
        self._anew = asyncio.Event()
        self._patient_until: float | None = None  # for the partitions that are behind
        self.owes = False
        self.progress = self._clock.progress
        self.remember = self._clock.remember

    def assign(self, notes: Mapping[SourcePartition, str], topics: Mapping[str, SourceTopic]) -> None:
        self._clock.assign(notes, topics)
        self._assigned = frozenset(notes)
        self._patient_until = None
        self.moved()
        self._anew.set()

    def moved(self) -> None:
        self.owes = True

    def statement(self, now_s: float) -> Watermark | None:
        """As soon as everything that was asked about is reached; after a while, about what is reached."""
        whole = self._clock.reached(self._door.journalled)
        if not whole and (self._patient_until is None or now_s < self._patient_until):
            return None
        self._patient_until = None
        if whole:
            self.owes = False
        return self._clock.say(self._door.journalled)

    def patience_s(self, now_s: float) -> float | None:
        return None if self._patient_until is None else max(0.0, self._patient_until - now_s)

    async def run(self) -> None:
        """Ask, at once after every assignment and then every so often."""
        while True:
            self._anew.clear()
            assigned = self._assigned
            patience = self._every_s
            # Without an answer time waits; what falls due meanwhile is found when there is one.
            if assigned and not await self._ask(assigned):
                patience = min(_AGAIN_S, self._every_s)
            try:
                await asyncio.wait_for(self._anew.wait(), patience)
            except TimeoutError:
                continue

    async def _ask(self, assigned: frozenset[SourcePartition]) -> bool:
        """Ask for the time, then for the ends; whether both were told."""
        now = await self._ask_time()
        if now is None:
            _log.warning("the broker gave no time: has %s kept LogAppendTime?", JOURNAL)
            return False
        try:
            ends = await asyncio.wait_for(self._ask_ends(assigned), _ANSWER_S)
        except (KafkaError, TimeoutError) as unanswered:
            _log.info("the ends of the sources are not known: %r", unanswered)
            return False
        if self._assigned is assigned:
            self._clock.ask(now, ends)
            self._patient_until = time.monotonic() + self._every_s / 2
            self._wake()
        return True
