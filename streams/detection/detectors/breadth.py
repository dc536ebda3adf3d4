"""Use becomes broader: more departments or teams work with it than before."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from streams.detection.catalog.durations import WindowDays
from streams.detection.detectors.base import Detector, Open
from streams.detection.facts import Facts, Touch
from streams.detection.facts.activity import AHEAD
from streams.detection.facts.touch import return_of
from streams.detection.quiet import between
from streams.detection.reading import ACCOUNT, ANY_NUMBER, Evidence, Finding, Memory, Reading
from streams.detection.units import DAY_MS, Day, Millis, day_of, day_start

Group = Literal["department", "team"]
_QUIET_DAYS = 4
"""A fortnight with a holiday or two, and a weekend between, is a fortnight."""


class Breadth(Detector):
    """The number of active departments or teams is up by `more` on the baseline.

    Mechanism: a group is active in `window` with at least `user_days` active user-days of its members (one login is
    no team at work); the baseline counts every group with any activity in the `baseline` days before. Both are
    counts, so that groups which were only renamed or swapped add nothing. Membership is as known today: to learn the
    team of an old user makes no team new. The baseline's count is frozen at the first hit, else the hold itself
    would make the new groups old. It hits by departments or by teams, whichever rose more, and clears when neither
    is up any more. While it is open, windows with many quiet days of the account's country are passed over for the
    last one without: holidays close no department.

    Trade-off: a group that somebody looked into once in the baseline is not new when it starts in earnest.

    Shapes and units: windows in whole weeks of complete UTC days; values are numbers of groups; history of `window`
    + `baseline` days.

    >>> Breadth(by=["department", "team"], window="14d", baseline="56d", more=2).history
    70
    """

    touches: ClassVar[int] = Touch.ACTIVITY | Touch.USERS | Touch.PROFILE
    falls: ClassVar[bool] = True
    fields: ClassVar[frozenset[str]] = frozenset({"kind", "now", "usual", "more", "names"})

    by: tuple[Group, ...] = ("department", "team")
    window: WindowDays = 14
    baseline: WindowDays = 56
    more: int = Field(default=2, ge=1)
    user_days: int = Field(default=3, ge=1)

    @property
    def history(self) -> int:
        """Days of history that a reading needs."""
        return self.window + self.baseline

    @property
    def news(self) -> int:
        return return_of(self.window)

    @property
    def reach(self) -> int:
        return self.window + self.baseline

    def read(self, facts: Facts, now: Millis, open_: Open) -> Reading:
        last = day_of(now) - 1
        first = facts.first_usage_day
        if first is None:
            return Reading()
        memory = open_.get(ACCOUNT)
        ready = day_start(first + self.history)
        if memory is None and now < ready:
            return Reading(recheck_at=ready, unknown="too-young", bears=ANY_NUMBER)
        if memory is None:
            newcomers = self.newcomers(facts, last)
            if newcomers.bit_count() < self.more:
                return self._following(facts, last)
        elif memory.standing:
            last = self._last_ordinary(facts, last)
        active = [len(self.active(facts, by, last)) for by in self.by]
        if memory is not None and isinstance(memory.frozen, tuple):
            frozen = memory.frozen
        else:
            frozen = (float(last), *(float(self.usual(facts, by, last)) for by in self.by))
        usual = frozen[1:]
        risen = max(range(len(self.by)), key=lambda at: active[at] - usual[at])
        more = active[risen] - usual[risen]
        finding = Finding(
            hit=more >= self.more,
            clear=more < self.more,
            level=self.level_from_below(more),
            observed=active[risen],
            threshold=usual[risen] + self.more,
            baseline=usual[risen],
            frozen=frozen,
        )
        return Reading((finding,), now + DAY_MS)

    def newcomers(self, facts: Facts, last: Day) -> int:
        """Who is there in the window and was not in the baseline: a new group has only such."""
        start, grid = last - self.window + 1, facts.users.grid
        return facts.users.only_counted(grid.active(start, last)) & ~grid.active(
            start - self.baseline, start - 1
        )

    def _following(self, facts: Facts, last: Day) -> Reading:
        """While there are too few newcomers. Who becomes one later comes back after a window without them, or is here
        and was not in the part that the baselines of all days of the coming window share."""
        start, grid = last - self.window + 1, facts.users.grid
        here = facts.users.only_counted(grid.active(start, AHEAD))
        could = here & ~grid.active(last - self.baseline + 1, start - 1)
        missing = self.more - could.bit_count()
        newest = grid.newest
        if missing <= 0 or (newest is not None and newest > last + 1):
            return Reading(recheck_at=day_start(last + 2))
        return Reading(bears=missing - 1)

    def active(self, facts: Facts, by: Group, last: Day) -> list[str]:
        """The groups at work in the window."""
        first, grid = last - self.window + 1, facts.users.grid
        present = facts.users.only_counted(grid.active(first, last))
        return [
            name
            for name, members in sorted(facts.users.groups(by).items())
            if members & present and grid.user_days(first, last, members & present) >= self.user_days
        ]

    def _last_ordinary(self, facts: Facts, last: Day) -> Day:
        """The last day of the newest window that holds no holidays to speak of."""
        quiet = self._packaging.quiet_days.of(facts)
        while len(between(quiet, last - self.window + 1, last)) > _QUIET_DAYS:
            last -= 1
        return last

    def usual(self, facts: Facts, by: Group, last: Day) -> int:
        """How many groups had any activity in the baseline."""
        start = last - self.window + 1
        before = facts.users.only_counted(facts.users.grid.active(start - self.baseline, start - 1))
        return sum(1 for members in facts.users.groups(by).values() if members & before)

    def evidence(self, facts: Facts, now: Millis, finding: Finding, memory: Memory | None) -> Evidence:
        last = day_of(now) - 1
        if memory is not None and memory.standing:
            last = self._last_ordinary(facts, last)
        kept = finding.frozen if finding.frozen is not None else memory.frozen if memory else None
        frozen = kept if isinstance(kept, tuple) else (float(last), *(0.0 for _ in self.by))
        begun, usual = int(frozen[0]) - self.window + 1, frozen[1:]
        counts = {by: self.active(facts, by, last) for by in self.by}
        by = max(self.by, key=lambda each: len(counts[each]) - usual[self.by.index(each)])
        old = facts.users.grid.active(begun - self.baseline, begun - 1)
        new = [name for name in counts[by] if not facts.users.mask(by, name) & old]
        first = last - self.window + 1 - self.baseline
        series = facts.users.grid.daily(first, last, facts.users.mask_counted())
        before = usual[self.by.index(by)]
        return Evidence(
            observed=float(len(counts[by])),
            threshold=before + self.more,
            unit=f"active {by}s",
            window=(first + self.baseline, last),
            baseline=before,
            baseline_window=(begun - self.baseline, begun - 1),
            series=tuple((first + at, float(count)) for at, count in enumerate(series)),
            departments=tuple(new) if by == "department" else (),
            details={
                "kind": f"{by}s",
                "now": len(counts[by]),
                "usual": int(before),
                "more": len(counts[by]) - int(before),
                "names": ", ".join(new[:5]),
            },
        )
