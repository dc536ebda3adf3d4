"""Events of `crm-changes` about people: contacts, engagements, notes."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import model_validator

from schemas.base import Date, Envelope, Id, Label, Patch, Text
from schemas.rules import check_other

Seniority: TypeAlias = Literal["c_level", "vp", "director", "manager", "individual", "unknown"]
"""VP and C-level are executives."""
DealRole: TypeAlias = Literal["sponsor", "budget_holder", "influencer", "champion", "power_user", "blocker"]
"""The part a contact plays; the first four make a key stakeholder."""
DiscoveredVia: TypeAlias = Literal["crm", "enrichment", "product", "support"]


class ContactAdded(Patch):
    """A person of the customer became known to us."""

    type: Literal["contact.added"]
    contact_id: Id
    title: Text | None = None
    seniority: Seniority
    department: Label | None = None
    region: Label | None = None
    roles: tuple[DealRole, ...]
    joined_company_on: Date | None = None
    buying_centre_id: Id | None = None
    user_id: Id | None = None
    discovered_via: DiscoveredVia
    name: Text | None = None


class ContactChanged(Patch):
    """Something about a contact changed."""

    type: Literal["contact.changed"]
    contact_id: Id
    title: Text | None = None
    seniority: Seniority | None = None
    department: Label | None = None
    region: Label | None = None
    roles: tuple[DealRole, ...] | None = None
    joined_company_on: Date | None = None
    buying_centre_id: Id | None = None
    user_id: Id | None = None
    discovered_via: DiscoveredVia | None = None
    name: Text | None = None


class ContactLeft(Patch):
    """The contact is no longer where we knew them."""

    type: Literal["contact.left"]
    contact_id: Id
    left_on: Date
    how: Literal["left_company", "changed_role"]


class ContactVerified(Patch):
    """Somebody checked that the contact is still right."""

    type: Literal["contact.verified"]
    contact_id: Id
    verified_on: Date


class ContactMerged(Patch):
    """Two entries were one person."""

    type: Literal["contact.merged"]
    contact_id: Id
    into_contact_id: Id

    @model_validator(mode="after")
    def _names_another(self) -> ContactMerged:
        check_other("into_contact_id", self.into_contact_id, "contact_id", self.contact_id)
        return self


class EngagementLogged(Envelope):
    """A meeting, call or message between us and the customer; only a held one engages anybody."""

    type: Literal["engagement.logged"]
    engagement_id: Id
    kind: Literal["meeting", "call", "email", "qbr", "exec_sync", "health_check", "training", "event"]
    contact_ids: tuple[Id, ...]
    initiated_by: Literal["customer", "vendor"]
    held: bool
    purpose: Literal["renewal", "support", "growth", "relationship"] | None = None
    buying_centre_id: Id | None = None


class NoteLogged(Envelope):
    """What was said, as far as it was classified."""

    type: Literal["note.logged"]
    note_id: Id
    author_id: Id
    sentiment: Literal["negative", "neutral", "positive"] | None = None
    competitors: tuple[Label, ...] | None = None
    context: Literal["renewal", "qbr", "support", "growth", "other"]
    contact_ids: tuple[Id, ...] | None = None
    engagement_id: Id | None = None
