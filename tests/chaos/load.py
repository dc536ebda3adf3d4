"""The load under which faults happen: endless, seeded, and as untidy as real publishers are.

A fifth of the records lie in a partition that is not their account's, one in a hundred is sent again with the
same event id, one in two hundred breaks the contract.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections import deque
from collections.abc import Iterator

from streams.assembly import load_catalogs, load_packaging, starter
from streams.detection.catalog.load import Catalog
from tests.chaos.events import CONTROL, CRM, DAY_MS, SUPPORT, SYSTEMS, USAGE, Made, heartbeats, stamp
from tests.chaos.lives import Life
from tests.chaos.poison import poison
from tests.chaos.record import Record

_MISPLACED = 0.2
_REPEATED = 0.01
_BROKEN = 0.005
_SHORTEST_LIFE, _LONGEST_LIFE = 40, 240


class Load:
    """All accounts; each ends one day and another begins in its place. `calm` is that of the lives."""

    def __init__(self, seed: int, accounts: int = 150, calm: int = 1) -> None:
        self._seed = seed
        self._calm = calm
        self._rng = random.Random(f"{seed}/load")
        # Floods and jumps are asked for from another thread: they have dice of their own.
        self._other = random.Random(f"{seed}/other")
        self._jumps: deque[int] = deque()
        self._activated = 0
        self._day = 0
        self._born = 0
        self._slots = [(self._new(), -1) for _ in range(accounts)]
        self._last: deque[Record] = deque(maxlen=40)

    def _new(self) -> Life:
        self._born += 1
        return Life(f"acct-{self._born:05d}", random.Random(f"{self._seed}/{self._born}"), self._calm)

    def jump(self, days: int) -> None:
        """The publishers' clocks go on so many days later (fewer than 0: earlier)."""
        self._jumps.append(days)

    def records(self) -> Iterator[Record]:
        """Day after day, for ever."""
        while True:
            while self._jumps:
                self._day = max(1, self._day + self._jumps.popleft())
            day = self._day
            self._day += 1
            made = [event for slot in range(len(self._slots)) for event in self._live(slot, day)]
            made += heartbeats(day)
            made.sort(key=lambda event: event.at)
            for event in made:
                yield from self._untidy(event)

    def _live(self, slot: int, day: int) -> list[Made]:
        life, until = self._slots[slot]
        if until < 0:
            length = self._rng.randint(_SHORTEST_LIFE, _LONGEST_LIFE)
            # The first ones do not all end at once.
            self._slots[slot] = life, day + (length if day else self._rng.randint(1, length))
            return life.begins(day) + life.lives(day)
        if day < until:
            return life.lives(day)
        successor = self._new()
        self._slots[slot] = successor, -1
        return life.ends(day, successor.account)

    def _untidy(self, event: Made) -> Iterator[Record]:
        rng = self._rng
        if not event.account:
            yield Record(event.topic, None, event.value, everywhere=True)
            return
        chance = rng.random()
        place = rng.random() if chance < _MISPLACED else None
        record = Record(event.topic, event.account.encode(), event.value, place)
        if chance > 1 - _BROKEN:
            yield poison(rng, event.topic)
        if self._last and chance > 1 - _REPEATED - _BROKEN:
            yield rng.choice(self._last)
        self._last.append(record)
        yield record

    def flood(self, count: int) -> list[Record]:
        """So many records that break the contract, over all topics."""
        topics = (USAGE, SUPPORT, CRM)
        return [poison(self._other, self._other.choice(topics)) for _ in range(count)]

    def wild_clock(self, count: int) -> list[Record]:
        """Sessions of a publisher whose clock is anywhere: minutes off, years back, years ahead of all others."""
        offs = (-3_600_000, -9 * DAY_MS, -100 * DAY_MS, -200 * DAY_MS, 7_200_000, 2 * DAY_MS, 40_000 * DAY_MS)
        made = []
        for number in range(count):
            life, _ = self._other.choice(self._slots)
            at = max(0, self._day * DAY_MS + self._other.choice(offs))
            event = {
                "event_id": f"wild-{self._day}-{number}",
                "type": "session.started",
                "schema_version": 1,
                "account_id": life.account,
                "occurred_at": stamp(at),
                "source_system": SYSTEMS[USAGE],
                "user_id": "u-1",
            }
            made.append(Record(USAGE, life.account.encode(), json.dumps(event).encode()))
        return made

    def activation(self) -> Record:
        """Another catalog for one of the motions: the starter's few signals, and the next time all of them."""
        self._activated += 1
        motion, whole = self._activated % 2, self._activated // 2 % 2 == 1
        packaging = load_packaging()
        made: Catalog = load_catalogs(packaging, overlays=() if whole else (starter(),))[motion]
        event = {
            "event_id": f"activated-{self._activated}",
            "type": "catalog.activated",
            "schema_version": 1,
            "occurred_at": stamp(self._day * DAY_MS),
            "source_system": SYSTEMS[CONTROL],
            "motion": made.motion,
            "version": f"{made.version}-{self._activated}",
            "sha256": hashlib.sha256(made.text.encode()).hexdigest(),
            "catalog": made.text,
        }
        return Record(CONTROL, made.motion.encode(), json.dumps(event).encode())
