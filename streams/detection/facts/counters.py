"""How many of something on each day."""

from __future__ import annotations

import msgspec

from streams.detection.facts.activity import HORIZON_DAYS
from streams.detection.units import Day

LARGEST_COUNT = 2**53
"""A day's count stops here: it must survive MessagePack and a JSON reader."""


class DayCounter(msgspec.Struct, array_like=True, gc=False):
    """Counts of consecutive days from `base`, at most 128. Ranges are inclusive, a day without a bucket
    counts 0.

    >>> calls = DayCounter()
    >>> calls.add(20_000, 5), calls.add(20_002, 1), calls.add(19_999, 2)
    (True, True, True)
    >>> calls.sum(19_999, 20_001), calls.slice(19_998, 20_002)
    (7, [0, 2, 5, 0, 1])
    """

    base: Day = 0
    counts: list[int] = msgspec.field(default_factory=list)

    @property
    def newest(self) -> Day | None:
        """The last day that has a bucket."""
        return self.base + len(self.counts) - 1 if self.counts else None

    def add(self, day: Day, n: int) -> bool:
        """Add to a day (a negative n takes back, not below 0); False if it is older than the horizon."""
        counts = self.counts
        at = day - self.base
        if at < 0 or at >= len(counts):
            if not self._make_room(day):
                return False
            counts = self.counts
            at = day - self.base
        total = counts[at] + n
        counts[at] = total if 0 <= total <= LARGEST_COUNT else 0 if total < 0 else LARGEST_COUNT
        return True

    def on(self, day: Day) -> int:
        """The day's count."""
        at = day - self.base
        return self.counts[at] if 0 <= at < len(self.counts) else 0

    def sum(self, first: Day, last: Day) -> int:
        """The total of the days."""
        start = first - self.base
        stop = last - self.base + 1
        if stop <= 0:
            return 0
        return sum(self.counts[start if start > 0 else 0 : stop])

    def days(self, first: Day, last: Day) -> int:
        """On how many of the days there was at least one."""
        known = self.slice(first, last)
        return len(known) - known.count(0)

    def slice(self, first: Day, last: Day) -> list[int]:
        """The count of each day of the range."""
        length = last - first + 1
        if length <= 0:
            return []
        start = first - self.base
        stop = last - self.base + 1
        if stop <= 0 or start >= len(self.counts):
            return [0] * length
        if start >= 0 and stop <= len(self.counts):
            return self.counts[start:stop]
        before = [0] * -start if start < 0 else []
        known = self.counts[start if start > 0 else 0 : stop]
        return before + known + [0] * (length - len(before) - len(known))

    def _make_room(self, day: Day) -> bool:
        counts = self.counts
        if not counts:
            self.base = day
            counts.append(0)
        elif day < self.base:
            missing = self.base - day
            if len(counts) + missing > HORIZON_DAYS:
                return False
            counts[:0] = [0] * missing
            self.base = day
        else:
            added = day - self.base - len(counts) + 1
            if added >= HORIZON_DAYS:
                self.base, self.counts = day, [0]
                return True
            counts.extend([0] * added)
            surplus = len(counts) - HORIZON_DAYS
            if surplus > 0:
                del counts[:surplus]
                self.base += surplus
        return True
