"""A made-up account whose users begin, pause, come back and learn features in any order, some of it
reported late and some ahead of the clock."""

from __future__ import annotations

from random import Random

from streams.detection.units import Millis
from tests.support.journal import Journal, Record, at, date

SIGNALS = frozenset(
    {
        "active-users-rising",
        "ready-for-next-use-case",
        "region-spread",
        "team-breadth-rising",
    }
)
DAYS = 240
FEATURES = ("report.created", "dashboard.viewed", "export.run")
REGIONS = ("DE", "FR", "GB")
DEPARTMENTS = ("finance", "sales", "it", "legal")


def story(seed: int) -> list[Record]:
    """Waves of users: each wave comes for some weeks, at a pace of its own, with a share of the features."""
    chance = Random(seed)
    journal = _begun(chance)
    waves = [_wave(chance, first) for first in (0, chance.randint(0, 60), *(chance.randint(60, 200),) * 2)]
    for day in journal.days(0, DAYS):
        for hour, (users, begins, ends, pace, learnt) in enumerate(waves):
            if begins <= day < ends:
                for user in users:
                    if chance.random() < pace:
                        off = chance.choice((-9, -2, -1, 1, 1, 3)) if chance.random() < 0.04 else 0
                        when = at(max(day + off, 0), chance.choice((0.1, 8.0, 23.5))) + hour * 1000
                        _comes(journal, when, user, chance.choice(learnt))
        if chance.random() < 0.1:
            _told(journal, at(day, 12), f"u-{chance.randint(1, 24)}", chance)
        if chance.random() < 0.01:
            journal.event(
                "acme", "user.erase", at(day, 13), user_id=f"u-{chance.randint(1, 24)}", request_id=f"r-{day}"
            )
    return journal.records


Wave = tuple[list[str], int, int, float, tuple[str, ...]]


def _wave(chance: Random, begins: int) -> Wave:
    first, many = chance.randint(1, 12), chance.randint(2, 13)
    users = [f"u-{number}" for number in range(first, first + many)]
    learnt = chance.choice((FEATURES, FEATURES[:2], ("",), (*FEATURES, "")))
    return users, begins, begins + chance.choice((20, 70, 200)), chance.choice((0.05, 0.2, 0.7)), learnt


def _comes(journal: Journal, when: Millis, user: str, feature: str) -> None:
    if feature:
        journal.event("acme", "feature.used", when, user_id=user, feature=feature, outcome="used")
    else:
        journal.event("acme", "session.started", when, user_id=user)


def _told(journal: Journal, when: Millis, user: str, chance: Random) -> None:
    journal.event(
        "acme",
        "user.changed",
        when,
        user_id=user,
        kind=chance.choice(("human", "human", "human", "service")),
        status="active",
        department=chance.choice(DEPARTMENTS),
        region=chance.choice(REGIONS),
    )


def _begun(chance: Random) -> Journal:
    journal = Journal()
    journal.event("acme", "account.changed", at(0, 1), name="Acme", lifecycle="live", country="DE")
    journal.event(
        "acme",
        "contract.signed",
        at(0, 2),
        contract_id="k-1",
        products=[{"product_id": "atlas", "tier": "team", "seats": 30}],
        acv="40000",
        arr="40000",
        currency="EUR",
        starts_on=date(0),
        ends_on=date(364),
        term_months=12,
        auto_renew=True,
    )
    for number in range(1, 25):
        if chance.random() < 0.7:
            _told(journal, at(0, 3), f"u-{number}", chance)
    return journal


def quiet() -> list[Record]:
    """A customer of eight users, two of whom come each day and learn little."""
    chance = Random(1)
    journal = _begun(chance)
    for day in journal.days(0, DAYS):
        for number in chance.sample(range(1, 9), 2):
            _comes(journal, at(day, 8 + number), f"u-{number}", chance.choice(("", "", "export.run")))
    return journal.records
