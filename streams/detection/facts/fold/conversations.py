"""What was said with the customer: engagements and notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.detection.facts.bounds import (
    ENGAGEMENTS_CAP,
    ENGAGEMENTS_DAYS,
    NOTES_CAP,
    NOTES_DAYS,
    put_day,
)
from streams.detection.facts.fold.contacts import contact_of, trim_contacts
from streams.detection.facts.fold.routes import Handler
from streams.detection.facts.marks import mark_of
from streams.detection.facts.people import Engagement, Note
from streams.detection.facts.queries import canonical
from streams.detection.facts.reports import put_report
from streams.detection.facts.state import Facts
from streams.detection.facts.touch import Touch
from streams.detection.units import Millis, day_of

if TYPE_CHECKING:
    from schemas.crm_people import EngagementLogged, NoteLogged


def engagement_logged(facts: Facts, event: EngagementLogged, occurred_ms: Millis) -> int:
    """A held engagement engages its contacts, and so does one that the customer began (they wrote to us)."""
    engagement = Engagement(
        event.engagement_id,
        event.kind,
        event.initiated_by,
        event.held,
        mark_of(event, occurred_ms),
        [canonical(facts, contact_id) for contact_id in event.contact_ids],
        event.purpose,
        event.buying_centre_id,
    )
    changed = put_report(
        facts,
        "engagements",
        facts.engagements,
        event.engagement_id,
        engagement,
        ENGAGEMENTS_CAP,
        ENGAGEMENTS_DAYS,
    )
    customers = event.initiated_by == "customer"
    if event.held or customers:
        day = day_of(occurred_ms)
        for contact_id in engagement.contact_ids:
            contact = contact_of(facts, contact_id)
            changed |= put_day(contact.engaged, day)
            if customers:
                changed |= put_day(contact.initiated, day)
        trim_contacts(facts)
    return Touch.ENGAGEMENT if changed else 0


def note_logged(facts: Facts, event: NoteLogged, occurred_ms: Millis) -> int:
    note = Note(
        event.note_id,
        event.author_id,
        event.context,
        mark_of(event, occurred_ms),
        event.sentiment,
        list(event.competitors or ()),
        [canonical(facts, contact_id) for contact_id in event.contact_ids or ()],
        event.engagement_id,
    )
    changed = put_report(facts, "notes", facts.notes, event.note_id, note, NOTES_CAP, NOTES_DAYS)
    return Touch.NOTES if changed else 0


HANDLERS: Final[dict[str, Handler]] = {
    "engagement.logged": engagement_logged,
    "note.logged": note_logged,
}
