"""Things that happen in more than one plot."""

from __future__ import annotations

from streams.story.company import Contact, draw_contact
from streams.story.crm import contact_fields
from streams.story.plots.base import (
    BACKLOG,
    NEW_EXECUTIVE,
    SEATS_FULL,
    SPONSOR_LEFT,
    SPREAD,
    TIER_LIMIT,
    WITHIN,
)
from streams.story.records import Pen
from streams.story.script import Stage, Trouble
from streams.story.times import DAY_MS, HOUR_MS, iso_date


def contact_leaves(stage: Stage, contact: Contact, day: int, how: str) -> None:
    """The CRM records on `day` that the contact is gone; nobody invites them any more."""

    def scene(pen: Pen, at: int) -> None:
        contact.left = True
        left_on = iso_date(day - stage.rng.randint(0, 5))
        pen.crm("contact.left", at, contact_id=contact.contact_id, left_on=left_on, how=how)

    stage.on(day, scene)


def contact_joins(stage: Stage, contact: Contact, day: int, discovered_via: str = "crm") -> None:
    """The CRM learns of a contact on `day`."""

    def scene(pen: Pen, at: int) -> None:
        stage.company.contacts.append(contact)
        pen.crm("contact.added", at, **contact_fields(contact, discovered_via))

    stage.on(day, scene)


def sponsor_leaves(stage: Stage, onset: int) -> None:
    """The sponsor comes to no meeting for six weeks, then the CRM records that they have gone."""
    sponsor = stage.company.sponsor
    how = stage.rng.choice(("left_company", "left_company", "changed_role"))
    stage.script.absent[sponsor.contact_id] = onset - 42
    contact_leaves(stage, sponsor, onset, how)
    for signal in ("executive-unengaged", "stakeholders-dormant"):
        stage.follows(signal, onset - 42, 200, "The sponsor was the executive whom we met.")
    stage.is_true(
        SPONSOR_LEFT, onset, WITHIN[SPONSOR_LEFT], f"{sponsor.title} has gone ({how}); nobody follows."
    )


def executive_joins(stage: Stage, onset: int) -> None:
    """A vice president or chief who is weeks in the company takes over a function that the product serves."""
    department = stage.rng.choice(stage.company.departments[:1] or ("finance",))
    seniority = stage.rng.choice(("vp", "vp", "c_level"))
    joined = onset - stage.rng.randint(3, 60)
    contact = draw_contact(stage.company, stage.rng, seniority, department, (), joined)
    contact_joins(stage, contact, onset, stage.rng.choice(("crm", "enrichment")))
    sentence = f"{contact.title} joined {onset - joined} days before the CRM learned of it."
    stage.is_true(NEW_EXECUTIVE, onset, WITHIN[NEW_EXECUTIVE], sentence)


def department_starts(stage: Stage, onset: int) -> None:
    """A department that had no users starts with four to six people who use a lot, and stay."""
    department = stage.company.new_department()
    starters = stage.rng.randint(4, 6)
    for index in range(starters):
        user = stage.enrol(onset + index % 3, department, power=True)
        user.rate = stage.rng.uniform(0.88, 0.97)
    sentence = f"{starters} people of {department}, where nobody worked with it before, use it almost daily."
    stage.is_true(SPREAD, onset, WITHIN[SPREAD], sentence)
    newcomers_follow(stage, onset)


def newcomers_follow(stage: Stage, onset: int) -> None:
    for signal in ("active-users-rising", "team-breadth-rising"):
        stage.follows(signal, onset, 120, "More people come, some of them the first of their team.")


def seats_fill(stage: Stage, onset: int) -> None:
    """Users join week by week; on `onset` nine seats of ten are taken, three weeks later all of them."""
    company = stage.company
    assigned = len(company.humans())
    almost = -(-company.seats * 9 // 10)
    for taken in range(assigned, almost):  # six weeks up to the onset
        day = onset - 42 + round(42 * (taken + 1 - assigned) / (almost - assigned))
        _ask_for_seat(stage, day, "granted")
        stage.enrol(day)
    for taken in range(almost, company.seats):
        day = onset + round(21 * (taken + 1 - almost) / (company.seats - almost))
        _ask_for_seat(stage, day, "granted")
        stage.enrol(day)
    for day in range(onset + 23, stage.days - 1, 9):
        _ask_for_seat(stage, day, "refused")
    sentence = (
        f"{assigned} of {company.seats} seats on the first day, nine of ten taken from here on and rising."
    )
    stage.is_true(SEATS_FULL, onset, WITHIN[SEATS_FULL], sentence)
    newcomers_follow(stage, onset - 42)


def _ask_for_seat(stage: Stage, day: int, outcome: str) -> None:
    asking = stage.rng.choice(stage.company.humans())
    request = f"{stage.company.account_id}-r{day}-{stage.rng.randrange(1_000_000)}"

    def scene(pen: Pen, at: int) -> None:
        pen.usage(
            "seat.requested",
            day * DAY_MS + (at % HOUR_MS) // 2 if outcome == "granted" else at,
            request_id=request,
            user_id=asking.user_id,
            outcome=outcome,
            product_id="atlas",
            department=asking.department,
        )

    stage.on(day, scene)


def storage_fills(stage: Stage, onset: int) -> None:
    """Storage grows steadily to nine tenths of the tier's limit on `onset`, and on from there."""
    start = stage.rng.uniform(0.45, 0.65)
    noise = [stage.rng.uniform(-0.003, 0.003) for _ in range(stage.days + 1)]

    def level(day: int) -> float:
        if day < onset:
            return start + (0.885 - start) * max(0, day - onset + 60) / 60 + noise[day]
        return min(1.0, 0.915 + 0.004 * (day - onset)) - abs(noise[day])

    stage.script.storage = level
    sentence = f"Storage went from {start:.0%} of the limit to over 90 % and stays there."
    stage.is_true(TIER_LIMIT, onset, WITHIN[TIER_LIMIT], sentence)


def tickets_pile_up(stage: Stage, onset: int) -> None:
    """Four to six tickets a week instead of one or less, and most of them stay open."""
    day = float(onset)
    while day < stage.days - 1:
        weekday = int(day) % 7
        solved = stage.rng.uniform(20, 45) if stage.rng.random() < 0.25 else None
        kind = stage.rng.choice(("problem", "problem", "incident", "question"))
        stage.script.troubles.append(
            Trouble(int(day) - max(0, weekday - 4), solved, kind, stage.rng.choice((2, 2, 3, 3)))
        )
        day += stage.rng.uniform(1.0, 1.8) if day < onset + 28 else stage.rng.uniform(1.4, 2.6)
    sentence = "Tickets come several times as often as before and most of them are not solved."
    stage.is_true(BACKLOG, onset - 2, WITHIN[BACKLOG], sentence)
