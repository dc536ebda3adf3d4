"""A made-up account with people, scores, contracts and dates, to whom anything happens in any order."""

from __future__ import annotations

from random import Random

from streams.detection.units import Millis
from tests.support.journal import Journal, Record, at, date

SIGNALS = frozenset(
    {
        "champion-lost",
        "competitor-present",
        "contacts-stale",
        "contraction",
        "csat-decline",
        "executive-unengaged",
        "external-shock",
        "goal-behind",
        "health-check-overdue",
        "notice-given",
        "nps-decline",
        "onboarding-late",
        "payment-overdue",
        "plan-stale",
        "renewal-intent-weak",
        "renewal-step-due",
        "renewal-step-missed",
        "save-plan-review",
        "sentiment-negative",
        "single-threaded",
        "stakeholders-dormant",
        "value-late",
    }
)
DAYS = 400


def story(seed: int) -> list[Record]:
    """A customer to whom some kinds of things happen on many days, and nothing in a long quiet stretch."""
    chance = Random(seed)
    journal = Journal()
    _profile(journal, at(0, 1), 0, chance)
    _contract(journal, at(0, 2), 0, chance)
    for _ in range(chance.choice((0, 3))):
        _contact(journal, at(0, 3), 0, chance)
    happenings = chance.sample(HAPPENINGS, chance.choice((4, 8, len(HAPPENINGS))))
    begins = chance.randint(60, 200)
    quiet = range(begins, begins + chance.choice((20, 100, 180)))
    pace = chance.choice((1, 2, 5))
    for day in journal.days(0, DAYS):
        for hour in range(chance.choice((0, 1, 2)) if day % pace == 0 else 0):
            if day not in quiet:
                chance.choice(happenings)(journal, at(day, 8 + hour), day, chance)
    return journal.records


def _profile(journal: Journal, when: Millis, day: int, chance: Random) -> None:
    journal.event(
        "acme",
        "account.changed",
        when,
        lifecycle="live",
        segment=chance.choice(("smb", "mid_market", "mid_market", "enterprise", None)),
        onboarding_started_on=chance.choice((None, date(-20), date(0))),
    )


def _contract(journal: Journal, when: Millis, day: int, chance: Random) -> None:
    months = chance.choice((6, 12, 12, 24))
    start = day - chance.choice((0, 30, 100, 300))
    journal.event(
        "acme",
        "contract.signed",
        when,
        contract_id=f"k-{chance.randint(1, 2)}",
        products=[{"product_id": "atlas", "tier": "team", "seats": 20}],
        acv="60000",
        arr="60000",
        currency="EUR",
        starts_on=date(start),
        ends_on=date(start + months * 30),
        term_months=months,
        auto_renew=chance.random() < 0.5,
        origin=chance.choice(("live", "snapshot")),
    )


def _amendment(journal: Journal, when: Millis, day: int, chance: Random) -> None:
    after, seats = chance.choice((("60000", 20), ("50000", 18), ("30000", 10), ("70000", 25)))
    journal.event(
        "acme",
        "contract.amended",
        when,
        contract_id="k-1",
        effective_on=date(day),
        arr_before="60000",
        arr_after=after,
        acv_after=after,
        currency="EUR",
        products_after=[{"product_id": "atlas", "tier": "team", "seats": seats}],
        auto_renew=chance.choice((True, False)),
    )


def _renewal(journal: Journal, when: Millis, day: int, chance: Random) -> None:
    start = day + chance.choice((0, 20, 60))
    journal.event(
        "acme",
        "contract.renewed",
        when,
        contract_id="k-1",
        arr_before="60000",
        arr_after="60000",
        acv_after="60000",
        currency="EUR",
        starts_on=date(start),
        ends_on=date(start + 364),
        products_after=[{"product_id": "atlas", "tier": "team", "seats": 20}],
    )


def _notice(journal: Journal, when: Millis, day: int, chance: Random) -> None:
    if chance.random() < 0.5:
        journal.event("acme", "contract.notice_withdrawn", when, contract_id="k-1", withdrawn_on=date(day))
        return
    journal.event(
        "acme",
        chance.choice(("contract.notice_given", "contract.notice_given", "contract.ended")),
        when,
        contract_id=f"k-{chance.randint(1, 2)}",
        effective_on=date(day + 90),
        arr_lost="60000",
        currency="EUR",
        stated_reason="price",
    )


def _contact(journal: Journal, when: Millis, day: int, chance: Random) -> None:
    journal.event(
        "acme",
        "contact.added",
        when,
        contact_id=f"c-{chance.randint(1, 4)}",
        seniority=chance.choice(("vp", "manager")),
        roles=chance.choice(([], ["sponsor"], ["budget_holder"], ["influencer", "champion"])),
        discovered_via="crm",
        origin=chance.choice(("live", "snapshot")),
    )


def _departure(journal: Journal, when: Millis, day: int, chance: Random) -> None:
    who = f"c-{chance.randint(1, 4)}"
    if chance.random() < 0.5:
        journal.event("acme", "contact.verified", when, contact_id=who, verified_on=date(day))
    else:
        journal.event("acme", "contact.left", when, contact_id=who, left_on=date(day - 3), how="left_company")


