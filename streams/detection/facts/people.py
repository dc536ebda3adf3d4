"""The customer's people and what was said with them; and who is in charge on our side."""

from __future__ import annotations

import msgspec

from streams.detection.facts.marks import Mark
from streams.detection.facts.patch import Layer
from streams.detection.units import Day, Millis

KEY_ROLES = frozenset({"sponsor", "budget_holder", "influencer", "champion"})
"""Roles that make a contact a key stakeholder."""
EXECUTIVES = frozenset({"c_level", "vp"})


class Departure(msgspec.Struct, array_like=True, gc=False):
    """A contact left the company, or the role that mattered."""

    left_on: Day
    """In the real world; the deciding day is the mark's."""
    how: str
    """left_company or changed_role."""
    mark: Mark


class RolesGiven(msgspec.Struct, array_like=True, gc=False):
    """All the roles that a contact had from an event on."""

    version: int
    mark: Mark
    roles: list[str]


class Contact(msgspec.Struct, array_like=True, gc=False):
    """A person at the customer. A contact that nothing but a departure or a meeting named has an id only."""

    id: str
    name: str | None = None
    title: str | None = None
    seniority: str | None = None
    department: str | None = None
    region: str | None = None
    roles: list[str] = msgspec.field(default_factory=list)
    joined_company_on: Day | None = None
    buying_centre_id: str | None = None
    user_id: str | None = None
    discovered_via: str | None = None
    added: Mark | None = None
    """The `contact.added`, None if it was not seen."""
    role_log: list[RolesGiven] = msgspec.field(default_factory=list)
    """The last 8 changes of the roles, in order of version and time."""
    left: Departure | None = None
    verified_on: Day | None = None
    merged_into: str | None = None
    engaged: list[Day] = msgspec.field(default_factory=list)
    """The last 8 days on which the person took part in a held engagement or wrote to us."""
    initiated: list[Day] = msgspec.field(default_factory=list)
    """Those of them on which it was by the customer's initiative."""
    stamps: list[Layer] = msgspec.field(default_factory=list)

    @property
    def is_executive(self) -> bool:
        """VP or C-level."""
        return self.seniority in EXECUTIVES

    @property
    def is_key(self) -> bool:
        """Sponsor, budget holder, influencer or champion."""
        return not KEY_ROLES.isdisjoint(self.roles)

    @property
    def present(self) -> bool:
        """Still there: neither left nor merged into another."""
        return self.left is None and self.merged_into is None

    def role_since(self, role: str) -> Mark | None:
        """The event that gave the person the role they have now; None if they do not have it."""
        since = None
        for given in reversed(self.role_log):
            if role not in given.roles:
                break
            since = given.mark
        return since if role in self.roles else None

    def roles_at(self, at_ms: Millis) -> list[str]:
        """The roles the person had at a moment (when they left, say)."""
        for given in reversed(self.role_log):
            if given.mark.occurred_ms <= at_ms:
                return given.roles
        return []

    def engaged_in(self, first: Day, last: Day) -> bool:
        """Engaged on one of the days."""
        return any(first <= day <= last for day in self.engaged)

    def last_engaged(self, day: Day) -> Day | None:
        """The last engaged day up to and including `day`."""
        return max((at for at in self.engaged if at <= day), default=None)


class Engagement(msgspec.Struct, array_like=True, gc=False):
    """A meeting, call, mail… with the customer; the last report of it counts."""

    id: str
    kind: str
    initiated_by: str
    held: bool
    mark: Mark
    contact_ids: list[str] = msgspec.field(default_factory=list)
    purpose: str | None = None
    buying_centre_id: str | None = None


class Note(msgspec.Struct, array_like=True, gc=False):
    """A conversation note as the source structured it; its text never comes here."""

    id: str
    author_id: str
    context: str
    mark: Mark
    sentiment: str | None = None
    competitors: list[str] = msgspec.field(default_factory=list)
    contact_ids: list[str] = msgspec.field(default_factory=list)
    engagement_id: str | None = None


class OwnerFact(msgspec.Struct, array_like=True, gc=False):
    """Who holds a role for the account on our side."""

    person_id: str | None = None
    queue: str | None = None
    country: str | None = None
    time_zone: str | None = None
    stamps: list[Layer] = msgspec.field(default_factory=list)
