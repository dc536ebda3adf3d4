"""Occurrences in conversations: what was said badly, and who else was named."""

from __future__ import annotations

from collections.abc import Iterator

from streams.detection.detectors.kinds.base import Happened, Kind
from streams.detection.facts import Facts, Note, Touch
from streams.detection.packaging import Packaging
from streams.detection.units import Day, Millis


def _negative(facts: Facts, packaging: Packaging, today: Day) -> Iterator[Happened]:
    """Notes of a negative conversation. `engagement` tells conversations apart: a note that names no engagement
    stands for whatever was talked about that day."""
    for note in facts.notes.values():
        if note.sentiment == "negative":
            roles = sorted({role for name in note.contact_ids for role in _roles(facts, name, note)})
            yield Happened(
                subject=note.id,
                mark=note.mark,
                attributes={
                    "about_roles": tuple(roles),
                    "context": note.context,
                    "engagement": note.engagement_id or f"day-{note.mark.day}",
                },
                contacts=tuple(note.contact_ids),
                departments=_departments(facts, note),
                label=_named(facts, note.contact_ids),
                about=note.context,
            )


def _roles(facts: Facts, contact_id: str, note: Note) -> list[str]:
    """The contact's roles now and at the time of the note."""
    contact = facts.contacts.get(contact_id)
    return [*contact.roles, *contact.roles_at(note.mark.occurred_ms)] if contact else []


def _departments(facts: Facts, note: Note) -> tuple[str, ...]:
    found = (facts.contacts.get(contact_id) for contact_id in note.contact_ids)
    return tuple(sorted({contact.department for contact in found if contact and contact.department}))


def _named(facts: Facts, contact_ids: list[str]) -> str:
    known = (facts.contacts.get(contact_id) for contact_id in contact_ids)
    return ", ".join(contact.name or contact.title or contact.id for contact in known if contact)


def _taken_back(facts: Facts, happened: Happened, now: Millis) -> bool:
    """Somebody noted a positive conversation since."""
    return any(
        note.sentiment == "positive" and happened.mark.occurred_ms < note.mark.occurred_ms <= now
        for note in facts.notes.values()
    )


def _competitors(facts: Facts, packaging: Packaging, today: Day) -> Iterator[Happened]:
    """One a note and competitor; the subject is the competitor, however the name is written."""
    for note in facts.notes.values():
        if not note.competitors:
            continue
        engagement = facts.engagements.get(note.engagement_id) if note.engagement_id else None
        contexts = {note.context, engagement.purpose if engagement and engagement.purpose else note.context}
        for name in note.competitors:
            yield Happened(
                subject=" ".join(name.casefold().split()),
                mark=note.mark,
                attributes={"contexts": tuple(sorted(contexts)), "sentiment": note.sentiment},
                contacts=tuple(note.contact_ids),
                departments=_departments(facts, note),
                label=name.strip(),
                about=note.context,
                details={"competitor": name.strip(), "context": note.context},
            )


KINDS: dict[str, Kind] = {
    "note.negative": Kind(
        touches=Touch.NOTES | Touch.CONTACTS,
        subject_kind="note",
        attributes=frozenset({"about_roles", "context", "engagement"}),
        find=_negative,
        clearings={"positive_note": _taken_back},
    ),
    "note.competitor": Kind(
        touches=Touch.NOTES | Touch.ENGAGEMENT,
        subject_kind="competitor",
        attributes=frozenset({"contexts", "sentiment"}),
        find=_competitors,
    ),
}
