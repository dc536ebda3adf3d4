"""A made-up account on whose map things happen in any order: contacts, centres, problems, openings, goals, deals."""

from __future__ import annotations

from random import Random

from streams.detection.units import Millis
from tests.support.journal import Journal, Record, at, date

SIGNALS = frozenset(
    {
        "acquisition-made",
        "buying-centre-uncovered",
        "buying-centres-unmapped",
        "committee-member-new",
        "cross-sell-interest",
        "executive-reengaged",
        "goal-reached-early",
        "healthy-not-expanding",
        "hiring-in-served-function",
        "initiative-mapped",
        "market-expansion",
        "pain-in-new-department",
    }
)
DEPARTMENTS = ("finance", "marketing", "it", "legal")
DAYS = 230


def story(seed: int) -> list[Record]:
    """A customer with something happening on most days, and quiet stretches."""
    chance = Random(seed)
    journal = Journal()
    journal.event("acme", "account.changed", at(0, 1), name="Acme", lifecycle="live")
    _contract(journal, 0, chance)
    quiet = range(chance.randint(60, 150), chance.randint(150, DAYS))
    for day in journal.days(0, DAYS):
        for hour in range(chance.choice((0, 0, 1, 3))):
            if day not in quiet:
                chance.choice(HAPPENINGS)(journal, at(day, 8 + hour), day, chance)
    return journal.records


def _contract(journal: Journal, day: int, chance: Random) -> None:
    acv = chance.choice(("40000", "60000"))
    start = day - chance.choice((30, 140, 320))
    journal.event(
        "acme",
        "contract.signed",
        at(day, 2),
        contract_id="k-1",
        products=[{"product_id": "atlas", "tier": "team", "seats": 20}],
        acv=acv,
        arr=acv,
        currency="EUR",
        starts_on=date(start),
        ends_on=date(start + chance.choice((260, 1095))),
        term_months=12,
        auto_renew=chance.random() < 0.5,
    )


def _contact(journal: Journal, when: Millis, day: int, chance: Random) -> None:
    journal.event(
        "acme",
        "contact.added",
        when,
        contact_id=f"c-{chance.randint(1, 5)}",
        seniority=chance.choice(("vp", "manager")),
        department=chance.choice(DEPARTMENTS),
        roles=chance.choice(([], ["budget_holder"], ["influencer", "champion"])),
        discovered_via="crm",
        joined_company_on=date(day - chance.choice((10, 100, 900))),
        origin=chance.choice(("live", "snapshot")),
    )


def _engagement(journal: Journal, when: Millis, day: int, chance: Random) -> None:
    journal.event(
        "acme",
        "engagement.logged",
        when,
        engagement_id=f"e-{when}",
        kind="meeting",
        contact_ids=[f"c-{chance.randint(1, 5)}"],
        initiated_by=chance.choice(("customer", "vendor")),
        held=chance.random() < 0.8,
    )


def _centre(journal: Journal, when: Millis, day: int, chance: Random) -> None:
    journal.event(
        "acme",
        "buying_centre.changed",
        when,
        buying_centre_id=f"b-{chance.randint(1, 3)}",
        department=chance.choice(DEPARTMENTS),
        deployed=chance.choice((None, True, False, False)),
        status=chance.choice(("known", "known", "suspected", "ruled_out")),
    )


def _problem(journal: Journal, when: Millis, day: int, chance: Random) -> None:
    journal.event(
        "acme",
        "problem.recorded",
        when,
        problem_id=f"p-{chance.randint(1, 4)}",
        department=chance.choice(DEPARTMENTS),
        use_case_id=chance.choice((None, "revenue-insight", "fairs")),
        status=chance.choice(("open", "open", "solved")),
    )


def _user(journal: Journal, when: Millis, day: int, chance: Random) -> None:
    journal.event(
        "acme",
        "user.changed",
        when,
        user_id=f"u-{chance.randint(1, 4)}",
        kind="human",
        status="active",
        department=chance.choice(DEPARTMENTS),
    )


def _openings(journal: Journal, when: Millis, day: int, chance: Random) -> None:
    for number in range(chance.choice((1, 1, 2, 6))):
        journal.event(
            "acme",
            "hiring.observed",
            when + number,
            posting_id=f"h-{when}-{number}",
            function=chance.choice(("finance", "it", "facilities")),
            opened_on=date(day - chance.choice((0, 3, 40))),
            origin=chance.choice(("live", "live", "snapshot")),
        )


def _goal(journal: Journal, when: Millis, day: int, chance: Random) -> None:
    if chance.random() < 0.4:
        journal.event(
            "acme",
            "goal.planned",
            when,
            goal_id="g-1",
            title="Hours saved",
            unit="h",
            start_value=0,
            target_value=chance.choice((80, 100, 120)),
            starts_on=date(0),
            due_on=date(chance.choice((100, 200))),
        )
    else:
        value = chance.choice((60, 90, 110, 130))
        journal.event("acme", "goal.measured", when, goal_id="g-1", value=value, as_of=date(day))


def _news(journal: Journal, when: Millis, day: int, chance: Random) -> None:
    journal.event(
        "acme",
        "company.news",
        when,
        news_id=f"n-{chance.randint(1, 4)}",
        kind=chance.choice(("acquisition_made", "market_expansion", "initiative", "funding")),
        happened_on=date(day - 2),
        confidence=chance.choice((0.4, 0.6, 0.9)),
        use_case_id=chance.choice((None, "it-governance")),
    )


def _interest(journal: Journal, when: Millis, day: int, chance: Random) -> None:
    journal.event(
        "acme",
        "interest.recorded",
        when,
        interest_id=f"i-{chance.randint(1, 3)}",
        product_id=chance.choice(("atlas", "atlas-planning")),
        source="meeting",
    )


def _deal(journal: Journal, when: Millis, day: int, chance: Random) -> None:
    journal.event(
        "acme",
        "deal.changed",
        when,
        deal_id=f"d-{chance.randint(1, 2)}",
        kind="expansion",
        engine=chance.choice(("feature", "strategic")),
        stage=chance.choice(("qualified", "won", "lost")),
        amount="5000",
        currency="EUR",
        created_on=date(0),
        sourced_by="cs",
    )


def _ticket(journal: Journal, when: Millis, day: int, chance: Random) -> None:
    if chance.random() < 0.5:
        journal.event("acme", "ticket.opened", when, ticket_id="t-1", severity=1, kind="incident")
    else:
        journal.event("acme", "ticket.resolved", when, ticket_id="t-1")


HAPPENINGS = (
    _contact,
    _engagement,
    _engagement,
    _engagement,
    _centre,
    _problem,
    _user,
    _openings,
    _goal,
    _news,
    _interest,
    _deal,
    _ticket,
)


def quiet() -> list[Record]:
    """A customer of whom nothing is heard after the contract."""
    journal = Journal()
    journal.event("acme", "account.changed", at(0, 1), name="Acme", lifecycle="live")
    _contract(journal, 0, Random(1))
    for _ in journal.days(0, DAYS):
        pass
    return journal.records
