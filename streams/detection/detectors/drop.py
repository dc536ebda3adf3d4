"""A fall against the account's own past."""

from __future__ import annotations

import math
import struct
from itertools import accumulate
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from streams.detection.catalog.durations import WindowDays
from streams.detection.detectors.base import Detector, Open
from streams.detection.detectors.few import Few
from streams.detection.detectors.working import LEAST_SHARE, working_levels, working_share
from streams.detection.facts import Facts, Touch, key_mask
from streams.detection.facts.users import POWER_WINDOW_DAYS
from streams.detection.quiet import between, reach_back
from streams.detection.reading import ACCOUNT, Evidence, Finding, Memory, Reading
from streams.detection.units import DAY_MS, Day, Millis, date_of, day_of, day_start

_FROZEN = struct.Struct("<dHH")
_TOO_QUIET = "quiet-days"


class Young(BaseModel):
    """The shorter windows of an account whose history does not fill the long ones yet."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    window: WindowDays = 7
    baseline: WindowDays = 21
    chance: float = Field(default=1.3, gt=0, description="the 1.1 of the bound, for shorter windows")


class Drop(Detector):
    """Active user-days of the last `window` complete days against the account's own level in `baseline` before.

    Mechanism: with L the baseline's user-days per window, it hits at ratio <= min(at_most, 1 - 3 * sqrt(a^2 +
    1.1 / L)). The square root bounds what chance explains: `a` is the mood that a whole company shares, 1.1 / L
    the counting noise of over-dispersed user-days. While an alert is open L and the people counted are frozen,
    else the fall itself becomes the new normal and a halved account "recovers" after some six weeks.

    `among: key_users` counts admins, power users and champions' accounts as of the day before the window, and
    keeps to them from the first hit on: who fades would else drop out of the very set that is watched.

    Quiet days of the account's country are left out of both windows: what came on the other days is compared with
    what usually comes on them, by the account's own weekday pattern. Where less than half of a usual window is left,
    nothing is said ("quiet-days").

    Trade-off: user-days find a fall of half far more often than event counts at the same false rate, but below
    `least_level` nothing is said (silence detectors look there), and a decline slower than the baseline is long
    hides in it.

    Shapes and units: windows in whole weeks of UTC days, so that no weekday tilts them; levels in user-days per
    window; thresholds and margins as shares (0-1). Source: the project's simulation of over-dispersed healthy
    accounts (false alarms 0.05 / 0.02 / 0 per account and quarter at 10 / 50 / 500 users).

    >>> drop = Drop(window="14d", baseline="56d")
    >>> round(drop.bound(level=100.0, noise=0.10, chance=1.1), 3)   # about ten daily users
    0.565
    >>> round(drop.bound(level=20_000.0, noise=0.10, chance=1.1), 3)  # large accounts: the plain 30 % fall
    0.699
    """

    touches: ClassVar[int] = Touch.ACTIVITY | Touch.USERS | Touch.PROFILE | Touch.CONTACTS
    falls: ClassVar[bool] = True
    fields: ClassVar[frozenset[str]] = frozenset({"now", "usual", "fall", "people", "days"})

    of: Literal["active_user_days"] = "active_user_days"
    among: Literal["everybody", "key_users"] = "everybody"
    window: WindowDays = 14
    baseline: WindowDays = 56
    young: Young = Young()
    at_most: float = Field(default=0.7, gt=0, lt=1)
    noise: float = Field(default=0.10, ge=0, lt=1, description="a, for steady accounts")
    volatile_noise: float = Field(default=0.15, ge=0, lt=1)
    chance: float = Field(default=1.1, gt=0)
    least_level: float = Field(default=10, gt=0)
    clears_margin: float = Field(default=0.15, ge=0, lt=1)
    few: Few | None = None

    @property
    def subject_kind(self) -> str:
        return "user"

    def bound(self, level: float, noise: float, chance: float) -> float:
        """The ratio at or below which a fall is more than chance explains; may be negative (nothing is)."""
        return min(self.at_most, 1 - 3 * math.sqrt(noise * noise + chance / level)) if level > 0 else -1.0

    @property
    def reach(self) -> int:
        return self.window + self.baseline

    def read(self, facts: Facts, now: Millis, open_: Open) -> Reading:
        last = day_of(now) - 1
        first = facts.first_usage_day
        if first is None:
            return Reading()
        history = last - first + 1
        young = self.young.window + self.young.baseline
        if history < young and not open_:
            return Reading(recheck_at=day_start(first + young), unknown="too-young")
        findings: list[Finding] = []
        following: Millis | None
        memory = open_.get(ACCOUNT)
        if memory is not None and not memory.standing and self.among == "everybody":
            memory = None
        people: int | None = None
        quiet = self._packaging.quiet_days.of(facts)
        if memory is not None:
            finding = self._read_open(facts, last, memory, quiet)
            if finding is None:
                return Reading(recheck_at=now + DAY_MS, unknown=_TOO_QUIET)
            findings.append(finding)
            following = now + DAY_MS
        else:
            window, baseline, chance = self.windows(history)
            if self.among == "key_users":
                before = last - window
                people = key_mask(facts, before, first=reach_back(quiet, before, POWER_WINDOW_DAYS))
            if self.few is not None and people is not None and people.bit_count() < self.few.below:
                following = self.few.following(facts, last, quiet, window)
            else:
                ahead = between(quiet, last - window - baseline + 1, last + window)
                if ahead:
                    finding, following = self._read_working(
                        facts, last, people, window, baseline, chance, ahead
                    )
                    if following is None:
                        return Reading(recheck_at=now + DAY_MS, unknown=_TOO_QUIET)
                else:
                    finding, following = self._read_idle(facts, last, people, window, baseline, chance)
                if finding is not None:
                    findings.append(finding)
            if history < self.window + self.baseline:
                grown = day_start(first + self.window + self.baseline)
                following = min(following, grown) if following else grown
        if self.few is not None:
            silent = self.few.read(facts, last, people, open_, quiet)
            if silent or any(subject for subject in open_):
                following = now + DAY_MS
            findings.extend(silent)
        return Reading(tuple(findings), following)

    def windows(self, history: int) -> tuple[int, int, float]:
        """Window and baseline, in days, and the chance for so many days of history."""
        if history >= self.window + self.baseline:
            return self.window, self.baseline, self.chance
        return self.young.window, self.young.baseline, self.young.chance

    def noise_of(self, facts: Facts) -> float:
        """The share by which the whole company's mood may move a steady or a volatile account."""
        return self.volatile_noise if facts.profile.usage_pattern == "volatile" else self.noise

    def _read_idle(
        self, facts: Facts, last: Day, people: int | None, window: int, baseline: int, chance: float
    ) -> tuple[Finding | None, Millis | None]:
        """The finding of today, and the first day on which it could hit if nobody came from now on."""
        mask = people if people is not None else facts.users.mask_counted()
        daily = facts.users.grid.daily(last - window - baseline + 1, last, mask)
        sums = list(accumulate(daily, initial=0))
        total = sums[-1]
        if not total:
            return None, None
        noise, length, share = self.noise_of(facts), window + baseline, baseline / window
        finding = None
        level = sums[baseline] / share
        if level > self.least_level:
            ratio, bound = (total - sums[baseline]) / level, self.bound(level, noise, chance)
            if bound > 0 and ratio <= bound:
                frozen = _FROZEN.pack(level, window, 1 if people is not None else 0)
                if people is not None:
                    frozen += people.to_bytes((people.bit_length() + 7) // 8, "little")
                finding = Finding(
                    hit=True,
                    clear=False,
                    level=self.level_from_above(ratio),
                    observed=total - sums[baseline],
                    threshold=bound * level,
                    baseline=level,
                    frozen=frozen,
                )
        following = last + 2
        if finding is None and people is None:
            least, at_most = self.least_level, self.at_most
            for ahead in range(1, window + 1):
                level = (sums[baseline + ahead] - sums[ahead]) / share
                rest = total - sums[baseline + ahead]
                # The bound is `at_most` or less: most days need no square root.
                if level <= least or rest > at_most * level:
                    continue
                if rest <= self.bound(level, noise, chance) * level:
                    break
            following = last + 1 + ahead
        assert length == len(daily)
        return finding, day_start(following)

    def _read_working(
        self,
        facts: Facts,
        last: Day,
        people: int | None,
        window: int,
        baseline: int,
        chance: float,
        quiet: tuple[Day, ...],
    ) -> tuple[Finding | None, Millis | None]:
        """As `_read_idle`, over the days that are not quiet; no time where too few of them are left."""
        mask = people if people is not None else facts.users.mask_counted()
        first = last - window - baseline + 1
        daily = facts.users.grid.daily(first, last, mask) + [0] * window
        noise, finding = self.noise_of(facts), None
        levels = working_levels(daily, frozenset(day - first for day in quiet), baseline, window)
        for ahead, level in enumerate(levels):
            if not level.enough:
                return (None, None) if not ahead else (finding, day_start(last + 1 + ahead))
            if level.full <= self.least_level or not level.expected:
                continue
            bound = self.bound(level.expected, noise, chance)
            if bound <= 0 or level.observed > bound * level.expected:
                continue
            if ahead:
                return finding, day_start(last + 1 + ahead)
            frozen = _FROZEN.pack(level.full, window, 1 if people is not None else 0)
            if people is not None:
                frozen += people.to_bytes((people.bit_length() + 7) // 8, "little")
            finding = Finding(
                hit=True,
                clear=False,
                level=self.level_from_above(level.observed / level.expected),
                observed=level.observed,
                threshold=bound * level.expected,
                baseline=level.expected,
                frozen=frozen,
            )
            return finding, day_start(last + 2)
        return finding, day_start(last + 2 if people is not None else last + 1 + window)

    def _read_open(self, facts: Facts, last: Day, memory: Memory, quiet: tuple[Day, ...]) -> Finding | None:
        """None where too few days are left beside the quiet ones."""
        level, window, people = self._thaw(memory)
        mask = people if people is not None else facts.users.mask_counted()
        if people:
            # Who was deprovisioned does not stay away: they leave the set, with their share of the level.
            mask = people & ~facts.users.mask_where(status="deprovisioned")
            level *= mask.bit_count() / people.bit_count()
            if not mask:
                return Finding(hit=False, clear=True, frozen=memory.frozen)
        observed = facts.users.grid.user_days(last - window + 1, last, mask)
        away = between(quiet, last - window + 1, last)
        if away:
            first = last - window - self.baseline + 1
            daily = facts.users.grid.daily(first, last, mask)
            offsets = frozenset(day - first for day in between(quiet, first, last))
            share = working_share(daily, offsets, window)
            if share < LEAST_SHARE:
                return None
            level *= share
            observed -= sum(daily[day - first] for day in away)
        chance = self.chance if window == self.window else self.young.chance
        bound = self.bound(level, self.noise_of(facts), chance)
        ratio = observed / level
        return Finding(
            hit=ratio <= bound,
            clear=ratio >= bound + self.clears_margin,
            level=self.level_from_above(ratio),
            observed=observed,
            threshold=bound * level,
            baseline=level,
            frozen=memory.frozen,
        )

    def _thaw(self, memory: Memory) -> tuple[float, int, int | None]:
        assert isinstance(memory.frozen, bytes)
        level, window, masked = _FROZEN.unpack_from(memory.frozen)
        people = int.from_bytes(memory.frozen[_FROZEN.size :], "little") if masked else None
        return level, window, people

    def evidence(self, facts: Facts, now: Millis, finding: Finding, memory: Memory | None) -> Evidence:
        last = day_of(now) - 1
        if finding.subject and self.few is not None:
            return self.few.evidence(facts, last, finding, self._packaging.quiet_days.of(facts))
        kept = Memory(now, finding.frozen) if finding.frozen is not None else memory
        level, window, people = self._thaw(kept) if kept else (finding.baseline or 0.0, self.window, None)
        level = finding.baseline or level
        baseline = self.baseline if window == self.window else self.young.baseline
        mask = people if people is not None else facts.users.mask_counted()
        first = last - window - baseline + 1
        series = facts.users.grid.daily(first, last, mask)
        counted = facts.users.grid.active(first, last)
        if mask is not None:
            counted &= mask
        gone = counted & ~facts.users.grid.active(last - window + 1, last)
        away = between(self._packaging.quiet_days.of(facts), first, last)
        departments = [name for name, group in facts.users.groups("department").items() if group & gone]
        return Evidence(
            observed=finding.observed,
            threshold=finding.threshold,
            unit=f"active user-days per {window} d",
            window=(last - window + 1, last),
            baseline=level,
            baseline_window=(first, last - window),
            series=tuple((first + i, float(count)) for i, count in enumerate(series)),
            departments=tuple(sorted(departments)) if people is not None else (),
            details={
                "now": finding.observed,
                "usual": round(level, 1),
                "fall": round(1 - finding.observed / level, 4) if level else 0.0,
                "people": counted.bit_count(),
                "days": window,
                "noise": self.noise_of(facts),
                "quiet_days": ", ".join(str(date_of(day)) for day in away) or None,
            },
        )
