"""Use takes hold somewhere new: in a department, a team, a region."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from streams.detection.catalog.durations import WindowDays
from streams.detection.detectors.base import Detector, Open
from streams.detection.facts import Facts, Touch
from streams.detection.facts.activity import AHEAD
from streams.detection.facts.users import POWER_DAYS, POWER_FEATURES, POWER_WINDOW_DAYS
from streams.detection.quiet import reach_back
from streams.detection.reading import ANY_NUMBER, Evidence, Finding, Memory, Reading
from streams.detection.units import Day, Millis, day_of, day_start


class Spread(Detector):
    """Power users, or any active users (`among`), in a group (`by`) of the customer that had none before.

    Mechanism: a group hits with `users` or more power users (at least 12 active days of 28, at least 3 features)
    at the end of the last complete day, if none of its present members was one, by active days alone, in the
    `baseline` before those 28 days. `among: active_users` asks for `users` members who were active in those days at
    all, and for none in the `baseline` before the first of them came.
    Membership is as known today, so that learning the department of an old user makes no department new. The 28 days
    reach back over quiet days of the account's country: holidays would else spread the beginnings of those who start
    together so far that the first of them is the past of the last.

    Trade-off: taking hold is a matter of weeks, so days in progress are left to the next midnight; a power user
    who moves to another department hides that department for the length of the baseline.

    Shapes and units: `baseline` in whole weeks; the first reading needs the baseline as history, and the 28 days in
    which one becomes a power user.

    >>> Spread(by="department", users=3, baseline="56d").history
    84
    >>> Spread(by="region", among="active_users", users=3, baseline="56d").history
    56
    """

    touches: ClassVar[int] = Touch.ACTIVITY | Touch.FEATURE | Touch.USERS | Touch.PROFILE
    falls: ClassVar[bool] = True
    fields: ClassVar[frozenset[str]] = frozenset({"group", "users", "names"})

    by: Literal["department", "team", "region"] = "department"
    among: Literal["power_users", "active_users"] = "power_users"
    users: int = Field(default=3, ge=1)
    baseline: WindowDays = 56

    @property
    def subject_kind(self) -> str:
        return self.by

    @property
    def history(self) -> int:
        """Days of history that a reading needs."""
        return self.baseline + (POWER_WINDOW_DAYS if self.among == "power_users" else 0)

    @property
    def news(self) -> int:
        return Touch.RETURN_28 if self.among == "active_users" else 0

    def read(self, facts: Facts, now: Millis, open_: Open) -> Reading:
        last = day_of(now) - 1
        first = facts.first_usage_day
        if first is None:
            return Reading()
        ready = day_start(first + self.history)
        if now < ready:
            return Reading(recheck_at=ready, unknown="too-young", bears=ANY_NUMBER)
        standing = [subject for subject, memory in open_.items() if memory.standing]
        findings = [Finding(hit=False, clear=False, subject=subject) for subject in standing]
        groups = facts.users.groups(self.by)
        if self.among == "active_users":
            return self._read_active(facts, first, last, findings, groups, standing)
        regulars = self.regulars(facts, last)
        if regulars.bit_count() >= self.users:
            power = regulars & self.versatile(facts, last)
            for name, members in sorted(groups.items()):
                if name in standing or (power & members).bit_count() < self.users:
                    continue
                if not self.had_any(facts, members, last):
                    count = (power & members).bit_count()
                    findings.append(
                        Finding(
                            hit=True,
                            clear=False,
                            level=self.level_from_below(count),
                            subject=name,
                            observed=count,
                            threshold=self.users,
                            baseline=0,
                        )
                    )
        return Reading(tuple(findings), self._following(facts, last, regulars))

    def _read_active(
        self,
        facts: Facts,
        first: Day,
        last: Day,
        findings: list[Finding],
        groups: Mapping[str, int],
        standing: list[str],
    ) -> Reading:
        start = self.start(facts, last)
        present = facts.users.only_counted(facts.users.grid.active(start, last))
        before = facts.users.grid.active(last - self.baseline, start - 1)
        waiting = bool(facts.users.grid.active(last + 1, AHEAD))
        for name, members in sorted(groups.items()):
            count = (present & members).bit_count()
            if count < self.users:
                continue
            if name in standing or before & members:
                continue
            base = self.came(facts, members, start, last) - self.baseline
            if base >= first and not facts.users.grid.active(base, last - self.baseline) & members:
                findings.append(
                    Finding(
                        hit=True,
                        clear=False,
                        level=self.level_from_below(count),
                        subject=name,
                        observed=count,
                        threshold=self.users,
                        baseline=0,
                    )
                )
                waiting = True
        # Nobody makes a group new but its first member after a baseline without any, and those who join them: all of
        # them come back after more than the 28 days. Time alone only ends what was found.
        return Reading(tuple(findings), day_start(last + 2) if waiting else None)

    def came(self, facts: Facts, members: int, start: Day, last: Day) -> Day:
        """The day on which the first of the members came, in the range."""
        members = facts.users.only_counted(members)
        return next((day for day in range(start, last) if facts.users.grid.active(day, day) & members), last)

    def _following(self, facts: Facts, last: Day, regulars: int) -> Millis | None:
        """A user gains at most one active day a day: nobody new can be a regular before the next-best one is."""
        if regulars.bit_count() >= self.users:
            return day_start(last + 2)
        grid = facts.users.grid
        missing = 1
        while missing < POWER_DAYS:
            reached = grid.at_least(POWER_DAYS - missing, self.start(facts, last + missing), last)
            if reached.bit_count() >= self.users:
                break
            missing += 1
        else:
            if not grid.active(self.start(facts, last), last):
                return None
        return day_start(last + 1 + missing)

    def start(self, facts: Facts, last: Day) -> Day:
        """The first of the 28 days in which a power user is one."""
        return reach_back(self._packaging.quiet_days.of(facts), last, POWER_WINDOW_DAYS)

    def regulars(self, facts: Facts, last: Day) -> int:
        """Users with the active days of a power user."""
        return facts.users.only_counted(facts.users.grid.at_least(POWER_DAYS, self.start(facts, last), last))

    def versatile(self, facts: Facts, last: Day) -> int:
        """Users with the features of a power user; uses of the day in progress count, last uses are all we know."""
        return facts.users.features.users_of_at_least(POWER_FEATURES, self.start(facts, last), last + 2)

    def had_any(self, facts: Facts, members: int, last: Day) -> bool:
        """Whether a member was a power user, by active days alone, in any week of the baseline."""
        newest = self.start(facts, last) - 1
        return any(
            facts.users.grid.at_least(POWER_DAYS, self.start(facts, day), day) & members
            for day in range(newest, newest - self.baseline, -7)
        )

    def evidence(self, facts: Facts, now: Millis, finding: Finding, memory: Memory | None) -> Evidence:
        last = day_of(now) - 1
        members = facts.users.groups(self.by).get(finding.subject, 0)
        if self.among == "active_users":
            active = facts.users.grid.active(self.start(facts, last), last)
            power = facts.users.only_counted(active) & members
        else:
            power = self.regulars(facts, last) & self.versatile(facts, last) & members
        names = [facts.users.names[slot] for slot in range(power.bit_length()) if power >> slot & 1]
        start = self.start(facts, last)
        if self.among == "active_users":
            start = self.came(facts, members, start, last)
        first = start - self.baseline
        series = facts.users.grid.daily(first, last, members)
        return Evidence(
            observed=float(power.bit_count()),
            threshold=float(self.users),
            unit=self.among.replace("_", " "),
            window=(start, last),
            baseline=0.0,
            baseline_window=(first, start - 1),
            series=tuple((first + i, float(count)) for i, count in enumerate(series)),
            departments=(finding.subject,) if self.by == "department" else (),
            details={
                "group": finding.subject,
                "users": power.bit_count(),
                "names": ", ".join(sorted(names)[:5]),
            },
        )