def _engagement(journal: Journal, when: Millis, day: int, chance: Random) -> None:
    journal.event(
        "acme",
        "engagement.logged",
        when,
        engagement_id=f"e-{when}",
        kind=chance.choice(("meeting", "call", "qbr", "health_check")),
        contact_ids=[f"c-{chance.randint(1, 4)}"],
        initiated_by=chance.choice(("customer", "vendor")),
        held=chance.random() < 0.8,
    )


def _note(journal: Journal, when: Millis, day: int, chance: Random) -> None:
    journal.event(
        "acme",
        "note.logged",
        when,
        note_id=f"n-{when}",
        author_id="p-1",
        sentiment=chance.choice(("negative", "negative", "neutral", "positive")),
        context=chance.choice(("qbr", "renewal")),
        contact_ids=[f"c-{chance.randint(1, 4)}"],
        competitors=chance.choice(([], [], ["Fleetmind"], ["Routewise"])),
    )


def _score(journal: Journal, when: Millis, day: int, chance: Random) -> None:
    if chance.random() < 0.3:
        journal.event(
            "acme",
            "nps.answered",
            when,
            answer_id=f"a-{when}",
            pulse_id=f"q-{day // 90}",
            contact_id=f"c-{chance.randint(1, 6)}",
            score=chance.choice((3, 6, 7, 9, 10)),
        )
    for number in range(chance.choice((1, 1, 6))):
        journal.event(
            "acme",
            "csat.answered",
            when + 1 + number,
            answer_id=f"s-{when}-{number}",
            score=chance.choice((1, 4, 5, 5, 5)),
            scale_min=1,
            scale_max=5,
        )


def _news(journal: Journal, when: Millis, day: int, chance: Random) -> None:
    journal.event(
        "acme",
        "company.news",
        when,
        news_id=f"w-{chance.randint(1, 4)}",
        kind=chance.choice(("layoffs", "displacement_project", "funding")),
        happened_on=date(day - 2),
        confidence=chance.choice((0.4, 0.9)),
    )


def _goal(journal: Journal, when: Millis, day: int, chance: Random) -> None:
    if chance.random() < 0.3:
        journal.event(
            "acme",
            "goal.planned",
            when,
            goal_id="g-1",
            plan_id=chance.choice((None, "p-1")),
            title="Hours saved",
            unit="h",
            start_value=0,
            target_value=100,
            starts_on=date(max(0, day - 60)),
            due_on=date(day + 120),
        )
    else:
        value = chance.choice((0, 20, 40, 80))
        as_of = date(day + chance.choice((-40, -10, 0, 3)))
        journal.event("acme", "goal.measured", when, goal_id="g-1", value=value, as_of=as_of)


def _plan(journal: Journal, when: Millis, day: int, chance: Random) -> None:
    journal.event(
        "acme",
        "plan.changed",
        when,
        plan_id=f"p-{chance.randint(1, 2)}",
        status=chance.choice(("active", "active", "draft", "closed")),
        reviewed_on=chance.choice((None, date(day - 20))),
    )


def _milestone(journal: Journal, when: Millis, day: int, chance: Random) -> None:
    name = f"m-{chance.randint(1, 2)}"
    kind = chance.choice(("onboarding", "implementation", "first_value", "adoption"))
    what = chance.random()
    if what < 0.5:
        due = date(day + chance.choice((-5, 10, 40)))
        journal.event(
            "acme", "milestone.planned", when, milestone_id=name, kind=kind, title="A step", due_on=due
        )
    elif what < 0.8:
        status = chance.choice(("planned", "delayed", "cancelled"))
        journal.event("acme", "milestone.changed", when, milestone_id=name, status=status)
    else:
        journal.event("acme", "milestone.reached", when, milestone_id=name, kind=kind)


def _renewal_talk(journal: Journal, when: Millis, day: int, chance: Random) -> None:
    if chance.random() < 0.5:
        step = chance.choice(("T-270", "T-180", "T-120", "T-90", "T-60", "T-30"))
        journal.event("acme", "renewal.step_done", when, contract_id="k-1", step=step, done_on=date(day - 1))
    else:
        intent = chance.choice(("likely", "undecided", "negative"))
        journal.event("acme", "renewal.intent_recorded", when, contract_id="k-1", intent=intent)


def _invoice(journal: Journal, when: Millis, day: int, chance: Random) -> None:
    journal.event(
        "acme",
        "invoice.changed",
        when,
        invoice_id=f"i-{chance.randint(1, 3)}",
        status=chance.choice(("open", "overdue", "paid")),
        due_on=date(day + chance.choice((-30, -5, 14))),
        amount="900",
        currency="EUR",
    )


HAPPENINGS = (
    *(_contact, _departure, _engagement, _engagement, _engagement, _note, _score, _score, _news),
    *(_goal, _plan, _milestone, _renewal_talk, _invoice, _contract, _amendment, _renewal, _notice),
)


def quiet() -> list[Record]:
    """A customer of whom nothing is heard after the contract."""
    journal = Journal()
    journal.event("acme", "account.changed", at(0, 1), lifecycle="live")
    _contract(journal, at(0, 2), 0, Random(1))
    for _ in journal.days(0, DAYS):
        pass
    return journal.records
