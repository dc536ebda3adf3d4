"""Occurrences in the product and at the help desk that ask for more: seats, features, capabilities."""

from __future__ import annotations

from collections.abc import Iterator

from streams.detection.detectors.kinds.base import Happened, Kind
from streams.detection.facts import Facts, Mark, Touch
from streams.detection.packaging import Packaging
from streams.detection.scope import adjacent_features, outside, scope_of
from streams.detection.units import Day, day_start

_TRIED_DAYS = 60
"""How far back tries are looked up; a signal counts fewer days of them."""
_NO_EVENT = b""
"""Of a try only the day is on record, not its event."""


def _seat_requests(facts: Facts, packaging: Packaging, today: Day) -> Iterator[Happened]:
    """Seats asked for or refused. One that was only ever reported as granted was never missing."""
    for request in facts.seat_requests.values():
        if request.outcome == "granted" and request.refused is None and request.first == request.mark:
            continue
        yield Happened(
            subject=request.id,
            mark=request.refused or request.first,
            attributes={
                "outcome": "refused" if request.refused else "requested",
                "refused": request.refused is not None,
                "user": request.user_id,
                "product": request.product_id,
                "department": request.department,
            },
            departments=(request.department,) if request.department else (),
            label=request.user_id,
            about=request.product_id or "",
        )


def _features_wanted(facts: Facts, packaging: Packaging, today: Day) -> Iterator[Happened]:
    """The last try of every user at every feature that stands beside the contract's scope."""
    users = facts.users
    if not users.tried.days:
        return
    adjacent = adjacent_features(packaging, scope_of(facts, packaging))
    for feature in sorted(adjacent & users.tried.days.keys()):
        mask = users.only_counted(users.users_who_tried(feature, today - _TRIED_DAYS, today))
        while mask:
            lowest = mask & -mask
            mask ^= lowest
            slot = lowest.bit_length() - 1
            day = users.tried.last_use(feature, slot)
            assert day is not None
            department = users.value(slot, "department")
            yield Happened(
                subject=f"{users.names[slot]}/{feature}",
                mark=Mark(day_start(day), _NO_EVENT),
                attributes={"feature": feature, "user": users.names[slot], "department": department},
                departments=(department,) if department else (),
                label=users.names[slot],
                about=feature,
            )


def _capabilities_asked(facts: Facts, packaging: Packaging, today: Day) -> Iterator[Happened]:
    """Tickets that name a capability which the contract does not include."""
    scope = scope_of(facts, packaging)
    if scope is None:
        return
    for ticket in facts.tickets.asking():
        if ticket.opened is None or ticket.merged_into is not None or ticket.capability is None:
            continue
        if not outside(packaging, scope, ticket.capability):
            continue
        contact = ticket.requester_contact_id
        yield Happened(
            subject=ticket.id,
            mark=ticket.opened,
            attributes={"capability": ticket.capability, "kind": ticket.kind, "ticket": ticket.id},
            contacts=(contact,) if contact else (),
            departments=(ticket.department,) if ticket.department else (),
            label=ticket.capability,
            about=ticket.capability,
        )


KINDS: dict[str, Kind] = {
    "seat.requested": Kind(
        touches=Touch.SEATS,
        subject_kind="request",
        attributes=frozenset({"outcome", "refused", "user", "product", "department"}),
        find=_seat_requests,
    ),
    "feature.wanted": Kind(
        touches=Touch.TRIED | Touch.CONTRACT | Touch.USERS,
        subject_kind="user",
        attributes=frozenset({"feature", "user", "department"}),
        find=_features_wanted,
    ),
    "capability.asked": Kind(
        touches=Touch.TICKETS | Touch.CONTRACT,
        subject_kind="ticket",
        attributes=frozenset({"capability", "kind", "ticket"}),
        find=_capabilities_asked,
    ),
}
