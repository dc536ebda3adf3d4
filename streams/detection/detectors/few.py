"""Too few people for a ratio: each of them is looked at alone."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from streams.detection.catalog.durations import Days
from streams.detection.detectors.base import Open
from streams.detection.facts import Facts, champion_mask, key_mask
from streams.detection.facts.users import POWER_DAYS, POWER_WINDOW_DAYS
from streams.detection.quiet import reach_back
from streams.detection.reading import Evidence, Finding
from streams.detection.units import Day, Millis, day_start

_WEEK = 7


class Few(BaseModel):
    """Silence after a habit is the finding, one key user at a time; both windows reach back over quiet days."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    below: int = Field(ge=2, description="fewer people than this are judged one by one")
    silent: Days = Field(description="no activity in the last complete days")
    after_active_days: int = Field(ge=1, description="active days before the silence ...")
    of_days: Days = Field(description="... within this many days")

    def read(
        self, facts: Facts, last: Day, people: int | None, open_: Open, quiet: tuple[Day, ...]
    ) -> list[Finding]:
        """The findings of the key users as of the day before the silence, and of those whose alert is open."""
        users, findings = facts.users, []
        start = reach_back(quiet, last, self.silent)
        habit_from = reach_back(quiet, start - 1, self.of_days)
        for subject, memory in open_.items():
            if subject and memory.standing:
                slot = users.slot_of(subject)
                silent = slot is not None and not users.grid.days_active(slot, start, last)
                findings.append(Finding(hit=silent, clear=not silent, subject=subject, threshold=1))
        judged = key_mask(facts, start - 1, first=reach_back(quiet, start - 1, POWER_WINDOW_DAYS))
        if judged.bit_count() >= self.below or (people is not None and people.bit_count() >= self.below):
            return findings
        while judged:
            low = judged & -judged
            judged ^= low
            slot = low.bit_length() - 1
            name = users.names[slot]
            known = open_.get(name)
            if (known is not None and known.standing) or users.grid.days_active(slot, start, last):
                continue
            habit = users.grid.days_active(slot, habit_from, start - 1)
            if habit >= self.after_active_days:
                findings.append(Finding(True, False, subject=name, observed=0, threshold=1, baseline=habit))
        return findings

    def following(self, facts: Facts, last: Day, quiet: tuple[Day, ...], window: int) -> Millis | None:
        """The first day on which one of few people could be found silent, or there could be more than few.

        Who can be judged within the next `silent` days had the habit by today; who comes from now on only puts
        the silence off. The key users of the coming `window` days are those of days before it, so they are known: who
        is one at any of its days has the active days within all of them together."""
        users = facts.users
        known_from = reach_back(quiet, last, self.silent + self.of_days)
        habitual = users.grid.at_least(min(self.after_active_days, POWER_DAYS), known_from, last)
        appointed = users.mask("role", "admin") | champion_mask(facts)
        power_from = reach_back(quiet, last + 1 - window, POWER_WINDOW_DAYS)
        for ahead in (window, _WEEK):
            power = users.grid.at_least(POWER_DAYS, power_from, last + ahead - window)
            if (power | appointed).bit_count() < self.below:
                break
        else:
            return day_start(last + 2)
        if not users.grid.active(known_from, last):
            return None
        due = last + 1 + min(ahead, self.silent)
        while habitual:
            low = habitual & -habitual
            habitual ^= low
            seen = users.grid.last_active(low.bit_length() - 1)
            if seen is not None:
                due = min(due, seen + self.silent + 1)
        return day_start(max(due, last + 2))

    def evidence(self, facts: Facts, last: Day, finding: Finding, quiet: tuple[Day, ...]) -> Evidence:
        """The user's active days, before and since."""
        start = reach_back(quiet, last, self.silent)
        first = reach_back(quiet, start - 1, self.of_days)
        slot = facts.users.slot_of(finding.subject)
        mask = 1 << slot if slot is not None else 0
        series = facts.users.grid.daily(first, last, mask)
        habit = float(sum(series[: start - first]))
        return Evidence(
            observed=float(sum(series[start - first :])),
            threshold=1,
            unit="active days",
            window=(start, last),
            baseline=habit,
            baseline_window=(first, start - 1),
            series=tuple((first + i, float(count)) for i, count in enumerate(series)),
            departments=tuple(
                sorted(n for n, group in facts.users.groups("department").items() if group & mask)
            ),
            details={"now": 0.0, "usual": habit, "fall": 1.0, "people": 1, "days": last - start + 1},
        )
