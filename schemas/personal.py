"""Which fields of the contract tell who somebody is.

The door can make pseudonyms of them (`streams.door.pseudonyms`). A test holds every text field of every event
against these sets and the ones that are known to hold nobody: a new field has to be put on one side.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

Kind: TypeAlias = Literal["user", "contact", "name"]

FIELDS: Final[dict[str, Kind]] = {
    "user_id": "user",
    "requester_user_id": "user",
    "contact_id": "contact",
    "contact_ids": "contact",
    "into_contact_id": "contact",
    "owner_contact_id": "contact",
    "requester_contact_id": "contact",
}
"""Field → whose id it is, whatever the event."""

NAMES: Final = frozenset({("contact.added", "name"), ("contact.changed", "name")})
"""(`type`, field) of the names of people; other names are of companies, centres and things."""

STAFF: Final = frozenset({"actor_id", "author_id", "owner_id", "person_id"})
"""Ids of the vendor's own people: alerts are routed to them, so they stay readable."""


def kind_of(type_name: str, field: str) -> Kind | None:
    """Whether a field of an event tells who somebody is, and how."""
    return "name" if (type_name, field) in NAMES else FIELDS.get(field)
