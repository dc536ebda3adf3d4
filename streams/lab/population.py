"""The people of one customer at work, as history: who comes on which day, with the noise of healthy customers.

A second opinion beside the story: simpler, made in another way, and with the change that a measurement asks for. What
makes healthy use uneven is in it: weekdays, a mood of the whole company that lasts for weeks, people who have other
work for a while, leave, people who come and go, and two holiday weeks where they are asked for.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from streams.detection.units import HOUR_MS, Day, date_of, day_start
from streams.lab.timeline import Published

HOLIDAYS: Final = ((12, 24), (1, 6))
"""First and last day (month, day) of the two weeks in which a tenth of the people come."""
CORE: Final = ("report.created", "dashboard.viewed", "export.run")
ABANDONED: Final = "export.run"
_FEATURES: Final = (*CORE, "dashboard.shared", "comment.added")
_WEEKDAYS: Final = (1.0, 1.05, 1.05, 1.0, 0.9, 0.06, 0.04)
_MOOD_KEPT, _MOOD_STEP = 0.95, 0.03
"""Of yesterday's mood, and its daily step: a deviation of a tenth that lasts for three weeks."""
_BUSY_ELSEWHERE = 1 / 60
_BACK_AGAIN = 1 / 14
_LEAVE = 1 / 90
_JOINS, _LEAVES = 1 / 1_200, 1 / 1_500
_PERSONAS: Final = ("analyst", "analyst", "planner", "planner", "manager")
_DEPARTMENTS: Final = ("finance", "sales", "operations", "it")
_LAPSING: Final = "planner"
_HOME, _ABROAD = "DE", "FR"


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to a company on one day, and by which signals it is to be found within `within` days.

    `people` is what is left of everybody's use (0-1), reached in equal steps over `over` days; `newcomers` is their
    number as a share of the company, `calls` what API calls are multiplied with."""

    name: str
    sentence: str
    signals: tuple[str, ...] = ()
    people: float = 1.0
    over: int = 0
    newcomers: float = 0.0
    calls: float = 1.0
    abandons: bool = False
    lapses: bool = False
    within: int = 42

    def left(self, days: int) -> float:
        """What is left of the use so many days after the change."""
        if days < 0:
            return 1.0
        return self.people if days >= self.over else 1 - (1 - self.people) * (days + 1) / (self.over + 1)


@dataclass(slots=True)
class Person:
    name: str
    department: str
    persona: str
    role: str
    region: str
    rate: float
    """The chance to come on an ordinary working day (0-1)."""
    features: tuple[str, ...]
    busy: bool = False
    away: int = 0
    gone: bool = False


@dataclass
class Population:
    """One customer. `events` can be asked for once: the dice roll on."""

    account: str
    users: int
    rng: random.Random
    holidays: bool = False
    organic: bool = False
    people: list[Person] = field(default_factory=list)
    _drawn: int = 0

    def events(self, first: Day, days: int, change: Change, on: int) -> Iterator[Published]:
        """Events by day, in order within none of them, from the day `first` on; the change comes on day number
        `on`."""
        rng = self.rng
        self.people = [self._person(number, self.users) for number in range(self.users)]
        yield self._event(
            first,
            0,
            "crm-changes",
            "account.changed",
            f'"name":"Acme","lifecycle":"live","country":"{_HOME}"',
        )
        for person in self.people:
            yield self._told(person, first)
        mood = rng.gauss(0, _MOOD_STEP / math.sqrt(1 - _MOOD_KEPT**2))
        calls = 400.0 * (self.users + 3)
        for number in range(days):
            day = first + number
            mood = _MOOD_KEPT * mood + rng.gauss(0, _MOOD_STEP)
            if number == on:
                yield from self._arrive(day, round(change.newcomers * self.users))
            elif self.organic:
                yield from self._come_and_go(day)
            weekday = (day + 3) % 7
            level = math.exp(mood) * _WEEKDAYS[weekday]
            if self.holidays and _in_holidays(day):
                level *= 0.1
            left = change.left(number - on)
            for person in self.people:
                if not self._comes(person, level * left):
                    continue
                if change.lapses and number >= on and person.persona == _LAPSING:
                    continue
                yield self._used(person, day, without=ABANDONED if change.abandons and number >= on else None)
            today = calls * math.exp(mood + rng.gauss(0, 0.2)) * (0.5 if weekday > 4 else 1.0)
            yield self._called(day, max(1, int(today * (change.calls if number >= on else 1.0))))

    def _person(self, number: int, of: int) -> Person:
        rng = self.rng
        self._drawn += 1
        keen = number < max(1, round(of * 0.2))
        return Person(
            name=f"u{self._drawn}",
            department=_DEPARTMENTS[number % max(1, min(4, of // 5))],
            persona=_PERSONAS[number % len(_PERSONAS)],
            role="admin" if number < max(1, of // 12) else "member",
            region=_HOME,
            rate=rng.uniform(0.75, 0.95) if keen else min(0.95, rng.betavariate(1.6, 1.9)),
            features=tuple(rng.sample(_FEATURES, 4 if keen else rng.randint(1, 3))),
        )

    def _arrive(self, day: Day, number: int) -> Iterator[Published]:
        """So many new people, in two teams of a new department in another country."""
        for _ in range(number):
            self._drawn += 1
            new = Person(f"u{self._drawn}", "marketing", "marketer", "member", _ABROAD, 0.85, _FEATURES[:4])
            self.people.append(new)
            yield self._told(new, day, team=f"marketing-{self._drawn % 2}")

    def _come_and_go(self, day: Day) -> Iterator[Published]:
        rng, size = self.rng, len(self.people)
        if rng.random() < size * _JOINS:
            new = self._person(size, size + 1)
            self.people.append(new)
            yield self._told(new, day)
        if size > 3 and rng.random() < size * _LEAVES:
            leaver = rng.choice(self.people)
            if leaver.role != "admin":
                self.people.remove(leaver)
                yield self._told(leaver, day, status="deprovisioned")

    def _comes(self, person: Person, level: float) -> bool:
        rng = self.rng
        if person.away:
            person.away -= 1
            return False
        if rng.random() < _LEAVE:
            person.away = rng.choice((1, 2, 5, 7, 7, 14))
            return False
        if rng.random() < (_BACK_AGAIN if person.busy else _BUSY_ELSEWHERE):
            person.busy = not person.busy
        return rng.random() < min(0.97, person.rate * level * (0.35 if person.busy else 1.0))

    # -- events

    def _told(self, person: Person, day: Day, status: str = "active", team: str | None = None) -> Published:
        return self._event(
            day,
            0,
            "product-usage",
            "user.changed",
            f'"user_id":"{person.name}","kind":"human","status":"{status}","product_role":"{person.role}",'
            f'"department":"{person.department}","team":"{team or person.department}",'
            f'"persona":"{person.persona}","region":"{person.region}"',
        )

    def _used(self, person: Person, day: Day, without: str | None) -> Published:
        feature = self.rng.choice(person.features)
        at = self.rng.randint(7 * HOUR_MS, 17 * HOUR_MS)
        if feature == without:
            return self._event(day, at, "product-usage", "session.started", f'"user_id":"{person.name}"')
        return self._event(
            day,
            at,
            "product-usage",
            "feature.used",
            f'"user_id":"{person.name}","feature":"{feature}","outcome":"used"',
        )

    def _called(self, day: Day, count: int) -> Published:
        at = 20 * HOUR_MS
        start, end = (f"{date_of(day)}T{hour}:00:00Z" for hour in ("19", "20"))
        return self._event(
            day,
            at,
            "product-usage",
            "api.called",
            f'"count":{count},"errors":0,"client_id":"sync","period_start":"{start}","period_end":"{end}"',
        )

    def _event(self, day: Day, at: int, topic: str, kind: str, fields: str) -> Published:
        self._numbered += 1
        hours, rest = divmod(at // 1_000, 3_600)
        moment = f"{date_of(day)}T{hours:02}:{rest // 60:02}:{rest % 60:02}Z"
        system = "product" if topic == "product-usage" else "crm"
        occurred = day_start(day) + at // 1_000 * 1_000
        value = (
            f'{{"type":"{kind}","event_id":"{self.account}-{self._numbered}","schema_version":1,'
            f'"account_id":"{self.account}","occurred_at":"{moment}","source_system":"{system}",{fields}}}'
        )
        return Published(occurred, topic, value.encode(), occurred)

    _numbered: int = 0


def _in_holidays(day: Day) -> bool:
    when = date_of(day)
    return (when.month, when.day) >= HOLIDAYS[0] or (when.month, when.day) <= HOLIDAYS[1]
