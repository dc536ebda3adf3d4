"""A level stays close to its limit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from streams.detection.catalog.durations import Days, WindowDays
from streams.detection.detectors.base import Detector, Open
from streams.detection.facts import (
    Facts,
    Level,
    Period,
    Touch,
    assigned_seats,
    purchased_seats,
    seat_levels,
)
from streams.detection.reading import ACCOUNT, Detail, Evidence, Finding, Memory, Reading
from streams.detection.units import DAY_MS, Day, Millis, day_of, day_start

_SEATS = "seats_assigned"
_BLOCKED = "limit_blocked:"


class Ceiling(Detector):
    """A meter at or above `share` of its limit on `days` of the last `window` days; a spike is not it.

    Mechanism: the highest value of each day against the limit of today (a day without a sample has the last known
    value; today counts once it is sampled, and as carried when it is over), so that a raised limit ends the matter
    at once. `of: seats` reads assigned against purchased seats and can ask that they are really used
    (`active_share`, over 28 days) and wanted (`growing`: more than 28 days ago, or a seat refused in that time).
    `of: other_meters` makes every other meter a subject: a gauge as above; a total per period when `periods` in a
    row ended at the share, or the running one will be exhausted more than `early` before its end; and either one
    when users were stopped at it on `blocked_days` days of the window.

    Trade-off: ten days of patience cost ten days of warning, and buy silence about month-end peaks. A projection
    needs `settled` days of its period, before that it is a guess.

    Shapes and units: shares 0-1; windows in UTC days; levels of strength are shares of the limit.

    >>> Ceiling(of="seats", window="14d", days=10).share
    0.9
    """

    touches: ClassVar[int] = Touch.LEVEL | Touch.CONTRACT | Touch.SEATS | Touch.BLOCKED | Touch.PROFILE
    fields: ClassVar[frozenset[str]] = frozenset(
        {"meter", "value", "limit", "share", "days_near", "blocked_days"}
    )

    of: Literal["seats", "other_meters"]
    share: float = Field(default=0.9, gt=0, le=1)
    days: int = Field(default=10, ge=1)
    window: WindowDays = 14
    clears_below: float = Field(default=0.8, gt=0, le=1)
    least_limit: float = Field(default=0, ge=0)
    active_share: float = Field(default=0, ge=0, le=1)
    growing: bool = False
    periods: int = Field(default=2, ge=1)
    early: Days = 5
    settled: Days = 7
    blocked_days: int = Field(default=3, ge=1)

    @property
    def subject_kind(self) -> str:
        return "meter"

    def read(self, facts: Facts, now: Millis, open_: Open) -> Reading:
        if self.of == "seats":
            return self._read_seats(facts, now, open_)
        findings: list[Finding] = []
        following: list[Millis] = []
        for key in self.meters(facts):
            finding, due = self._read_meter(facts, key, now, key in open_)
            if finding is not None:
                findings.append(finding)
            if due is not None:
                following.append(due)
        return Reading(tuple(findings), min(following) if following else None)

    # -- seats

    def _read_seats(self, facts: Facts, now: Millis, open_: Open) -> Reading:
        day = day_of(now)
        limit, assigned = purchased_seats(facts, day), assigned_seats(facts, day)
        if limit is None or assigned is None or limit < max(self.least_limit, 1):
            return Reading()
        last = self.last_counted(day, [facts.levels[key] for key in seat_levels(facts)])
        near = sum(value >= self.share * limit for value in self.seat_days(facts, last))
        hit = near >= self.days and self._used(facts, day, assigned) and self._wanted(facts, day, assigned)
        finding = Finding(
            hit=hit,
            clear=assigned < self.clears_below * limit,
            level=self.level_from_below(assigned / limit),
            observed=assigned,
            threshold=self.share * limit,
            baseline=limit,
        )
        waits = self._until_enough(day, last, near, assigned >= self.share * limit, bool(open_))
        return Reading((finding,), waits)

    def last_counted(self, day: Day, levels: list[Level]) -> Day:
        """Today if it was sampled, else yesterday: what is carried into a day may still change during it."""
        return day if any(level.sampled_on(day) for level in levels) else day - 1

    def seat_days(self, facts: Facts, day: Day) -> list[float]:
        """The highest number of assigned seats on each day of the window, 0 before the first sample."""
        slices = [facts.levels[key].slice(day - self.window + 1, day) for key in seat_levels(facts)]
        return [sum(value or 0 for value in values) for values in zip(*slices, strict=True)]

    def _used(self, facts: Facts, day: Day, assigned: int) -> bool:
        if not self.active_share:
            return True
        return self.active(facts, day) >= self.active_share * assigned

    def active(self, facts: Facts, day: Day) -> int:
        """The users of the last four weeks."""
        return facts.users.only_counted(facts.users.grid.active(day - 27, day)).bit_count()

    def _wanted(self, facts: Facts, day: Day, assigned: int) -> bool:
        if not self.growing:
            return True
        before = self.before(facts, day)
        return bool(self.refused(facts, day)) or (before is not None and assigned > before)

    def refused(self, facts: Facts, day: Day) -> int:
        """Seats refused in the last four weeks."""
        refused = facts.counters.get("seats_refused")
        return refused.sum(day - 27, day) if refused is not None else 0

    def before(self, facts: Facts, day: Day) -> float | None:
        """The seats assigned four weeks ago, or as long as the samples reach back."""
        before = 0.0
        for key in seat_levels(facts):
            points = facts.levels[key].points
            earlier = facts.levels[key].at(max(day - 28, points[0].day)) if points else None
            if earlier is None:
                return None
            before += earlier[0]
        return before

    # -- every other meter

    def meters(self, facts: Facts) -> list[str]:
        """Every meter with a level, or with somebody stopped at it, but seats."""
        stopped = [name.partition(":")[2] for name in facts.counters if name.startswith(_BLOCKED)]
        return sorted(key for key in {*facts.levels, *stopped} if key.rpartition(":")[2] != _SEATS)

    def _read_meter(
        self, facts: Facts, key: str, now: Millis, open_: bool
    ) -> tuple[Finding | None, Millis | None]:
        day = day_of(now)
        blocked = self.blocked(facts, key, day)
        level = facts.levels.get(key)
        if level is not None and level.kind == "period_total" and level.periods:
            return self._read_period(key, level, now, blocked, open_)
        known = level.at(day) if level is not None else None
        if level is None or known is None or not known[1]:
            if not blocked and not open_:
                return None, None
            finding = Finding(
                hit=blocked >= self.blocked_days,
                clear=not blocked,
                subject=key,
                observed=blocked,
                threshold=self.blocked_days,
            )
            return finding, day_start(day + 1)
        value, limit = known
        assert limit is not None
        last = self.last_counted(day, [level])
        highs = [high or 0 for high in level.slice(last - self.window + 1, last)]
        near = sum(high >= self.share * limit for high in highs)
        finding = Finding(
            hit=near >= self.days or blocked >= self.blocked_days,
            clear=max(highs) < self.clears_below * limit and not blocked,
            level=self.level_from_below(max(value, max(highs) if blocked else 0) / limit),
            subject=key,
            observed=value,
            threshold=self.share * limit,
            baseline=limit,
        )
        at_ceiling = value >= self.share * limit
        return finding, self._until_enough(day, last, near, at_ceiling, open_ or finding.hit)

    def _read_period(
        self, key: str, level: Level, now: Millis, blocked: int, open_: bool
    ) -> tuple[Finding | None, Millis | None]:
        finished = [p for p in level.periods if p.end_ms <= now and p.limit]
        running = next((p for p in reversed(level.periods) if p.start_ms <= now < p.end_ms and p.limit), None)
        shares = [p.value / (p.limit or 1) for p in finished[-self.periods :]]
        full = len(shares) >= self.periods and all(share >= self.share for share in shares)
        exhausted = running is not None and self._exhausted_early(running)
        latest = running or (finished[-1] if finished else None)
        if latest is None:
            return None, None
        limit = latest.limit or 1
        ends_low = bool(finished) and finished[-1].value < self.clears_below * (finished[-1].limit or 1)
        finding = Finding(
            hit=full or exhausted or blocked >= self.blocked_days,
            clear=ends_low and not exhausted and not blocked,
            level=self.level_from_below(max([latest.value / limit, *shares])),
            subject=key,
            observed=latest.value,
            threshold=self.share * limit,
            baseline=limit,
        )
        ends = [p.end_ms for p in level.periods if p.end_ms > now]
        if open_ or blocked:
            ends.append(day_start(day_of(now) + 1))
        return finding, min(ends) if ends else None

    def _exhausted_early(self, period: Period) -> bool:
        """Whether the period's pace so far reaches the limit more than `early` before its end."""
        elapsed = period.sampled_ms - period.start_ms
        if elapsed < self.settled * DAY_MS or period.value <= 0 or not period.limit:
            return False
        exhausted_at = period.start_ms + elapsed * period.limit / period.value
        return exhausted_at < period.end_ms - self.early * DAY_MS

    def blocked(self, facts: Facts, key: str, day: Day) -> int:
        """Days of the window on which somebody was stopped at the meter."""
        counter = facts.counters.get(_BLOCKED + key)
        return counter.days(day - self.window + 1, day) if counter else 0

    def _until_enough(self, day: Day, last: Day, near: int, at_ceiling: bool, open_: bool) -> Millis | None:
        """A level carried forward adds one day when it is over; nothing else adds days without an event."""
        if open_ or near >= self.days:
            return day_start(day + 1)
        return day_start(last + 1 + self.days - near) if at_ceiling else None

    # -- evidence

    def evidence(self, facts: Facts, now: Millis, finding: Finding, memory: Memory | None) -> Evidence:
        day = day_of(now)
        key = finding.subject if finding.subject != ACCOUNT else _SEATS
        keys = seat_levels(facts) if self.of == "seats" else [key]
        last = self.last_counted(day, [facts.levels[k] for k in keys if k in facts.levels])
        first = last - self.window + 1
        limit = finding.baseline or 0.0
        series: Iterator[tuple[Day, float]]
        if self.of == "seats":
            series = zip(range(first, last + 1), self.seat_days(facts, last), strict=True)
            unit = "seats assigned"
        else:
            level = facts.levels.get(key, Level())
            unit = level.unit or key
            if level.kind == "period_total":
                series = iter(
                    [(day_of(p.start_ms), float(p.value)) for p in level.periods if p.start_ms <= now]
                )
            else:
                series = ((first + i, float(v or 0)) for i, v in enumerate(level.slice(first, last)))
        values = tuple((at, float(value)) for at, value in series)
        blocks = [b for b in facts.blocks if b.meter == key and first <= b.mark.day <= day]
        observed, threshold, unit = self._ground(facts, key, now, finding, unit)
        return Evidence(
            observed=observed,
            threshold=threshold,
            unit=unit,
            window=(first, last),
            baseline=limit,
            series=values,
            event_ids=tuple(block.mark.event_id for block in blocks)[-20:],
            details={
                "meter": key,
                "value": round(float(finding.observed), 2),
                "limit": round(float(limit), 2),
                "share": round(finding.observed / limit, 4) if limit else 0.0,
                "days_near": sum(value >= finding.threshold for _, value in values),
                "blocked_days": self.blocked(facts, key, day),
                **self._conditions(facts, key, now),
            },
        )

    def _conditions(self, facts: Facts, key: str, now: Millis) -> dict[str, Detail]:
        """What else had to be so: seats in use and wanted; how full the finished periods were."""
        day = day_of(now)
        if self.of == "seats":
            return {
                "active": self.active(facts, day),
                "before": self.before(facts, day),
                "refused": self.refused(facts, day),
            }
        finished = [p for p in facts.levels.get(key, Level()).periods if p.end_ms <= now and p.limit]
        shares = [round(p.value / (p.limit or 1), 4) for p in finished[-self.periods :]]
        return {"periods": ", ".join(map(str, shares))} if shares else {}

    def _ground(
        self, facts: Facts, key: str, now: Millis, finding: Finding, unit: str
    ) -> tuple[float, float, str]:
        """What was seen and the line it crossed: today's value, else the running period's pace, else the days on
        which users were stopped."""
        value = (float(finding.observed), finding.threshold, unit)
        if not finding.hit or finding.observed >= finding.threshold:
            return value
        for period in facts.levels.get(key, Level()).periods:
            if period.start_ms <= now < period.end_ms and self._exhausted_early(period):
                pace = period.value / (period.sampled_ms - period.start_ms)
                in_time = period.end_ms - self.early * DAY_MS - period.start_ms
                return pace * in_time, float(period.limit or 0), f"{unit}, projected"
        blocked = self.blocked(facts, key, day_of(now))
        return (blocked, self.blocked_days, "days stopped") if blocked >= self.blocked_days else value
