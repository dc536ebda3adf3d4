"""Where in the customer's house something is: departments and buying centres, and which of them are at
risk."""

from __future__ import annotations

from collections.abc import Iterable

from streams.detection.facts import BuyingCentre, Contact, Facts, canonical
from streams.detection.system import Verdict

Spots = frozenset[str]
"""Departments in lower case; a buying centre whose department nobody knows is `#` and its id."""


def spots_of(facts: Facts, contacts: Iterable[str], departments: Iterable[str]) -> Spots:
    """Where evidence points: the buying centres or departments of its contacts, else its departments.
    Empty: it is about the whole account."""
    found = {
        spot
        for contact in contacts
        if (spot := _spot_of_contact(facts, facts.contacts.get(canonical(facts, contact)))) is not None
    }
    return frozenset(found or {name.lower() for name in departments})


def spot_of_centre(centre: BuyingCentre) -> str:
    return centre.department.lower() if centre.department else f"#{centre.id}"


def centres(facts: Facts) -> list[BuyingCentre]:
    """The buying centres that were not ruled out, by id."""
    return [centre for _, centre in sorted(facts.centres.items()) if centre.status != "ruled_out"]


def deployed_spots(facts: Facts) -> Spots:
    """Where the product is in use: deployed buying centres, and the departments of users."""
    found = {spot_of_centre(centre) for centre in centres(facts) if centre.deployed}
    return frozenset(found | {name.lower() for name in facts.users.groups("department")})


def risks(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """True verdicts of the defensive motion that weigh on the board."""
    return [v for v in verdicts if v.rule.motion == "retention" and v.rule.points[v.level] > 0]


def risk_spots(facts: Facts, verdicts: Iterable[Verdict]) -> Spots:
    """Every spot at risk; a risk of the whole account is in every deployed one."""
    found: set[str] = set()
    for verdict in risks(verdicts):
        found |= spots_of(facts, verdict.contacts, verdict.departments) or deployed_spots(facts)
    return frozenset(found)


def belongs_to_a_risk(facts: Facts, spots: Spots, verdicts: Iterable[Verdict]) -> bool:
    """Whether an opportunity lies wholly where a risk is.

    A risk of the whole account covers every opportunity. One of some departments covers those that lie in
    them; an opportunity of the whole account lies wherever the product is in use, so it is covered only
    when all of that is at risk."""
    where = spots or deployed_spots(facts)
    for verdict in risks(verdicts):
        risk = spots_of(facts, verdict.contacts, verdict.departments)
        if not risk or (where and where <= risk):
            return True
    return False


def _spot_of_contact(facts: Facts, contact: Contact | None) -> str | None:
    if contact is None:
        return None
    centre = facts.centres.get(contact.buying_centre_id) if contact.buying_centre_id else None
    if centre is not None:
        return spot_of_centre(centre)
    return contact.department.lower() if contact.department else None
