"""Occurrences about the buying committee: who has joined those who decide on the money."""

from __future__ import annotations

from collections.abc import Iterator

from streams.detection.detectors.kinds.base import Happened, Kind
from streams.detection.facts import Contact, Facts, Touch
from streams.detection.facts.marks import Mark
from streams.detection.packaging import Packaging
from streams.detection.units import Day

COMMITTEE = ("budget_holder", "influencer")


def _members(facts: Facts, packaging: Packaging, today: Day) -> Iterator[Happened]:
    """Present budget holders and influencers, from the event that gave them the role.

    How new the person is counts from that event, so that the answer does not change as days go by."""
    for contact in facts.contacts.values():
        if not contact.present:
            continue
        given = [(mark.occurred_ms, role, mark) for role in COMMITTEE if (mark := contact.role_since(role))]
        if not given:
            continue
        _, role, mark = min(given)
        yield Happened(
            subject=contact.id,
            mark=mark,
            attributes={
                "roles": tuple(contact.roles),
                "newest_days": _newest_days(contact, mark),
                "discovered_via": contact.discovered_via,
            },
            contacts=(contact.id,),
            departments=(contact.department,) if contact.department else (),
            label=contact.name or contact.title or contact.id,
            about=role.replace("_", " "),
            details={"buying_centre_id": contact.buying_centre_id},
        )


def _newest_days(contact: Contact, mark: Mark) -> int | None:
    """Days between the role and what is younger: their joining the company, or our first hearing of them."""
    ages = []
    if contact.joined_company_on is not None:
        ages.append(mark.day - contact.joined_company_on)
    if contact.added is not None and contact.added.live:
        ages.append(mark.day - contact.added.day)
    return min(ages, default=None)


KINDS: dict[str, Kind] = {
    "committee.joined": Kind(
        touches=Touch.CONTACTS,
        subject_kind="contact",
        attributes=frozenset({"roles", "newest_days", "discovered_via"}),
        find=_members,
    ),
}
