"""Questions about buying centres that people, problems and deployments answer together."""

from __future__ import annotations

from streams.detection.facts import BuyingCentre, Contact, Facts, Problem, canonical
from streams.detection.packaging import Packaging
from streams.detection.units import Day, day_of

COVERED_DAYS = 90
"""A buying centre is covered while one of its contacts was engaged in so many days."""
PROVEN_ENGAGEMENTS = 5
PROVEN_DAYS = 180
"""Tracking is proven by so many engagements in so many days; without it nothing is said about coverage."""


def known(centre: BuyingCentre) -> bool:
    """On record as a centre: neither a mere suspicion nor ruled out. A source that gives no status means it."""
    return centre.status in (None, "known")


def belongs(contact: Contact, centre: BuyingCentre) -> bool:
    """Whether the person is of the centre: named so, its owner, or of its department (and region, where both
    are known) with no centre of their own."""
    if contact.buying_centre_id is not None:
        return contact.buying_centre_id == centre.id or contact.id == centre.owner_contact_id
    if contact.id == centre.owner_contact_id:
        return True
    if not contact.department or not centre.department:
        return False
    apart = centre.region and contact.region and centre.region.lower() != contact.region.lower()
    return contact.department.lower() == centre.department.lower() and not apart


def contacts_of(facts: Facts, centre: BuyingCentre) -> list[Contact]:
    """The people of the centre who are still there, by id."""
    owner = canonical(facts, centre.owner_contact_id) if centre.owner_contact_id else None
    return [
        contact
        for _, contact in sorted(facts.contacts.items())
        if contact.present and (belongs(contact, centre) or contact.id == owner)
    ]


def last_engaged(facts: Facts, centre: BuyingCentre, day: Day) -> Day | None:
    """The last day up to `day` on which somebody of the centre was engaged, None if nobody ever was."""
    days = [at for contact in contacts_of(facts, centre) if (at := contact.last_engaged(day)) is not None]
    days += [
        met.mark.day
        for met in facts.engagements.values()
        if met.buying_centre_id == centre.id
        and (met.held or met.initiated_by == "customer")
        and met.contact_ids
        and met.mark.day <= day
    ]
    return max(days, default=None)


def problems_of(facts: Facts, centre: BuyingCentre) -> list[Problem]:
    """The open problems of the centre, by id: those that name it, that it names, or of its department where they
    name no centre."""
    named = set(centre.problem_ids or ())
    department = (centre.department or "").lower()
    return [
        problem
        for _, problem in sorted(facts.problems.items())
        if problem.status == "open"
        and (
            problem.buying_centre_id == centre.id
            or problem.id in named
            or (problem.buying_centre_id is None and problem.department.lower() == department)
        )
    ]


def fits(problem: Problem, packaging: Packaging) -> bool:
    """Whether a use case of ours answers it: the one it names, or where it names none, one of its department."""
    if problem.use_case_id is not None:
        return problem.use_case_id in packaging.use_cases
    return packaging.serves(problem.department)


def user_departments(facts: Facts) -> frozenset[str]:
    """Departments of users on record, in lower case. Looks for one user of each: asked at every new user."""
    column = facts.users.department
    return frozenset(name.lower() for code, name in enumerate(column.values, start=1) if code in column.codes)


def deployed_departments(facts: Facts) -> frozenset[str]:
    """Where the product is in use, in lower case: the departments of deployed centres and of users, but for
    departments whose only centres say that they are not deployed."""
    said: dict[str, bool] = {}
    for centre in facts.centres.values():
        if centre.department and centre.deployed is not None and centre.status != "ruled_out":
            name = centre.department.lower()
            said[name] = said.get(name, False) or centre.deployed
    found = {name for name, deployed in said.items() if deployed}
    return frozenset(found | {name for name in user_departments(facts) if said.get(name, True)})


def is_deployed(centre: BuyingCentre, deployed: frozenset[str]) -> bool:
    """Whether the product is in use at the centre; `deployed` are the deployed departments."""
    if centre.deployed is not None:
        return centre.deployed
    return centre.department is not None and centre.department.lower() in deployed


def tracking(facts: Facts, now_ms: int) -> Day | None:
    """Until which day tracking is proven if nothing more comes; None where it is not proven now."""
    today = day_of(now_ms)
    days = sorted(
        met.mark.day for met in facts.engagements.values() if today - PROVEN_DAYS < met.mark.day <= today
    )
    return days[-PROVEN_ENGAGEMENTS] + PROVEN_DAYS - 1 if len(days) >= PROVEN_ENGAGEMENTS else None


def customer_since(facts: Facts) -> Day | None:
    """The first day as a customer, as far as anything says: the profile, else the first contract."""
    if facts.profile.customer_since is not None:
        return facts.profile.customer_since
    starts = [start for contract in facts.contracts.values() if (start := contract.starts_on) is not None]
    return min(starts, default=facts.profile.onboarding_started_on)
