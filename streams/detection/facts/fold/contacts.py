"""The customer's people. A contact is known from the first event that names it, whatever that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemas.wire import given
from streams.detection.facts.bounds import CONTACTS_CAP, LAST_VALUES, make_room, put_day
from streams.detection.facts.fold.routes import Handler
from streams.detection.facts.marks import mark_of
from streams.detection.facts.patch import Field, dates, newer, patch, same, stamp_of
from streams.detection.facts.people import Contact, Departure, RolesGiven
from streams.detection.facts.queries import canonical
from streams.detection.facts.state import Facts
from streams.detection.facts.touch import Touch
from streams.detection.units import Millis, day_from_date

if TYPE_CHECKING:
    from schemas.crm_people import (
        ContactAdded,
        ContactChanged,
        ContactLeft,
        ContactMerged,
        ContactVerified,
    )


def _list(value: tuple[str, ...]) -> list[str]:
    return list(value)


_FIELDS: Final[tuple[Field, ...]] = (
    *same("name", "title", "seniority", "department", "region"),
    Field("roles", "roles", _list),
    *dates("joined_company_on"),
    *same("buying_centre_id", "user_id", "discovered_via"),
)
# Bits of what `patch` does not know; above every field that may be added.
_LEFT: Final = 1 << 40
_VERIFIED: Final = 1 << 41
_MERGED: Final = 1 << 42


def contact_added(facts: Facts, event: ContactAdded, occurred_ms: Millis) -> int:
    contact = contact_of(facts, event.contact_id)
    changed = _patched(contact, event, occurred_ms)
    if contact.added is None or occurred_ms < contact.added.occurred_ms:
        contact.added = mark_of(event, occurred_ms)
        changed = True
    return _settled(facts, changed)


def contact_changed(facts: Facts, event: ContactChanged, occurred_ms: Millis) -> int:
    return _settled(facts, _patched(contact_of(facts, event.contact_id), event, occurred_ms))


def contact_left(facts: Facts, event: ContactLeft, occurred_ms: Millis) -> int:
    contact = contact_of(facts, event.contact_id)
    known = contact.left
    departure = Departure(day_from_date(event.left_on), event.how, mark_of(event, occurred_ms))
    if not newer(contact, event, occurred_ms, _LEFT):
        return 0
    if known is not None and (known.left_on, known.how) == (departure.left_on, departure.how):
        return 0
    contact.left = departure
    return _settled(facts, True)


def contact_verified(facts: Facts, event: ContactVerified, occurred_ms: Millis) -> int:
    contact = contact_of(facts, event.contact_id)
    if not newer(contact, event, occurred_ms, _VERIFIED):
        return 0
    day = day_from_date(event.verified_on)
    changed, contact.verified_on = contact.verified_on != day, day
    return _settled(facts, changed)


def contact_merged(facts: Facts, event: ContactMerged, occurred_ms: Millis) -> int:
    """The merged contact keeps what it was; what was said with it counts for the other from now on."""
    contact = contact_of(facts, event.contact_id)
    if not newer(contact, event, occurred_ms, _MERGED):
        return 0
    changed = contact.merged_into != event.into_contact_id
    contact.merged_into = event.into_contact_id
    into = contact_of(facts, canonical(facts, event.into_contact_id))
    if into is not contact:
        for day in contact.engaged:
            put_day(into.engaged, day)
        for day in contact.initiated:
            put_day(into.initiated, day)
    return _settled(facts, changed)


def contact_of(facts: Facts, contact_id: str) -> Contact:
    """The contact, a new one if nothing named it yet."""
    contact = facts.contacts.get(contact_id)
    if contact is None:
        contact = facts.contacts[contact_id] = Contact(contact_id)
    return contact


def trim_contacts(facts: Facts) -> None:
    """Apply the cap of contacts."""
    if len(facts.contacts) > CONTACTS_CAP:
        make_room(facts.contacts, CONTACTS_CAP, _worth, facts.dropped, "contacts")


def _patched(contact: Contact, event: ContactAdded | ContactChanged, occurred_ms: Millis) -> bool:
    changed = patch(contact, event, occurred_ms, _FIELDS)
    roles = event.roles
    if not given(roles):
        return bool(changed)
    contact.roles = contact.roles or []  # a null clears them
    version, _ = stamp_of(event, occurred_ms)
    entry = RolesGiven(version, mark_of(event, occurred_ms), list(roles or ()))
    return _log_roles(contact, entry) or bool(changed)


def _log_roles(contact: Contact, entry: RolesGiven) -> bool:
    """Put a change of roles in its place; repetitions are left out."""
    log = contact.role_log
    at = len(log)
    while at and _in_order(log[at - 1]) > _in_order(entry):
        at -= 1
    if not at and not entry.roles:
        return False  # before the first role there was none
    if at and set(log[at - 1].roles) == set(entry.roles):
        return False
    if at < len(log) and set(log[at].roles) == set(entry.roles):
        log[at] = entry
        return True
    log.insert(at, entry)
    if len(log) > LAST_VALUES:
        del log[0]
    return True


def _in_order(entry: RolesGiven) -> tuple[int, int]:
    return entry.version, entry.mark.occurred_ms


def _settled(facts: Facts, changed: bool) -> int:
    trim_contacts(facts)
    return Touch.CONTACTS if changed else 0


def _worth(contact: Contact) -> tuple[bool, bool, int]:
    """Merged ones are worth least, then those without a role, then those not heard of for longest."""
    heard = max((at for _, at, _ in contact.stamps), default=0)
    return (contact.merged_into is None, bool(contact.roles), heard)


HANDLERS: Final[dict[str, Handler]] = {
    "contact.added": contact_added,
    "contact.changed": contact_changed,
    "contact.left": contact_left,
    "contact.verified": contact_verified,
    "contact.merged": contact_merged,
}
