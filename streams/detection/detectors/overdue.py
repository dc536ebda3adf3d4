"""A day has passed, or is about to, and what was to be done by then is not."""

from __future__ import annotations

import math
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from streams.detection.catalog.durations import Days
from streams.detection.detectors.base import Detector, Open
from streams.detection.detectors.dues import DUES, Due, DueKind
from streams.detection.facts import Facts
from streams.detection.reading import ACCOUNT, Evidence, Finding, Memory, Reading
from streams.detection.units import Day, Millis, date_of, day_of, day_start


class Overdue(Detector):
    """Something is more than `late_by` past its day (or, with `ahead`, comes within that of it) and not done.

    Mechanism: every undone thing of the kind is a subject. It hits from the midnight after `since` + `late_by`
    (`ahead` before `since` where that is given), or at once where somebody says that it is late, and can open the
    signal for `asked_for` from then on. It clears when it is done, gone, or planned for later. Nothing is estimated,
    and nobody's event is needed: the calendar alone brings it.

    Trade-off: exact to the day and as right as the plan; what was never planned is never late, and a done thing that
    nobody reports looks like one that is not.

    Shapes and units: all in UTC days. The value of the levels is the number of days past `since` (`days_late`), that
    as a share of `late_by` (`share`), or the days that are left until its end (`days_left`, falling).

    >>> Overdue(of="invoice", late_by="15d").begins(since=100), Overdue(of="renewal_step", ahead="7d").begins(100)
    (116, 93)
    """

    touches: ClassVar[int] = 0
    fields: ClassVar[frozenset[str]] = frozenset({"what", "about", "due_on", "days", "days_left", "late"})

    of: str
    late_by: Days = Field(default=0, description="days after its day that are still in time")
    ahead: Days | None = Field(default=None, description="hit this long before its day instead")
    asked_for: Days | None = Field(default=None, description="how long it can open the signal")
    level_by: Literal["days_late", "share", "days_left"] = "days_late"

    @model_validator(mode="after")
    def _knows_its_kind(self) -> Self:
        if self.of not in DUES:
            raise ValueError(f"no such kind {self.of!r}: {', '.join(sorted(DUES))}")
        if self.ahead is not None and self.late_by:
            raise ValueError("say either `ahead` or `late_by`")
        if self.level_by == "share" and not self.late_by:
            raise ValueError("`level_by: share` is a share of `late_by`, which is not given")
        return self

    @property
    def reads(self) -> int:
        return self.kind.touches

    @property
    def kind(self) -> DueKind:
        return DUES[self.of]

    @property
    def subject_kind(self) -> str:
        return self.kind.subject_kind

    def begins(self, since: Day) -> Day:
        """The first day on which a thing hits."""
        return since + self.late_by + 1 if self.ahead is None else since - self.ahead

    def read(self, facts: Facts, now: Millis, open_: Open) -> Reading:
        today = day_of(now)
        findings: list[Finding] = []
        days: list[Day] = []
        for due in self.kind.find(facts, self._packaging, today):
            begins = self.begins(due.since)
            ended = self.asked_for is not None and today >= begins + self.asked_for
            hit = due.late_already or (begins <= today and not ended)
            days += self._following(due, begins)
            if not hit and due.subject not in open_:
                continue
            if due.polled:
                days.append(today + 1)
            findings.append(
                Finding(
                    hit=hit,
                    clear=not due.late_already and today < begins,
                    level=self._level(due, today),
                    subject=due.subject,
                    observed=today - due.since,
                    threshold=begins - due.since,
                )
            )
        if self.kind.changes_on is not None and (changes := self.kind.changes_on(facts, today)) is not None:
            days.append(changes)
        upcoming = min((day for day in days if day > today), default=None)
        return Reading(tuple(findings), None if upcoming is None else day_start(upcoming))

    def _level(self, due: Due, today: Day) -> int:
        if self.level_by == "days_left":
            return 0 if due.ends is None else self.level_from_above(due.ends - today)
        late = today - due.since
        return self.level_from_below(late / self.late_by if self.level_by == "share" else late)

    def _following(self, due: Due, begins: Day) -> list[Day]:
        """The days on which a thing changes by time alone: it begins, it is no longer asked for, a level rises."""
        days = [begins]
        if self.asked_for is not None:
            days.append(begins + self.asked_for)
        for number in self._levels:
            if number is None:
                continue
            if self.level_by == "days_late":
                days.append(due.since + math.ceil(number))
            elif self.level_by == "share":
                days.append(due.since + math.ceil(number * self.late_by))
            elif due.ends is not None:
                days.append(due.ends - math.floor(number))
        return days

    def evidence(self, facts: Facts, now: Millis, finding: Finding, memory: Memory | None) -> Evidence:
        today = day_of(now)
        found = {due.subject: due for due in self.kind.find(facts, self._packaging, today)}
        due = found.get(finding.subject)
        since = due.since if due is not None else today - int(finding.observed)
        late = [each for each in found.values() if each.late_already or self.begins(each.since) <= today]
        return Evidence(
            observed=finding.observed,
            threshold=finding.threshold,
            unit="days past the day",
            window=(min(since, today), today),
            event_ids=due.event_ids if due else (),
            contacts=due.contacts if due else (),
            details={
                **(due.details if due else {}),
                "what": due.label if due else "" if finding.subject == ACCOUNT else finding.subject,
                "about": due.about if due else "done",
                "due_on": str(date_of(since)),
                "days": abs(today - since),
                "days_left": None if due is None or due.ends is None else due.ends - today,
                "late": len(late),
                "set_to_late": due is not None and due.late_already,
            },
        )
