"""What the CSM knows that an account manager needs, and how the customer can buy."""

from __future__ import annotations

from schemas.growth import BuyingCentreRef, HandOver, PurchasePath
from streams.detection.buying_centres import last_engaged, problems_of
from streams.detection.facts import Contact, Facts, Goal, contracts_in_force
from streams.detection.packaging import Packaging
from streams.detection.system import Notice
from streams.detection.units import DAY_MS, Day, Millis, date_of, day_of
from streams.detection.wording import days_to_renewal

LOOKING_BACK: Millis = 180 * DAY_MS
_MOST = 20


def hand_over(notice: Notice, centre: BuyingCentreRef | None, packaging: Packaging) -> HandOver:
    """One sentence an entry, the newest first; the notes begin with the buying centre that is aimed at."""
    facts, now = notice.facts, notice.decided_at
    return HandOver(
        champion=_person_with(facts, "champion"),
        sponsor=_person_with(facts, "sponsor"),
        open_risks=tuple(
            f"{v.rule.spec.title} ({v.rule.levels[v.level]}, since {date_of(day_of(v.since))})"
            for v in notice.verdicts
            if v.rule.motion == "retention"
        )[:_MOST],
        recent_wins=_wins(facts, now)[:_MOST],
        goals=_goals(facts, day_of(now))[:_MOST],
        notes=(*_about_centre(facts, centre, packaging, now), *_notes(facts, now))[:_MOST],
    )


def purchase_path(facts: Facts, engine: str | None, day: Day) -> PurchasePath:
    """How the contracts in force let the customer buy more; unknown where none says."""
    contracts = list(contracts_in_force(facts, day))
    if engine == "seat":
        known = [contract.seats_self_serve for contract in contracts if contract.seats_self_serve is not None]
        if any(known):
            return "self_serve"
    else:
        known = [
            contract.upgrade_needs_amendment
            for contract in contracts
            if contract.upgrade_needs_amendment is not None
        ]
        if any(known):
            return "amendment"
    return "order_form" if known else "unknown"


def competitor_of(facts: Facts, now: Millis) -> str | None:
    """The competitor that was last named in a conversation or in the news, within 180 days."""
    named = [(note.mark.occurred_ms, name) for note in facts.notes.values() for name in note.competitors] + [
        (news.mark.occurred_ms, news.competitor) for news in facts.news.values() if news.competitor
    ]
    recent = [(at, name) for at, name in named if now - LOOKING_BACK <= at <= now]
    return max(recent)[1] if recent else None


def _wins(facts: Facts, now: Millis) -> tuple[str, ...]:
    found: list[tuple[Millis, str]] = []
    for milestone in facts.milestones.values():
        at = milestone.reached.occurred_ms if milestone.reached else None
        if at is not None and now - LOOKING_BACK <= at <= now:
            found.append((at, f"Reached {milestone.title or milestone.kind or milestone.id}"))
    for goal in facts.goals.values():
        measure = goal.measured(day_of(now))
        if measure is not None and _reached(goal, measure.value):
            at = measure.mark.occurred_ms
            if now - LOOKING_BACK <= at <= now:
                value = f"{measure.value:g} {goal.unit or ''}".strip()
                found.append((at, f"Reached the goal {goal.title or goal.id}: {value}"))
    return tuple(f"{text} ({date_of(day_of(at))})" for at, text in sorted(found, reverse=True))


def _goals(facts: Facts, day: Day) -> tuple[str, ...]:
    found = []
    for _, goal in sorted(facts.goals.items()):
        measure = goal.measured(day)
        if goal.target_value is None or (measure is not None and _reached(goal, measure.value)):
            continue
        due = f" by {date_of(goal.due_on)}" if goal.due_on is not None else ""
        unit = f" {goal.unit}" if goal.unit else ""
        now = f", now {measure.value:g}" if measure else ""
        found.append(f"{goal.title or goal.id}: {goal.target_value:g}{unit}{due}{now}")
    return tuple(found)


def _about_centre(
    facts: Facts, aimed: BuyingCentreRef | None, packaging: Packaging, now: Millis
) -> tuple[str, ...]:
    centre = facts.centres.get(aimed.id) if aimed is not None and aimed.id is not None else None
    if centre is None:
        return ()
    name = centre.name or centre.department or centre.id
    engaged = last_engaged(facts, centre, day_of(now))
    found = [f"{name}: nobody met yet" if engaged is None else f"{name}: last met on {date_of(engaged)}"]
    for problem in problems_of(facts, centre):
        case = packaging.use_cases.get(problem.use_case_id or "")
        since = problem.opened or problem.mark
        what = f", which {case.name} serves" if case else ""
        found.append(f"{name}: open problem {problem.id}{what} (since {date_of(since.day)})")
    return tuple(found)


def _notes(facts: Facts, now: Millis) -> tuple[str, ...]:
    found = []
    days = days_to_renewal(facts, day_of(now))
    if days is not None:
        found.append(f"Renewal in {days} days")
    severe = len(facts.tickets.open_at(now, severity=1))
    if severe:
        found.append(f"Open tickets of severity 1: {severe}")
    deals = [deal for _, deal in sorted(facts.deals.items()) if deal.open and deal.kind == "expansion"]
    found += [f"Expansion deal {deal.id} is {deal.stage or 'open'}" for deal in deals]
    return tuple(found)


def _reached(goal: Goal, value: float) -> bool:
    """Up or down, whichever way the goal points."""
    if goal.target_value is None:
        return False
    if goal.start_value is not None and goal.start_value > goal.target_value:
        return value <= goal.target_value
    return value >= goal.target_value


def _person_with(facts: Facts, role: str) -> str | None:
    present = [contact for _, contact in sorted(facts.contacts.items()) if contact.present]
    return next((_named(contact) for contact in present if role in contact.roles), None)


def _named(contact: Contact) -> str:
    about = ", ".join(part for part in (contact.title, contact.department) if part)
    name = contact.name or contact.id
    return f"{name} ({about})" if about else name
