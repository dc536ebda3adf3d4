"""Work that comes in faster than it is done."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from streams.detection.catalog.durations import Days, Duration, WindowDays
from streams.detection.detectors.base import Detector, Open
from streams.detection.facts import DayCounter, Facts, Touch
from streams.detection.reading import ACCOUNT, Evidence, Finding, Memory, Reading
from streams.detection.units import DAY_MS, Day, Millis, day_of, day_start

_OPENED = "tickets_opened"


class Backlog(Detector):
    """Ticket volume rises above the account's own level, and tickets stay open: both, or it is no backlog.

    Mechanism: n tickets opened in `window` (today included, feature requests left out) against mu, the own level
    per window in `baseline` before, at least 1. It hits at n > `times` * mu and (n - mu) / sqrt(2 * mu) >= `z`
    (counts of an account are over-dispersed, hence the 2) and at least `open_count` tickets open longer than
    `open_for` that do not wait for the customer. It clears when fewer than `clears_below` such tickets are left.

    Trade-off: a rush that is answered within `open_for` is never a backlog, and the second condition delays every
    finding by that time. In the first days of an account the baseline is scaled up from at least one window.

    Shapes and units: windows in UTC days; ages in ms; n, mu in tickets per window; levels are n / mu.

    >>> backlog = Backlog(window="28d", baseline="84d", open_for="14d")
    >>> backlog.rises(opened=9, usual=2.0), backlog.rises(opened=5, usual=2.0)
    (True, False)
    """

    touches: ClassVar[int] = Touch.TICKETS | Touch.PROFILE
    fields: ClassVar[frozenset[str]] = frozenset({"opened", "usual", "times", "ageing", "oldest_days"})

    window: WindowDays = 28
    baseline: WindowDays = 84
    times: float = Field(default=2.0, gt=1)
    z: float = Field(default=3.0, gt=0)
    open_count: int = Field(default=3, ge=1)
    open_for: Duration = 14 * DAY_MS
    clears_below: int = Field(default=2, ge=1)
    known_for: Days = Field(default=28, description="days of the baseline that must be known")

    def rises(self, opened: int, usual: float) -> bool:
        """Whether the volume is above the account's level by more than chance explains."""
        return opened > self.times * usual and (opened - usual) / math.sqrt(2 * usual) >= self.z

    def read(self, facts: Facts, now: Millis, open_: Open) -> Reading:
        waiting = facts.tickets.queue(now)
        if not open_ and len(waiting) < self.open_count:
            return Reading()
        day = day_of(now)
        old = bisect_left(waiting, now - self.open_for)
        usual = self.usual(facts, day)
        if usual is None and not open_:
            return Reading(recheck_at=day_start(day + 1), unknown="too-young")
        memory = open_.get(ACCOUNT)
        if memory is not None and isinstance(memory.frozen, tuple):
            usual = memory.frozen[0]
        assert usual is not None
        opened = self.opened(facts, day)
        hit = old >= self.open_count and self.rises(opened, usual)
        finding = Finding(
            hit=hit,
            clear=old < self.clears_below,
            level=self.level_from_below(opened / usual),
            observed=opened,
            threshold=max(self.times * usual, usual + self.z * math.sqrt(2 * usual)),
            baseline=usual,
            frozen=(usual,),
        )
        return Reading((finding,), self._following(now, waiting, old))

    def _following(self, now: Millis, waiting: Sequence[Millis], old: int) -> Millis | None:
        """Until enough tickets have come of age nothing can hit by time alone; then the windows slide each day."""
        if old >= self.open_count:
            return day_start(day_of(now) + 1)
        if len(waiting) < self.open_count:
            return day_start(day_of(now) + 1) if old else None
        return waiting[self.open_count - 1] + self.open_for + 1

    def opened(self, facts: Facts, day: Day) -> int:
        """Tickets opened in the window that ends with `day`."""
        counter = facts.counters.get(_OPENED)
        return counter.sum(day - self.window + 1, day) if counter else 0

    def usual(self, facts: Facts, day: Day) -> float | None:
        """mu; None while less than `known_for` days of the baseline are known."""
        counter = facts.counters.get(_OPENED)
        if counter is None:
            return None
        first, last = self._known_from(facts, counter, day), day - self.window
        known = last - first + 1
        if known < self.known_for:
            return None
        return max(1.0, counter.sum(first, last) * self.window / known)

    def _known_from(self, facts: Facts, counter: DayCounter, day: Day) -> Day:
        """The first day of the baseline, or the first one of which anything is known."""
        begun = counter.base if facts.first_usage_day is None else min(counter.base, facts.first_usage_day)
        return max(day - self.window - self.baseline + 1, begun)

    def evidence(self, facts: Facts, now: Millis, finding: Finding, memory: Memory | None) -> Evidence:
        day = day_of(now)
        first = day - self.window - self.baseline + 1
        waiting = facts.tickets.ageing(now, 0)
        old = [ticket for ticket in waiting if ticket.opened_ms < now - self.open_for]
        counter = facts.counters.get(_OPENED)
        series = counter.slice(first, day) if counter else []
        known = self._known_from(facts, counter, day) if counter else first
        usual = finding.baseline or 1.0
        departments = {ticket.department for ticket in old if ticket.department}
        contacts = {ticket.requester_contact_id for ticket in old if ticket.requester_contact_id}
        return Evidence(
            observed=finding.observed,
            threshold=finding.threshold,
            unit=f"tickets opened per {self.window} d",
            window=(day - self.window + 1, day),
            baseline=finding.baseline,
            baseline_window=(min(known, day - self.window), day - self.window),
            series=tuple((first + i, float(count)) for i, count in enumerate(series)),
            event_ids=tuple(ticket.opened.event_id for ticket in old if ticket.opened)[:20],
            contacts=tuple(sorted(contacts)),
            departments=tuple(sorted(departments)),
            details={
                "opened": int(finding.observed),
                "usual": round(usual, 1),
                "times": round(finding.observed / usual, 2),
                "ageing": len(old),
                "oldest_days": (now - old[0].opened_ms) // DAY_MS if old else 0,
            },
        )
