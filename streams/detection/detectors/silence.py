"""Nobody comes any more: the account, a group of its users, or a core feature."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from streams.detection.catalog.durations import Days, WindowDays
from streams.detection.detectors.base import Detector, Open
from streams.detection.facts import HORIZON_DAYS, Attribute, Facts, Touch
from streams.detection.quiet import between, reach_back, reach_on
from streams.detection.reading import ACCOUNT, Evidence, Finding, Memory, Reading
from streams.detection.units import DAY_MS, Day, Millis, date_of, day_of, day_start


class Quick(BaseModel):
    """The shorter silence that is enough where many came before."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    window: Days
    users: int = Field(ge=2, description="from this many active users in the baseline")


class Silence(Detector):
    """No activity in the last `window` complete days of something that was in use in `baseline` before.

    Mechanism: `of: account` hits when nobody was active after at least `user_days` active user-days; `of: groups`
    when no member of a persona or role was, after at least `users` of them were, who together would have come on
    `user_days` user-days in such a window, in half of the weeks of the baseline at least (who came twice in eight
    weeks has not lapsed after three); `of: core_features` when nobody used a core feature that at least `users`
    users had used, where chance does not explain it (`luck`). Quiet days count neither as silence nor as habit: the
    windows reach back over them. It clears when somebody (`back` users) is active again.

    Trade-off: it finds what a ratio cannot (small accounts and groups), and only the end, never the decline. The
    members of a group are today's: who moved to another persona took their past along. Of a feature only the last
    use of each user is on record, so that its habit is judged by how close together those last uses lie: of three
    users, the sum of the days from their last uses to the newest may be seven.

    Shapes and units: windows in UTC days that are complete and not quiet; `user_days` in the baseline
    (`of: account`) or per window (`of: groups`). Source: customer-success practice; the bounds on habit keep
    occasional use from counting as lapsed. For features it is the test of two exponential samples (the normalised
    spacings of the last uses against the silence; Epstein & Tsao, Annals of Mathematical Statistics 24, 1953).

    >>> Silence(of="account", window="14d", baseline="56d", user_days=20).subject_kind
    'account'
    >>> feature = Silence(of="core_features", window="21d", baseline="56d", users=3, luck=0.01)
    >>> feature.abandoned([0, 2, 4]), feature.abandoned([0, 7, 14])   # days from each last use to the newest
    (True, False)
    """

    touches: ClassVar[int] = Touch.ACTIVITY | Touch.USERS | Touch.PROFILE
    falls: ClassVar[bool] = True
    fields: ClassVar[frozenset[str]] = frozenset({"what", "days", "users", "user_days", "last_on"})

    of: Literal["account", "groups", "core_features"]
    by: tuple[Literal["persona", "role"], ...] = ("persona", "role")
    window: Days
    baseline: WindowDays = 56
    users: int = Field(default=3, ge=1)
    user_days: float = Field(default=0, ge=0)
    luck: float = Field(
        default=0.01,
        gt=0,
        lt=1,
        description="of core_features: a silence that is likelier than this is chance; with more users than three, "
        "who leave more silences to look at, less by their number",
    )
    quick: Quick | None = None
    back: int = Field(default=1, ge=1)

    @property
    def reads(self) -> int:
        return self.touches | Touch.FEATURE if self.of == "core_features" else self.touches

    @property
    def subject_kind(self) -> str:
        return {"account": "account", "groups": "persona", "core_features": "feature"}[self.of]

    @property
    def reach(self) -> int:
        # Of a feature only the last use is known.
        return 0 if self.of == "core_features" else self.window + self.baseline

    @property
    def offers(self) -> frozenset[str]:
        return self.fields - {"user_days"} if self.of == "core_features" else self.fields

    def read(self, facts: Facts, now: Millis, open_: Open) -> Reading:
        last = day_of(now) - 1
        if facts.first_usage_day is None:
            return Reading()
        quiet = self._packaging.quiet_days.of(facts)
        findings: list[Finding] = []
        following: list[Day] = []
        for subject in self.subjects(facts):
            memory = open_.get(subject)
            if memory is not None and memory.standing:
                findings.append(self._read_open(facts, subject, last, memory))
                continue
            members = self.members(facts, subject)
            newest = self.newest(facts, subject, members, last)
            if newest is None:
                continue
            if newest > last:
                following.append(last + 1)
                continue
            finding, due = self._read_idle(facts, subject, members, newest, last, quiet)
            if finding is not None:
                findings.append(finding)
            if due is not None:
                following.append(due)
        if open_ or any(finding.hit for finding in findings):
            return Reading(tuple(findings), now + DAY_MS)
        return Reading(tuple(findings), day_start(min(following) + 1) if following else None)

    # -- one subject

    def _read_idle(
        self, facts: Facts, subject: str, members: int | None, newest: Day, last: Day, quiet: tuple[Day, ...]
    ) -> tuple[Finding | None, Day | None]:
        """The finding, else the last day of the silence that would be long enough if nobody came any more."""
        windows = [self.window] if self.quick is None else [self.quick.window, self.window]
        for window in windows:
            end = reach_on(quiet, newest, window)
            if end > last:
                return None, end
            users, level = self.habit(facts, subject, members, newest, window, quiet)
            if window != self.window and self.quick is not None and users < self.quick.users:
                continue
            if users < self.users or level is None:
                continue
            return Finding(
                hit=True,
                clear=False,
                subject=subject,
                observed=0,
                threshold=self.back,
                baseline=level,
                frozen=(float(newest), float(window), float(users), level),
            ), None
        return None, None

    def _read_open(self, facts: Facts, subject: str, last: Day, memory: Memory) -> Finding:
        """Who is active again since; what was silent by then is not asked again."""
        since = day_of(memory.since)
        members = self.members(facts, subject)
        back = self._active(facts, subject, members, since, last).bit_count()
        assert isinstance(memory.frozen, tuple)
        return Finding(
            hit=not back,
            clear=back >= self.back,
            subject=subject,
            observed=back,
            threshold=self.back,
            baseline=memory.frozen[3],
            frozen=memory.frozen,
        )

    def habit(
        self,
        facts: Facts,
        subject: str,
        members: int | None,
        newest: Day,
        window: int,
        quiet: tuple[Day, ...],
    ) -> tuple[int, float | None]:
        """Users in the baseline that ends with `newest`, and the level they kept; None where it was no habit."""
        first = reach_back(quiet, newest, self.baseline)
        users = self._active(facts, subject, members, first, newest)
        if self.of == "core_features":
            if users.bit_count() < self.users:
                return users.bit_count(), None
            ages = self._ages(facts, subject, members, first, newest, quiet)
            return len(ages), float(sum(ages)) if self.abandoned(ages) else None
        daily = facts.users.grid.daily(first, newest, members)
        total = sum(daily)
        if self.of == "account":
            return users.bit_count(), float(total) if total >= self.user_days else None
        level = total * window / self.baseline
        weeks = [any(daily[start : start + 7]) for start in range(0, len(daily) - 6, 7)]
        habit = level >= self.user_days and 2 * sum(weeks) >= len(weeks)
        return users.bit_count(), level if habit else None

    def abandoned(self, ages: list[int]) -> bool:
        """Whether a silence of the window is more than chance after last uses that lie so many days before the
        newest, one for each user.

        If each of n users came with the same constant chance a day, the sum of the ages would be that of n - 1
        exponential times, and n times the silence one more: the silence is the largest by luck with probability
        (1 + n * window / sum) ^ (1 - n)."""
        users, together = len(ages), sum(ages)
        if users < max(self.users, 2):
            return False
        luck = self.luck / max(1, users - 2)
        return together == 0 or (1 + users * self.window / together) ** (1 - users) <= luck

    def _ages(
        self, facts: Facts, feature: str, members: int | None, first: Day, newest: Day, quiet: tuple[Day, ...]
    ) -> list[int]:
        """Days that are not quiet from each user's last use to the newest of all."""
        ages: list[int] = []
        for day, users in facts.users.features.last_uses(feature, first, newest, members):
            ages += [newest - day - len(between(quiet, day + 1, newest))] * users
        return ages

    # -- what is watched

    def subjects(self, facts: Facts) -> Iterator[str]:
        """What is watched for silence: the account, `attribute:value` of its groups, or its core features."""
        if self.of == "account":
            yield ACCOUNT
        elif self.of == "groups":
            for attribute in self.by:
                for name, members in sorted(facts.users.groups(attribute).items()):
                    if members.bit_count() >= self.users:
                        yield f"{attribute}:{name}"
        else:
            yield from sorted(self._packaging.core_features & facts.users.features.days.keys())

    def members(self, facts: Facts, subject: str) -> int | None:
        """The counted users of the subject, None for everybody."""
        if self.of != "groups":
            return facts.users.mask_counted()
        attribute, _, name = subject.partition(":")
        kind: Attribute = "role" if attribute == "role" else "persona"
        return facts.users.only_counted(facts.users.mask(kind, name))

    def _active(self, facts: Facts, subject: str, members: int | None, first: Day, last: Day) -> int:
        """The users active (of a feature: whose last use lies) in the range."""
        if self.of == "core_features":
            found = facts.users.users_of_feature(subject, first, last)
        else:
            found = facts.users.grid.active(first, last)
        return found if members is None else found & members

    def newest(self, facts: Facts, subject: str, members: int | None, last: Day) -> Day | None:
        """The last day with any activity of the subject. Of a feature one after `last` where it was used since: that
        hides when those users used it before, and it is not silent."""
        first = last - HORIZON_DAYS
        if self.of != "core_features":
            return facts.users.grid.last_day(first, last, members)
        features = facts.users.features
        newest = features.newest(subject)
        if newest is None or newest < first:
            return None
        if members is None and newest <= last + 3:
            return newest
        if self._active(facts, subject, members, last + 1, last + 3):
            return last + 1
        return next((day for day, _ in features.last_uses(subject, first, last, members)), None)

    def evidence(self, facts: Facts, now: Millis, finding: Finding, memory: Memory | None) -> Evidence:
        last = day_of(now) - 1
        quiet = self._packaging.quiet_days.of(facts)
        frozen = finding.frozen if finding.frozen is not None else memory.frozen if memory else None
        kept = (
            frozen if isinstance(frozen, tuple) else (float(last - self.window), float(self.window), 0.0, 0.0)
        )
        newest, window, users, level = int(kept[0]), int(kept[1]), int(kept[2]), kept[3]
        first = reach_back(quiet, newest, self.baseline)
        members = self.members(facts, finding.subject)
        series: tuple[tuple[Day, float], ...] = ()
        if self.of != "core_features":
            daily = facts.users.grid.daily(first, last, members)
            series = tuple((first + at, float(count)) for at, count in enumerate(daily))
        gone = self._active(facts, finding.subject, members, first, newest)
        departments = {name for name, group in facts.users.groups("department").items() if group & gone}
        return Evidence(
            observed=finding.observed,
            threshold=float(self.back),
            unit="active users",
            window=(newest + 1, last),
            baseline=float(users) if self.of == "core_features" else level,
            baseline_window=(first, newest),
            series=series,
            departments=tuple(sorted(departments)) if self.of == "groups" else (),
            details={
                "what": finding.subject.partition(":")[2] or finding.subject,
                "days": last - newest,
                "quiet_days": len(between(quiet, newest + 1, last)),
                "needed_days": window,
                "users": users,
                "user_days": None if self.of == "core_features" else round(level, 1),
                "apart": int(level) if self.of == "core_features" else None,
                "last_on": str(date_of(newest)),
            },
        )
