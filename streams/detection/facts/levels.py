"""Dated levels against their limits: seats, storage, quotas."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from operator import attrgetter
from typing import Final, Literal, TypeAlias

import msgspec

from streams.detection.facts.activity import HORIZON_DAYS
from streams.detection.units import DAY_MS, Day, Millis

POINTS_CAP: Final = 64
"""Days on which a level changed; beyond, the oldest is dropped and the days before are unknown."""
PERIODS_CAP: Final = 8
LEVELS_CAP: Final = 64
"""Meters of one account; beyond, the one not sampled for longest is dropped."""

LevelKind: TypeAlias = Literal["gauge", "period_total"]
Number: TypeAlias = int | float


class LevelPoint(msgspec.Struct, array_like=True, gc=False):
    """A day on which the level was not what the day before left."""

    day: Day
    high: Number
    last: Number
    limit: Number | None
    quarter: int
    """Quarter-hour (0–95) of `last`: an earlier sample that comes later does not replace it."""


class Period(msgspec.Struct, array_like=True, gc=False):
    """A meter that starts anew each period (a month's calls against a quota)."""

    start_ms: Millis
    end_ms: Millis
    value: Number
    limit: Number | None
    sampled_ms: Millis


class Level(msgspec.Struct, array_like=True, gc=False):
    """A meter over time. A day without a sample has the last known value: silence of a meter is not zero.

    >>> seats = Level()
    >>> seats.sample(20_000, 0, 45, 50), seats.sample(20_001, 0, 45, 50), seats.sample(20_003, 0, 40, 50)
    (True, False, True)
    >>> seats.at(20_002), seats.share_days(19_990, 20_009, at_least=0.9), seats.at(19_999)
    ((45, 50), 3, None)
    """

    kind: LevelKind = "gauge"
    unit: str = ""
    product_id: str | None = None
    points: list[LevelPoint] = msgspec.field(default_factory=list)
    sampled: bytes = b""
    """Bitmap of the sampled days, bit 0 the newest: what a late sample may not overwrite."""
    sampled_newest: Day = 0
    sampled_ms: Millis = 0
    """The newest sample."""
    periods: list[Period] = msgspec.field(default_factory=list)
    """The last 8, by start."""

    def at(self, day: Day) -> tuple[Number, Number | None] | None:
        """Last value and limit as of the end of the day, None if nothing was sampled until then."""
        point = self._point(day)
        return None if point is None else (point.last, point.limit)

    def high(self, day: Day) -> tuple[Number, Number | None] | None:
        """Highest value of the day (carried from before if the day has no sample) and limit."""
        point = self._point(day)
        return None if point is None else (point.high if point.day == day else point.last, point.limit)

    def share_days(self, first: Day, last: Day, at_least: float) -> int:
        """Days of the range (inclusive) on which the highest value was at least that share (0–1…) of the
        limit.

        Days without a known, positive limit do not count.
        """
        points = self.points
        found = 0
        for at in range(max(bisect_right(points, first, key=_DAY) - 1, 0), len(points)):
            point = points[at]
            if point.day > last:
                break
            limit = point.limit
            if limit is None or limit <= 0:
                continue
            until = min(points[at + 1].day - 1, last) if at + 1 < len(points) else last
            if first <= point.day and point.high >= at_least * limit:
                found += 1
            if point.last >= at_least * limit:
                found += max(until - max(point.day + 1, first) + 1, 0)
        return found

    def slice(self, first: Day, last: Day) -> list[Number | None]:
        """The highest value of each day of the range, None before the first sample."""
        values: list[Number | None] = []
        for day in range(first, last + 1):
            high = self.high(day)
            values.append(None if high is None else high[0])
        return values

    def sampled_on(self, day: Day) -> bool:
        """Whether the meter was sampled on the day, not only carried forward."""
        at = self.sampled_newest - day
        return 0 <= at < 8 * len(self.sampled) and bool(self.sampled[at >> 3] >> (at & 7) & 1)

    def period_at(self, at_ms: Millis) -> Period | None:
        """The period that contains the moment."""
        for period in self.periods:
            if period.start_ms <= at_ms < period.end_ms:
                return period
        return None

    def sample(self, day: Day, quarter: int, value: Number, limit: Number | None) -> bool:
        """Note a sample; True if any day's level is now another one.

        Of two samples of one quarter-hour the one told later is the day's last.
        """
        points = self.points
        newest = points[-1] if points else None
        if newest is not None and day > newest.day and day >= self.sampled_newest:
            # The common case: nothing is dated after it.
            first_of_day = self._note_sampled(day)
            if newest.last == value and newest.limit == limit:
                return False
            high = value if first_of_day or value > newest.last else newest.last
            points.append(LevelPoint(day, high, value, limit, quarter))
            return True
        return self._sample_within(day, quarter, value, limit)

    def trim(self) -> int:
        """Apply the cap of points; how many were dropped."""
        surplus = len(self.points) - POINTS_CAP
        if surplus <= 0:
            return 0
        del self.points[:surplus]
        return surplus

    def sample_period(
        self, start_ms: Millis, end_ms: Millis, value: Number, limit: Number | None, at_ms: Millis
    ) -> bool:
        """Note the running total of a period; True if that changed it. Beyond 8 periods the oldest goes."""
        at = bisect_left(self.periods, start_ms, key=_START)
        if at < len(self.periods) and self.periods[at].start_ms == start_ms:
            known = self.periods[at]
            if at_ms < known.sampled_ms:
                return False
            known.sampled_ms = at_ms
            if (known.end_ms, known.value, known.limit) == (end_ms, value, limit):
                return False
            known.end_ms, known.value, known.limit = end_ms, value, limit
            return True
        self.periods.insert(at, Period(start_ms, end_ms, value, limit, at_ms))
        if len(self.periods) > PERIODS_CAP:
            del self.periods[0]
            return at > 0
        return True

    def _point(self, day: Day) -> LevelPoint | None:
        at = bisect_right(self.points, day, key=_DAY)
        return self.points[at - 1] if at else None

    def _sample_within(self, day: Day, quarter: int, value: Number, limit: Number | None) -> bool:
        """A sample for a day that is not after all others."""
        points = self.points
        at = bisect_left(points, day, key=_DAY)
        sampled_before = not self._note_sampled(day)
        if at < len(points) and points[at].day == day:
            point = points[at]
            before = (point.high, point.last, point.limit)
            point.high = max(point.high, value)
            if quarter >= point.quarter:
                point.last, point.limit, point.quarter = value, limit, quarter
            return before != (point.high, point.last, point.limit)
        carried = points[at - 1] if at else None
        if carried is not None and carried.last == value and carried.limit == limit:
            return False
        high = value if carried is None or not sampled_before else max(value, carried.last)
        if carried is not None:
            self._pin_next_sampled(day, at, carried)
        points.insert(at, LevelPoint(day, high, value, limit, quarter))
        return True

    def _pin_next_sampled(self, day: Day, at: int, carried: LevelPoint) -> None:
        """A later day that was sampled as `carried` said keeps that value when a late sample lands before
        it.
        """
        end = self.points[at].day if at < len(self.points) else day + HORIZON_DAYS
        for later in range(day + 1, end):
            if self.sampled_on(later):
                self.points.insert(at, LevelPoint(later, carried.last, carried.last, carried.limit, 0))
                return

    def _note_sampled(self, day: Day) -> bool:
        """Set the day's bit; True if it was not set. The bitmap keeps the newest 128 days."""
        bits = int.from_bytes(self.sampled, "little")
        ahead = day - self.sampled_newest
        if ahead > 0:
            bits = (bits << ahead) & _HORIZON if ahead < HORIZON_DAYS else 0
            self.sampled_newest = day
            ahead = 0
        elif ahead <= -HORIZON_DAYS:
            return True
        bit = 1 << -ahead
        if bits & bit:
            return False
        bits |= bit
        self.sampled = bits.to_bytes((bits.bit_length() + 7) // 8, "little")
        return True


_HORIZON = (1 << HORIZON_DAYS) - 1
_DAY = attrgetter("day")
_START = attrgetter("start_ms")


def quarter_of_day(ms: Millis) -> int:
    """Quarter-hours since midnight UTC."""
    return ms % DAY_MS // 900_000
