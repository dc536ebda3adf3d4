"""What one account's users do in the product, day by day, and what its meters read in the evening.

The noise is that of healthy customers: weekdays, a mood of the whole company that lasts for weeks,
leave, illness, people who have other work for a while, people who come and go.
"""

from __future__ import annotations

import math
import random

from streams.story import world
from streams.story.company import Company, User, newcomer
from streams.story.records import API, MOBILE, WEB, Pen
from streams.story.script import Script, working_moment
from streams.story.times import DAY_MS, HOUR_MS, MINUTE_MS, date_of, is_weekend, is_year_end, month_of, stamp

WEEKDAY = (0.98, 1.02, 1.03, 1.0, 0.87, 0.05, 0.05)  # Monday to Sunday, against an ordinary working day
MOOD_KEPT = 0.92  # of yesterday's mood; the stationary deviation is then 8 %
MOOD_STEP = 0.03
QUIET_LEVEL = 0.4
SETTLING_DAYS = 40  # who has just started takes no leave
LEAVES_APART = 21
MOST_SEATS = 0.78  # of the purchased seats that organic growth fills
_EVENING = 22 * HOUR_MS
_WEEKEND_RUNS = 0.35
_RUNS_WEIGHT = 30.4 * (5 + 2 * _WEEKEND_RUNS) / 7  # of a month, in working days


