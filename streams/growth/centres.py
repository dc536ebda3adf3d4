"""The map of an account: its buying centres, who is in them, what they need, and who there knows us.

A pure function of facts: the same map for the command, for a page, and for whoever prepares a conversation.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from streams.detection.buying_centres import (
    COVERED_DAYS,
    contacts_of,
    deployed_departments,
    fits,
    is_deployed,
    last_engaged,
    problems_of,
)
from streams.detection.facts import BuyingCentre, Contact, Facts, Problem
from streams.detection.packaging import Packaging
from streams.detection.units import Day, date_of
from streams.detection.white_space import white_space


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the customer, with the part they play for us."""

    id: str
    name: str | None
    title: str | None
    seniority: str | None
    department: str | None
    roles: tuple[str, ...]
    last_engaged: date | None


@dataclass(frozen=True, slots=True)
class Need:
    """An open problem; `fits`: a use case of ours answers it."""

    id: str
    department: str
    use_case: str | None
    fits: bool
    since: date


@dataclass(frozen=True, slots=True)
class Centre:
    """A buying centre. `covered`: somebody of it was engaged in the last 90 days; `path` is what it would take to
    get a conversation."""

    id: str
    name: str
    department: str | None
    region: str | None
    entity: str | None
    status: str
    deployed: bool
    covered: bool
    last_engaged: date | None
    owner: Person | None
    path: str | None
    problems: tuple[Need, ...]
    people: tuple[Person, ...]
    missing_roles: tuple[str, ...]
    """Roles of a buying committee that nobody there has, as far as we know."""


@dataclass(frozen=True, slots=True)
class Department:
    """A department that is in no buying centre: people or problems are known there, or the product is used."""

    name: str
    deployed: bool
    served: bool
    people: tuple[Person, ...]
    problems: tuple[Need, ...]


@dataclass(frozen=True, slots=True)
class AccountMap:
    """Everything that is known about who could buy, as of a day."""

    account_id: str
    name: str | None
    as_of: date
    centres: tuple[Centre, ...]
    departments: tuple[Department, ...]
    elsewhere: tuple[Person, ...]
    """Key people whose department nobody knows."""
    white_space: tuple[str, ...]


COMMITTEE = ("sponsor", "budget_holder", "champion")


def map_of(facts: Facts, packaging: Packaging, day: Day) -> AccountMap:
    """The account's map as of a day. Centres that were ruled out stay on it: somebody has looked already."""
    deployed = deployed_departments(facts)
    placed: set[str] = set()
    centres = []
    for _, centre in sorted(facts.centres.items()):
        people = contacts_of(facts, centre)
        placed |= {person.id for person in people}
        centres.append(_centre(facts, packaging, centre, people, deployed, day))
    charted = {centre.department.lower() for centre in facts.centres.values() if centre.department}
    others = [c for _, c in sorted(facts.contacts.items()) if c.present and c.id not in placed]
    return AccountMap(
        account_id=facts.account_id,
        name=facts.profile.name,
        as_of=date_of(day),
        centres=tuple(sorted(centres, key=lambda c: (c.status == "ruled_out", not c.deployed, c.name, c.id))),
        departments=_departments(facts, packaging, others, charted, deployed, day),
        elsewhere=tuple(_person(c, day) for c in others if not c.department and (c.is_key or c.is_executive)),
        white_space=tuple(white_space(facts, packaging)),
    )


def _centre(
    facts: Facts,
    packaging: Packaging,
    centre: BuyingCentre,
    people: list[Contact],
    deployed: frozenset[str],
    day: Day,
) -> Centre:
    engaged = last_engaged(facts, centre, day)
    owner = next((person for person in people if person.id == centre.owner_contact_id), None)
    roles = {role for person in people for role in person.roles}
    return Centre(
        id=centre.id,
        name=centre.name or centre.department or centre.id,
        department=centre.department,
        region=centre.region,
        entity=centre.entity,
        status=centre.status or "known",
        deployed=is_deployed(centre, deployed),
        covered=engaged is not None and day - engaged < COVERED_DAYS,
        last_engaged=None if engaged is None else date_of(engaged),
        owner=None if owner is None else _person(owner, day),
        path=centre.path,
        problems=tuple(_need(problem, packaging) for problem in problems_of(facts, centre)),
        people=tuple(_person(person, day) for person in _in_rank(people)),
        missing_roles=tuple(role for role in COMMITTEE if role not in roles),
    )


def _departments(
    facts: Facts,
    packaging: Packaging,
    others: list[Contact],
    charted: set[str],
    deployed: frozenset[str],
    day: Day,
) -> tuple[Department, ...]:
    open_problems = [p for _, p in sorted(facts.problems.items()) if p.status == "open"]
    names = {p.department.lower() for p in open_problems if p.buying_centre_id not in facts.centres}
    names |= {c.department.lower() for c in others if c.department} | deployed
    found = []
    for name in sorted(names - charted):
        people = [c for c in others if (c.department or "").lower() == name]
        problems = [p for p in open_problems if p.department.lower() == name]
        found.append(
            Department(
                name=name,
                deployed=name in deployed,
                served=packaging.serves(name),
                people=tuple(_person(c, day) for c in _in_rank(people)),
                problems=tuple(_need(problem, packaging) for problem in problems),
            )
        )
    return tuple(found)


_RANK = ("c_level", "vp", "director", "manager", "individual")


def _in_rank(people: list[Contact]) -> list[Contact]:
    """Those with a say first, then by rank."""
    return sorted(
        people,
        key=lambda c: (
            not c.is_key,
            _RANK.index(c.seniority) if c.seniority in _RANK else len(_RANK),
            c.id,
        ),
    )


def _person(contact: Contact, day: Day) -> Person:
    engaged = contact.last_engaged(day)
    return Person(
        id=contact.id,
        name=contact.name,
        title=contact.title,
        seniority=contact.seniority,
        department=contact.department,
        roles=tuple(contact.roles),
        last_engaged=None if engaged is None else date_of(engaged),
    )


def _need(problem: Problem, packaging: Packaging) -> Need:
    case = packaging.use_cases.get(problem.use_case_id) if problem.use_case_id else None
    return Need(
        id=problem.id,
        department=problem.department,
        use_case=case.name if case else problem.use_case_id,
        fits=fits(problem, packaging),
        since=date_of((problem.opened or problem.mark).day),
    )
