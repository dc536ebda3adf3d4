"""What both motions' messages say of an account, a signal and its evidence. The motions add their own."""

from __future__ import annotations

from datetime import date, timedelta
from typing import cast

from schemas.alerts import (
    AccountRef,
    JournalRef,
    PlayRef,
    PlayStep,
    Quadrant,
    SeriesPoint,
    SignalRef,
    Times,
    Window,
)
from schemas.alerts import Evidence as EvidenceMessage
from streams.detection.catalog.model import Segment
from streams.detection.catalog.plays import Play
from streams.detection.catalog.routing import Routing
from streams.detection.catalog.templates import TemplateValue
from streams.detection.facts import Facts, renewal_day
from streams.detection.reading import ACCOUNT, Evidence
from streams.detection.routing import acv_in_reference
from streams.detection.system import Notice, Status
from streams.detection.units import DAY_MS, Day, Millis, date_of, day_of, day_start, moment_of

LONGEST_TEXT = 2_000
_UNANSWERED = frozenset(
    {Status.CLEARED, Status.EXPIRED, Status.RETRACTED, Status.HISTORICAL, Status.CONVERTED}
)


def account_ref(notice: Notice, routing: Routing) -> AccountRef:
    """The account as it is known on the day of the decision; ACV in the reference currency."""
    profile, day = notice.facts.profile, day_of(notice.decided_at)
    acv, renewal = acv_in_reference(routing, notice.facts, day), renewal_day(notice.facts, day)
    return AccountRef(
        id=notice.account_id,
        name=profile.name,
        segment=segment_of(profile.segment),
        acv=acv,
        currency=routing.currency if acv is not None else None,
        renewal_date=date_of(renewal) if renewal is not None else None,
    )


def segment_of(name: str | None) -> Segment | None:
    """The segment, None for one that the contract does not know."""
    return cast(Segment, name) if name in ("smb", "mid_market", "enterprise") else None


def signal_ref(notice: Notice) -> SignalRef:
    spec = notice.rule.spec
    return SignalRef(id=spec.id, version=spec.version, title=spec.title)


def evidence_message(evidence: Evidence, facts: Facts) -> EvidenceMessage:
    """The evidence with days as moments. Where it is in the customer's house joins the details, and so does what
    the caps of the account's facts dropped: an alert says what it does not know."""
    places = {
        name: ", ".join(values)
        for name, values in (("contacts", evidence.contacts), ("departments", evidence.departments))
        if values
    }
    dropped = ", ".join(f"{count} {name}" for name, count in sorted(facts.dropped.items()))
    lost = {"dropped_by_caps": dropped} if dropped else {}
    return EvidenceMessage(
        observed=float(evidence.observed),
        baseline=None if evidence.baseline is None else float(evidence.baseline),
        threshold=float(evidence.threshold),
        unit=evidence.unit,
        window=_window(evidence.window),
        baseline_window=_window(evidence.baseline_window) if evidence.baseline_window else None,
        series=tuple(SeriesPoint(day=date_of(day), value=float(value)) for day, value in evidence.series),
        event_ids=evidence.event_ids[-20:],
        details={**evidence.details, **places, **lost},
    )


def _window(days: tuple[Day, Day]) -> Window:
    return Window(start=moment_of(day_start(days[0])), end=moment_of(day_start(days[1] + 1) - 1))


def template_values(notice: Notice, routing: Routing) -> dict[str, TemplateValue]:
    """What templates may use: the common fields, and the details of the evidence."""
    facts, evidence = notice.facts, notice.evidence
    account = account_ref(notice, routing)
    people = [_person(facts, contact) for contact in evidence.contacts]
    subjects = [_person(facts, subject.id) for subject in notice.subjects if subject.id != ACCOUNT]
    return {
        "account": account.name or account.id,
        "account_id": account.id,
        "acv": None if account.acv is None else float(account.acv),
        "baseline": evidence.baseline,
        "contacts": ", ".join(people),
        "currency": account.currency,
        "days_to_renewal": days_to_renewal(facts, day_of(notice.decided_at)),
        "departments": ", ".join(evidence.departments),
        "level": notice.rule.levels[notice.level],
        "observed": evidence.observed,
        "renewal_date": str(account.renewal_date) if account.renewal_date else None,
        "segment": account.segment,
        "subjects": ", ".join(subjects),
        "threshold": evidence.threshold,
        "unit": evidence.unit,
        **evidence.details,
    }


def days_to_renewal(facts: Facts, day: Day) -> int | None:
    """None where no renewal date is known."""
    renewal = renewal_day(facts, day)
    return None if renewal is None else renewal - day


def play_ref(play: Play, opened_at: Millis) -> PlayRef:
    """The play with the dates of its steps, counted from the opening."""
    return PlayRef(
        id=play.id,
        title=play.title,
        steps=tuple(
            PlayStep(title=step.title, due_on=step_day(opened_at, step.after_days), by=step.by)
            for step in play.steps
        ),
    )


def step_day(opened_at: Millis, after_days: int) -> date:
    """The date of a step."""
    return date_of(day_of(opened_at)) + timedelta(days=after_days)


def times_of(notice: Notice) -> Times:
    return Times(
        occurred_at=moment_of(notice.occurred_at),
        decided_at=moment_of(notice.decided_at),
        opened_at=moment_of(notice.opened_at),
    )


def journal_ref(notice: Notice) -> JournalRef:
    return JournalRef(partition=notice.where.partition, offset=notice.where.offset)


def quadrant_of(notice: Notice) -> Quadrant:
    """Where the account is on the board; one that was never placed has nothing going on."""
    return cast(Quadrant, notice.quadrant or "protect_and_maintain")


def case_of(notice: Notice) -> str:
    """The case that the alerts of one account and family (growth: engine) share, named by the day it began."""
    return f"{notice.account_id}/{notice.rule.case}/{date_of(day_of(notice.case_since))}"


def subject_kind(notice: Notice, subject: str) -> str:
    """What a subject is: account, user, contact, meter, department …"""
    return "account" if subject == ACCOUNT else notice.variant.detector.subject_kind


def asks_for_an_answer(notice: Notice) -> bool:
    """Whether somebody has to respond: not to what is closed, nor to history."""
    return notice.status not in _UNANSWERED


def shortened(text: str) -> str:
    """At most as long as the contract's texts."""
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


def age_days(since: Millis, now: Millis) -> int:
    """Whole days."""
    return (now - since) // DAY_MS


def _person(facts: Facts, contact_id: str) -> str:
    contact = facts.contacts.get(contact_id)
    return (contact.name or contact.title or contact_id) if contact else contact_id