class Usage:
    """Writes one account's events of product-usage."""

    def __init__(self, company: Company, script: Script, rng: random.Random, pen: Pen) -> None:
        self._company = company
        self._script = script
        self._rng = rng
        self._pen = pen
        self._mood = rng.gauss(0, 0.08)
        self._staff = [user for user in company.users if user.kind != "service"]
        self._runs = 0.0
        level = rng.uniform(50, 400) * (1 + len(company.users) / 20)
        self._api_level = level if script.api_level is None else script.api_level
        self._meters_read = company.tier != "team" or script.storage is not None or script.runs is not None

    def snapshot(self) -> None:
        """The users that exist on the first day, as the product knows them."""
        for user in self._company.users:
            self._tell_user(user, self._rng.randrange(1, HOUR_MS), "active", origin="snapshot")
        if self._company.has_api:
            self._integration(self._rng.randrange(1, HOUR_MS), "connected", "snapshot")

    def day(self, day: int) -> None:
        self._come_and_go(day)
        self._mood = MOOD_KEPT * self._mood + self._rng.gauss(0, MOOD_STEP)
        level = WEEKDAY[day % 7] * math.exp(self._mood)
        fades = [fade for fade in self._script.fades if fade.start <= day < fade.until]
        for user, leave in self._script.away.get(day, ()):
            user.away_until = max(user.away_until, day + leave)
        for user, features in self._script.habits.get(day, ()):
            user.features = features
            user.keen = True
        holiday = is_year_end(day)
        for user in self._staff:
            rate = user.rate * level
            if holiday:
                rate *= world.YEAR_END[user.region]
            for fade in fades:
                if fade.users is None or user.user_id in fade.users:
                    rate *= fade.factor(day)
            self._user_day(user, day, min(rate, 0.97))
        if self._company.has_api:
            self._api_day(day, math.exp(self._mood) * (0.6 if holiday else 1.0))
        self._read_meters(day)

    def _come_and_go(self, day: int) -> None:
        for user in self._script.arrivals.get(day, ()):
            self._arrive(user, day)
        for user in self._script.departures.get(day, ()):
            self._leave(user, day)
        if not self._company.organic or is_weekend(day):
            return
        size = len(self._staff)
        if self._rng.random() < size * 0.0010 and self._assigned() + 1 <= MOST_SEATS * self._company.seats:
            self._arrive(newcomer(self._company, self._rng, day), day)
        if self._rng.random() < size * 0.0006 and size > 4:
            ordinary = [u for u in self._staff if not u.key and u.kind == "human" and u.first_day == 0]
            if ordinary:
                self._leave(self._rng.choice(ordinary), day)

    def _arrive(self, user: User, day: int) -> None:
        self._company.users.append(user)
        self._staff.append(user)
        self._tell_user(user, day * DAY_MS + self._rng.randrange(HOUR_MS), "active")

    def _leave(self, user: User, day: int) -> None:
        user.last_day = day
        if user in self._staff:
            self._staff.remove(user)
            self._tell_user(user, day * DAY_MS + self._rng.randrange(HOUR_MS), "deprovisioned")

    def _integration(self, at: int, status: str, origin: str | None = None) -> None:
        integration_id = f"{self._company.account_id}-sync"
        self._pen.usage(
            "integration.changed",
            at,
            API,
            origin=origin,
            integration_id=integration_id,
            name="Nightly sync",
            status=status,
        )

    def _tell_user(self, user: User, at: int, status: str, origin: str | None = None) -> None:
        self._pen.usage(
            "user.changed",
            at,
            origin=origin,
            user_id=user.user_id,
            kind=user.kind,
            status=status,
            product_role=user.product_role,
            department=user.department,
            team=user.team if user.department else None,
            region=user.region,
            contact_id=user.contact_id,
        )

    def _user_day(self, user: User, day: int, rate: float) -> None:
        rng = self._rng
        if day < user.away_until:
            return
        if day - user.first_day > SETTLING_DAYS or user.first_day == 0:
            rested = day - user.away_until >= LEAVES_APART or not user.away_until
            if day % 7 == 0 and rng.random() < 0.022 and rested:
                user.away_until = day + (14 if rng.random() < 0.3 else 7)
                return
            if rng.random() < 0.008 and rested:
                user.away_until = day + rng.randint(1, 3)
                return
            if not user.key and rng.random() < 0.006:
                user.quiet_until = day + rng.randint(10, 30)
        if rng.random() >= (rate * QUIET_LEVEL if day < user.quiet_until else rate):
            return
        mobile = rng.random() < user.mobile
        source = MOBILE if mobile else WEB
        first_hour = world.REGIONS[user.region][1]
        start = day * DAY_MS + working_moment(rng, first_hour)
        user_id = user.user_id
        self._pen.usage(
            "session.started", start, source, user_id=user_id, client="mobile" if mobile else "web"
        )
        uses = 1 + (rng.random() < 0.45) if user.power else rng.random() < 0.5
        if user.keen:
            uses = 2
        for _ in range(uses):
            at = start + int(rng.random() * 40 * MINUTE_MS)
            feature = rng.choice(user.features)
            if self._script.shunned.get(feature, day + 1) <= day:
                continue
            self._pen.usage(
                "feature.used",
                at,
                source,
                user_id=user_id,
                feature=feature,
                outcome="used",
                count=rng.randint(1, 6),
            )
        if rng.random() < 0.08:
            later = min(start + int(rng.random() * 3 * HOUR_MS), (day + 1) * DAY_MS - 1)
            self._pen.usage(
                "session.started", later, source, user_id=user_id, client="mobile" if mobile else "web"
            )

    def _api_day(self, day: int, mood: float) -> None:
        rng = self._rng
        if rng.random() < 0.004:  # it fails in the night and is mended in the morning
            self._integration(day * DAY_MS + 2 * HOUR_MS, "failing")
            self._integration(day * DAY_MS + 9 * HOUR_MS, "connected")
        level = self._api_level * mood * (0.4 if is_weekend(day) else 1.0)
        if self._script.api is not None:
            level *= self._script.api(day)
        for hour in (10,) if is_weekend(day) else (3, 10, 17):
            at = day * DAY_MS + hour * HOUR_MS
            count = max(1, int(level * rng.uniform(0.8, 1.2)))
            self._pen.usage(
                "api.called",
                at + HOUR_MS,
                API,
                count=count,
                errors=int(count * rng.random() * 0.01),
                client_id="sync",
                period_start=stamp(at),
                period_end=stamp(at + HOUR_MS),
            )

    def _read_meters(self, day: int) -> None:
        at = day * DAY_MS + _EVENING + self._rng.randrange(30 * MINUTE_MS)
        self._sample(at, world.SEATS, self._assigned(), self._company.seats, "seat", "gauge")
        if not self._meters_read:
            return
        limit = world.packaging().limit(self._company.tier, world.STORAGE)
        self._sample(at + 1, world.STORAGE, round(self._storage(day) * limit, 1), limit, "GB", "gauge")
        self._read_runs(day, at + 2)

    def _storage(self, day: int) -> float:
        if self._script.storage is not None:
            return self._script.storage(day)
        start, growth = self._company.storage_use
        return start + growth * day / 150

    def _read_runs(self, day: int, at: int) -> None:
        rng = self._rng
        script = self._script
        limit = world.packaging().limit(self._company.tier, world.RUNS)
        first, following = month_of(day)
        if day == first:
            self._runs = 0.0
        share = self._company.runs_use if script.runs is None else script.runs(day)
        if script.even_runs:
            step = share / (following - first) * rng.uniform(0.95, 1.05)
        else:
            step = (
                share / _RUNS_WEIGHT * (_WEEKEND_RUNS if is_weekend(day) else 1.0) * rng.uniform(0.85, 1.15)
            )
        self._runs = min(1.0, self._runs + step)
        blocked = script.blocked.get(day, 0)
        if self._runs >= 1.0 and not is_weekend(day):
            blocked += rng.randint(1, 3)
        active = [user for user in self._staff if user.kind == "human"]
        for _ in range(blocked):
            user = rng.choice(active)
            moment = day * DAY_MS + working_moment(rng, world.REGIONS[user.region][1])
            self._pen.usage(
                "limit.blocked", moment, meter=world.RUNS, user_id=user.user_id, product_id="atlas"
            )
        month = (date_of(first).isoformat(), date_of(following).isoformat())
        self._sample(at, world.RUNS, int(self._runs * limit), limit, "run", "period_total", month)

    def _sample(
        self,
        at: int,
        meter: str,
        value: float,
        limit: int,
        unit: str,
        kind: str,
        month: tuple[str, str] | None = None,
    ) -> None:
        self._pen.usage(
            "level.sampled",
            at,
            meter=meter,
            value=value,
            limit=limit,
            unit=unit,
            kind=kind,
            period_start=f"{month[0]}T00:00:00Z" if month else None,
            period_end=f"{month[1]}T00:00:00Z" if month else None,
            product_id=world.MAIN_PRODUCT,
        )

    def _assigned(self) -> int:
        return sum(user.kind == "human" for user in self._staff)
