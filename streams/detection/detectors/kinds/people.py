"""Occurrences about the customer's people: who left, who arrived."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from streams.detection.detectors.kinds.base import Attribute, Happened, Kind
from streams.detection.facts import Contact, Facts, Touch
from streams.detection.facts.marks import Mark
from streams.detection.packaging import Packaging
from streams.detection.units import Day, Millis, day_of, day_start


def _departures(facts: Facts, packaging: Packaging, today: Day) -> Iterator[Happened]:
    for contact in facts.contacts.values():
        if contact.left is not None and contact.merged_into is None:
            at = contact.left.mark.occurred_ms
            roles = {*contact.roles, *contact.roles_at(at)}
            yield _about(
                contact,
                contact.left.mark,
                {
                    "roles": tuple(sorted(roles)),
                    "seniority": contact.seniority or "unknown",
                    "how": contact.left.how,
                },
            )


def _arrivals(facts: Facts, packaging: Packaging, today: Day) -> Iterator[Happened]:
    for contact in facts.contacts.values():
        if contact.present and contact.added is not None:
            joined = contact.joined_company_on
            yield _about(
                contact,
                contact.added,
                {
                    "roles": tuple(contact.roles),
                    "seniority": contact.seniority or "unknown",
                    "served": packaging.serves(contact.department),
                    "joined_days_ago": None if joined is None else today - joined,
                    "discovered_via": contact.discovered_via,
                },
            )


def _about(contact: Contact, mark: Mark, attributes: dict[str, Attribute]) -> Happened:
    return Happened(
        subject=contact.id,
        mark=mark,
        attributes=attributes,
        contacts=(contact.id,),
        departments=(contact.department,) if contact.department else (),
        label=contact.name or contact.title or contact.id,
    )


def _role_engaged(role: str) -> Callable[[Facts, Happened, Millis], bool]:
    """Somebody present who has the role was engaged on a day after it happened."""

    def undone(facts: Facts, happened: Happened, now: Millis) -> bool:
        return any(
            contact.present
            and role in contact.roles
            and contact.id != happened.subject
            and contact.engaged_in(happened.mark.day + 1, day_of(now))
            for contact in facts.contacts.values()
        )

    return undone


def _role_named(role: str) -> Callable[[Facts, Happened, Millis], bool]:
    """Somebody present was given the role since the other left, in the real world or on record."""

    def undone(facts: Facts, happened: Happened, now: Millis) -> bool:
        left = facts.contacts[happened.subject].left
        since = happened.mark.occurred_ms
        if left is not None:
            since = min(since, day_start(left.left_on))
        return any(
            contact.present
            and contact.id != happened.subject
            and (given := contact.role_since(role)) is not None
            and since <= given.occurred_ms <= now
            for contact in facts.contacts.values()
        )

    return undone


KINDS: dict[str, Kind] = {
    "contact.left": Kind(
        touches=Touch.CONTACTS | Touch.ENGAGEMENT,
        subject_kind="contact",
        attributes=frozenset({"roles", "seniority", "how"}),
        find=_departures,
        clearings={
            "sponsor_engaged": _role_engaged("sponsor"),
            "champion_engaged": _role_engaged("champion"),
            "champion_named": _role_named("champion"),
        },
    ),
    "contact.arrived": Kind(
        touches=Touch.CONTACTS,
        subject_kind="contact",
        attributes=frozenset({"roles", "seniority", "served", "joined_days_ago", "discovered_via"}),
        find=_arrivals,
    ),
}
