"""Silence of single people, where there are too few of them for a ratio."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from streams.detection.catalog.durations import Days
from streams.detection.detectors.base import Open
from streams.detection.facts import Facts, Users, champion_mask, key_mask
from streams.detection.facts.users import POWER_DAYS
from streams.detection.reading import Evidence, Finding
from streams.detection.units import Day, Millis, day_start

_SETS_KNOWN = 7
"""Days ahead for which the set of key users is known: the shortest window it is taken before."""


class Few(BaseModel):
    """Too few people for a ratio: each of them is looked at alone, and silence after a habit is the finding."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    below: int = Field(ge=2, description="fewer people than this are judged one by one")
    silent: Days = Field(description="no activity in the last complete days")
    after_active_days: int = Field(ge=1, description="active days before the silence ...")
    of_days: Days = Field(description="... within this many days")

    def read(self, facts: Facts, last: Day, people: int | None, open_: Open) -> list[Finding]:
        """Those silent after a habit, and how it stands with those already found."""
        users: Users = facts.users
        findings: list[Finding] = []
        for subject, memory in open_.items():
            if subject and memory.standing:
                slot = users.slot_of(subject)
                silent = slot is not None and not users.grid.days_active(slot, last - self.silent + 1, last)
                findings.append(Finding(hit=silent, clear=not silent, subject=subject, threshold=1))
        judged = key_mask(facts, last - self.silent)
        if judged.bit_count() < self.below and (people is None or people.bit_count() < self.below):
            slots = judged
            while slots:
                low = slots & -slots
                slots ^= low
                slot = low.bit_length() - 1
                start = last - self.silent
                known = open_.get(users.names[slot])
                if (known is not None and known.standing) or users.grid.days_active(slot, start + 1, last):
                    continue
                habit = users.grid.days_active(slot, start - self.of_days + 1, start)
                if habit >= self.after_active_days:
                    findings.append(
                        Finding(
                            True, False, subject=users.names[slot], observed=0, threshold=1, baseline=habit
                        )
                    )
        return findings

    def following(self, facts: Facts, last: Day) -> Millis | None:
        """The first day on which one of few people could be found silent, or there could be more than few.

        Who can be judged within the next `silent` days had the habit by today; who comes from now on only puts
        the silence off. The sets of the coming week are those of past days, so they are known."""
        users = facts.users
        known = self.silent + self.of_days
        habitual = users.grid.at_least(min(self.after_active_days, POWER_DAYS), last - known + 1, last)
        everyone = habitual | users.mask("role", "admin") | champion_mask(facts)
        if everyone.bit_count() >= self.below:
            return day_start(last + 2)
        if not users.grid.active(last - known + 1, last):
            return None
        due = last + 1 + min(_SETS_KNOWN, self.silent)
        while habitual:
            low = habitual & -habitual
            habitual ^= low
            seen = users.grid.last_active(low.bit_length() - 1)
            if seen is not None:
                due = min(due, seen + self.silent + 1)
        return day_start(max(due, last + 2))

    def evidence(self, facts: Facts, last: Day, finding: Finding) -> Evidence:
        """The person's active days, habit and silence."""
        first = last - self.silent - self.of_days + 1
        slot = facts.users.slot_of(finding.subject)
        mask = 1 << slot if slot is not None else 0
        series = facts.users.grid.daily(first, last, mask)
        habit = float(sum(series[: self.of_days]))
        return Evidence(
            observed=float(sum(series[self.of_days :])),
            threshold=1,
            unit="active days",
            window=(last - self.silent + 1, last),
            baseline=habit,
            baseline_window=(first, last - self.silent),
            series=tuple((first + i, float(count)) for i, count in enumerate(series)),
            departments=tuple(
                sorted(n for n, group in facts.users.groups("department").items() if group & mask)
            ),
            details={"now": 0.0, "usual": habit, "fall": 1.0, "people": 1, "days": self.silent},
        )
