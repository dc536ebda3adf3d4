"""Watermarks to clocks: how far time has come, per source topic and per feed, without asking what time it is."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from schemas.journal import Watermark
from streams.detection.rules import TOPIC_OF_CLOCK, Clock
from streams.detection.units import HOUR_MS, Millis, day_of, day_start

STALL_AFTER: dict[str, Millis] = {
    "product-usage": 1 * HOUR_MS,
    "support-changes": 26 * HOUR_MS,
    "crm-changes": 36 * HOUR_MS,
}
"""How long a feed may give no sign of life before its clock is held (nightly batches need the longer ones)."""

# As plain numbers: members of an enum are found by a call.
_USAGE, _CALENDAR = int(Clock.USAGE), int(Clock.CALENDAR)

Feed = tuple[str, str]
"""(topic, source_system): three products on one topic are three feeds, and one of them can die alone."""


#: Former topics of one name that are remembered.
_FORMER = 8


class TopicState(msgspec.Struct, array_like=True):
    """What the doors have said about one source topic."""

    of: int = 0
    up_to: dict[int, Millis | None] = {}  # partition -> nothing older is expected; None: never held a record
    clock: Millis = 0  # the topic's clock, never going back; 0: not all partitions have spoken
    topic_id: str = ""  # which topic of this name is spoken of; empty in a state of an earlier release
    former: list[str] = []  # ids of the topics that it was created anew after, the latest last

    def speaks_of(self, topic_id: str) -> bool:
        """Whether a statement about the topic of this id counts. One created anew starts afresh: it may have fewer
        partitions, and the ones that are gone will never speak again."""
        if topic_id in self.former:
            return False  # by a door that has not noticed yet
        if topic_id != self.topic_id:
            if self.topic_id:
                self.former = [*self.former, self.topic_id][-_FORMER:]
                self.of, self.up_to = 0, {}
            self.topic_id = topic_id
        return True


class ClockState(msgspec.Struct, array_like=True):
    """The part of the partition record that holds time."""

    topics: dict[str, TopicState] = {}
    feeds: dict[str, dict[str, Millis]] = {}  # topic -> source_system -> last sign of life


class Clocks:
    """Time as one journal partition knows it. Watermarks may repeat and arrive out of order: maxima are taken.

    What is asked at every event is worked out when a watermark comes: how far each clock is, and which feeds hold
    theirs back, mostly none.
    """

    def __init__(
        self, state: ClockState | None = None, stall_after: Mapping[Feed, Millis] | None = None
    ) -> None:
        self.state = state or ClockState()
        self._stall_after = dict(stall_after or {})
        self.furthest: list[Millis] = [0] * len(Clock)
        """By clock: how far it has come for any account."""
        self.midnights: list[Millis] = [0] * len(Clock)
        """By clock: the last midnight of `furthest`. No account is ahead of its topic: what comes after the topic's
        midnight comes after the account's."""
        self._held: list[dict[str, Millis]] = [{} for _ in Clock]  # system -> its clock, of the stalled ones
        self._work_out()

    def note(self, mark: Watermark) -> tuple[Clock, ...]:
        """Take what one door says about its partitions; the clocks of which a feed has given a sign of life."""
        topics = self.state.topics
        for said in mark.partitions:
            topic = topics.get(said.topic)
            if topic is None:
                topic = topics[said.topic] = TopicState()
            if said.topic_id != topic.topic_id and not topic.speaks_of(said.topic_id):
                continue
            if said.of > topic.of:
                topic.of = said.of
            known = topic.up_to.get(said.partition)
            if known is None or (said.up_to is not None and said.up_to > known):
                topic.up_to[said.partition] = said.up_to
        alive: set[str] = set()
        for feed in mark.feeds:
            systems = self.state.feeds.setdefault(feed.topic, {})
            if feed.last_seen > systems.get(feed.source_system, -1):
                systems[feed.source_system] = feed.last_seen
                alive.add(feed.topic)
        for topic in topics.values():
            spoken = topic.up_to
            if len(spoken) < topic.of:
                continue
            moving = [up_to for up_to in spoken.values() if up_to is not None]
            if moving:
                topic.clock = max(topic.clock, min(moving))
        self._work_out()
        return tuple(clock for clock, topic in TOPIC_OF_CLOCK.items() if topic in alive)

    def _work_out(self) -> None:
        for clock, topic in TOPIC_OF_CLOCK.items():
            self.furthest[clock] = self.topic(topic)
            self._held[clock] = {
                system: self.feed(topic, system)
                for system in self.state.feeds.get(topic, ())
                if self.stalled(topic, system)
            }
        self.furthest[_CALENDAR] = max(self.furthest)
        self.midnights = [day_start(day_of(furthest)) for furthest in self.furthest]

    def topic(self, name: str) -> Millis:
        """The topic's own clock, stalled feeds or not; 0 before all its partitions have spoken."""
        found = self.state.topics.get(name)
        return found.clock if found else 0

    @property
    def calendar(self) -> Millis:
        """The clock of pure dates: the furthest of the sources', so that a dead CRM stops no renewal reminder."""
        return self.furthest[_CALENDAR]

    def stall_after(self, topic: str, system: str) -> Millis | None:
        """None: the feed is never taken for stalled (feedback comes when people answer)."""
        return self._stall_after.get((topic, system), STALL_AFTER.get(topic))

    def feed(self, topic: str, system: str) -> Millis:
        """The feed's clock: the topic's, held at its last sign of life + `stall_after`."""
        clock = self.topic(topic)
        last_seen = self.state.feeds.get(topic, {}).get(system)
        patience = self.stall_after(topic, system)
        if last_seen is None or patience is None:
            return clock
        return min(clock, last_seen + patience)

    def stalled(self, topic: str, system: str) -> bool:
        """Whether the feed's clock is being held."""
        return self.feed(topic, system) < self.topic(topic)

    def of_account(self, clock: Clock, feeds: Mapping[str, Mapping[str, int]]) -> Millis:
        """An account's clock: the earliest of the feeds that feed it, the topic's where none has yet."""
        furthest, held = self.furthest[clock], self._held[clock]
        if not held:
            return furthest
        systems = feeds.get(TOPIC_OF_CLOCK[clock], ())
        return min([held.get(system, furthest) for system in systems], default=furthest)

    def is_late(self, occurred: Millis, feeds: Mapping[str, Mapping[str, int]]) -> bool:
        """Whether something belongs to a day that was over for the account's usage."""
        if occurred >= self.midnights[_USAGE]:
            return False
        return day_of(occurred) < day_of(self.of_account(Clock.USAGE, feeds))

    def holding(self, feeds: Mapping[str, Mapping[str, int]]) -> list[tuple[Clock, str, Millis]]:
        """The clocks that a feed of the account holds back: by which feed (`topic/system`), and at what time."""
        found = []
        for clock, topic in TOPIC_OF_CLOCK.items():
            if held := self._held[clock]:
                stalled = [system for system in feeds.get(topic, ()) if system in held]
                if stalled:
                    last = max(stalled)
                    found.append((clock, f"{topic}/{last}", held[last]))
        return found

    def stalled_feeds(self) -> frozenset[Feed]:
        """Every feed whose clock is held now."""
        return frozenset(
            (topic, system) for clock, topic in TOPIC_OF_CLOCK.items() for system in self._held[clock]
        )
