"""How much of what was bought is used: seats, core features."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from typing import ClassVar, Literal

from pydantic import Field

from streams.detection.catalog.durations import Days, WindowDays
from streams.detection.detectors.base import Detector, Open
from streams.detection.facts import Facts, Touch, purchased_seats
from streams.detection.facts.activity import AHEAD
from streams.detection.quiet import reach_back
from streams.detection.reading import ACCOUNT, ANY_NUMBER, Evidence, Finding, Memory, Reading
from streams.detection.scope import core_features, scope_of
from streams.detection.units import DAY_MS, Day, Millis, day_of, day_start


class Adoption(Detector):
    """A share of seats, or of users, that is in use: too small, or large enough for the next step.

    Mechanism: `of: seats` hits while fewer than `share` of the purchased seats (at least `least`, with at least
    `unused` of them idle) belong to users active in `window`, and clears at `clears_at`. Seats count from `after`
    their purchase: what was added last month is not expected to be in use. `of: core_features` hits while at least
    `share` of the active users (at least `least`) have used `features` of the core features of their tier in the
    window, and clears below `clears_at`.

    Trade-off: the share is of the whole account; a department that uses nothing is hidden by one that uses all.
    Quiet days are left out of the window of seats: it reaches back over them.

    Shapes and units: shares 0-1; windows in complete UTC days.

    >>> Adoption(of="seats", share=0.4, clears_at=0.5, least=10, unused=5).wanted(features=3)
    3
    >>> Adoption(of="core_features", share=0.6, clears_at=0.5, features=0.8).wanted(features=5)
    4
    """

    touches: ClassVar[int] = Touch.ACTIVITY | Touch.USERS | Touch.CONTRACT | Touch.PROFILE
    falls: ClassVar[bool] = True
    fields: ClassVar[frozenset[str]] = frozenset(
        {"share", "active", "seats", "unused", "adopters", "features"}
    )

    of: Literal["seats", "core_features"]
    share: float = Field(gt=0, lt=1)
    clears_at: float = Field(gt=0, lt=1)
    window: WindowDays = 28
    least: int = Field(default=5, ge=1, description="seats, or active users")
    unused: int = Field(default=0, ge=0)
    after: Days = 90
    features: float = Field(
        default=0.8, gt=0, le=1, description="share of the core features that a user needs"
    )

    @property
    def reads(self) -> int:
        return self.touches | (Touch.LEVEL if self.of == "seats" else Touch.FEATURE)

    @property
    def news(self) -> int:
        return Touch.RETURN_28 | Touch.NEW_USE if self.of == "core_features" and self.window >= 28 else 0

    def wanted(self, features: int) -> int:
        """How many of so many core features a user must use."""
        return ceil(self.features * features - 1e-9)

    def read(self, facts: Facts, now: Millis, open_: Open) -> Reading:
        if facts.first_usage_day is None:
            return Reading()
        ready = day_start(facts.first_usage_day + self.window)
        if now < ready and not open_:
            return Reading(recheck_at=ready, unknown="too-young", bears=ANY_NUMBER)
        if self.of == "seats":
            return self._read_seats(facts, now, bool(open_))
        return self._read_features(facts, now, bool(open_))

    # -- seats

    def _read_seats(self, facts: Facts, now: Millis, open_: bool) -> Reading:
        last = day_of(now) - 1
        change = self._seats_change(facts, last)
        seats = self.seats(facts, last)
        if seats is None or seats < self.least:
            return Reading(recheck_at=change)
        quiet = self._packaging.quiet_days.of(facts)
        active = self.active(facts, reach_back(quiet, last, self.window), last).bit_count()
        finding = Finding(
            hit=self._idle(seats, active),
            clear=active >= self.clears_at * seats,
            level=0,
            observed=active / seats,
            threshold=self.share,
            baseline=seats,
        )
        if finding.hit or open_:
            return Reading((finding,), now + DAY_MS)
        dues = [due for due in (change, self._runs_dry(facts, last, seats, quiet)) if due is not None]
        return Reading((finding,), min(dues, default=None))

    def _idle(self, seats: int, active: int) -> bool:
        return active < self.share * seats and seats - active >= self.unused

    def seats(self, facts: Facts, day: Day) -> int | None:
        """Seats purchased by now and held for `after`; None where the account is younger, or has none."""
        begun = self.begun(facts)
        if begun is None or day < begun + self.after:
            return None
        seats, held = purchased_seats(facts, day), purchased_seats(facts, day - self.after)
        return seats if seats is None or held is None else min(seats, held)

    def begun(self, facts: Facts) -> Day | None:
        """When the customer began: with the first contract, else as the CRM says, else with the first use."""
        starts = [
            contract.starts_on for contract in facts.contracts.values() if contract.starts_on is not None
        ]
        if starts:
            return min(starts)
        since = facts.profile.customer_since
        return since if since is not None else facts.first_usage_day

    def _seats_change(self, facts: Facts, last: Day) -> Millis | None:
        """The next midnight at which the number of seats could differ without an event."""
        begun = self.begun(facts)
        days = [begun + self.after] if begun is not None else []
        for contract in facts.contracts.values():
            for term in contract.terms:
                days += [term.effective_on, term.effective_on + self.after]
            ends_on = contract.ends_on(last)
            days += [] if ends_on is None else [ends_on + 1, ends_on + 1 + self.after]
            days += [] if contract.ended is None else [contract.ended.effective_on]
        if not facts.contracts:
            for name, level in facts.levels.items():
                if name.endswith("seats_assigned"):
                    days += [point.day + self.after for point in level.points]
        ahead = [day for day in days if day > last]
        return day_start(min(ahead) + 1) if ahead else None

    def _runs_dry(self, facts: Facts, last: Day, seats: int, quiet: tuple[Day, ...]) -> Millis | None:
        """When too few would be left if nobody came any more; None where nobody is there to lose."""
        low, high = last + 1, last + self.window + len(quiet)
        while low < high:
            middle = (low + high) // 2
            left = self.active(facts, reach_back(quiet, middle, self.window), last).bit_count()
            if self._idle(seats, left):
                high = middle
            else:
                low = middle + 1
        return day_start(low + 1)

    def active(self, facts: Facts, first: Day, last: Day) -> int:
        """The counted users active on any day of the range, as a mask."""
        return facts.users.only_counted(facts.users.grid.active(first, last))

    # -- core features

    def _read_features(self, facts: Facts, now: Millis, open_: bool) -> Reading:
        last = day_of(now) - 1
        active = self.active(facts, last - self.window + 1, last)
        here = self.active(facts, last - self.window + 1, AHEAD).bit_count()
        if active.bit_count() < self.least:
            if open_:
                return Reading((Finding(hit=False, clear=True),), day_start(last + 2))
            missing = self.least - here
            return Reading(bears=missing - 1) if missing > 0 else Reading(recheck_at=day_start(last + 2))
        core = core_features(self._packaging, scope_of(facts, self._packaging))
        if not core:
            return Reading()
        enough = self._enough(facts, core, last)
        adopters = (enough[-1] & active).bit_count()
        share = adopters / active.bit_count()
        finding = Finding(
            hit=share >= self.share,
            clear=share < self.clears_at,
            level=self.level_from_below(share),
            subject=ACCOUNT,
            observed=share,
            threshold=self.share,
            baseline=active.bit_count(),
        )
        newest = facts.users.grid.newest
        if open_ or not finding.clear or (newest is not None and newest > last + 2):
            return Reading((finding,), now + DAY_MS)
        # Who is left at the end of half a window sets how many adopters it takes until then.
        ahead = self.window // 2
        left = self.active(facts, last + ahead - self.window + 1, last).bit_count()
        missing = max(self._uses_missing(enough, max(left, self.least)), self.least - here)
        if missing <= 0:
            return Reading((finding,), now + DAY_MS)
        return Reading((finding,), now + ahead * DAY_MS, bears=missing - 1)

    def _uses_missing(self, enough: list[int], active: int) -> int:
        """The fewest new uses of core features that make adopters of the share of so many active users."""
        missing = ceil(self.share * active - 1e-9) - enough[-1].bit_count()
        uses, wanted = 0, len(enough)
        for lack in range(1, wanted):
            if missing <= 0:
                break
            near = min(missing, (enough[wanted - 1 - lack] & ~enough[wanted - lack]).bit_count())
            uses, missing = uses + lack * near, missing - near
        return uses + wanted * max(missing, 0)

    def adopters(self, facts: Facts, core: frozenset[str], last: Day) -> int:
        """The users of enough core features."""
        return self._enough(facts, core, last)[-1]

    def _enough(self, facts: Facts, core: frozenset[str], last: Day) -> list[int]:
        """The users of at least one, two ... of the core features, up to as many as one needs; uses of the day in
        progress count, last uses are all we know."""
        enough: list[int] = [0] * self.wanted(len(core))
        for used in self._uses(facts, core, last):
            for at in range(len(enough) - 1, 0, -1):
                enough[at] |= enough[at - 1] & used
            enough[0] |= used
        return enough

    def _uses(self, facts: Facts, core: frozenset[str], last: Day) -> Iterator[int]:
        for feature in sorted(core):
            yield facts.users.users_of_feature(feature, last - self.window + 1, last + 2)

    # -- evidence

    def evidence(self, facts: Facts, now: Millis, finding: Finding, memory: Memory | None) -> Evidence:
        last = day_of(now) - 1
        first = last - self.window + 1
        if self.of == "seats":
            first = reach_back(self._packaging.quiet_days.of(facts), last, self.window)
        active = self.active(facts, first, last)
        seats = self.seats(facts, last) or 0
        core = core_features(self._packaging, scope_of(facts, self._packaging))
        adopters = self.adopters(facts, core, last) & active if core else 0
        count = active.bit_count()
        share = count / (seats or 1) if self.of == "seats" else adopters.bit_count() / (count or 1)
        daily = facts.users.grid.daily(first, last, facts.users.mask_counted())
        return Evidence(
            observed=round(share, 4),
            threshold=finding.threshold,
            unit="share of purchased seats" if self.of == "seats" else "share of active users",
            window=(first, last),
            series=tuple((first + at, float(users)) for at, users in enumerate(daily)),
            details={
                "share": round(share, 4),
                "active": count,
                "seats": seats,
                "unused": max(seats - count, 0),
                "adopters": adopters.bit_count(),
                "features": ", ".join(sorted(core)),
            },
        )
