"""At whom an opportunity is aimed: the buying centre, and the people to talk to."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.growth import BuyingCentreRef, Reach, Stakeholder
from streams.detection.buying_centres import contacts_of
from streams.detection.facts import BuyingCentre, Contact, Facts, canonical
from streams.detection.system import Notice
from streams.growth.places import Spots, centres, deployed_spots, risk_spots, spot_of_centre, spots_of

FIX_WHILE_EXPANDING = "fix_while_expanding"
MOST_STAKEHOLDERS = 6
_PLACES = frozenset({"department", "team", "region"})
_SELLING_ROLES = ("budget_holder", "sponsor", "champion", "influencer")


@dataclass(frozen=True, slots=True)
class Aim:
    """`centre` is None where an opportunity is about the product as it stands and no centre is on record."""

    centre: BuyingCentreRef | None
    reach: Reach

    @property
    def known(self) -> bool:
        """Whether it is clear whom to talk to."""
        return self.centre is not None and not self.centre.to_be_mapped


def aim_of(notice: Notice) -> Aim:
    """Seats and features are sold where the product is in use. Strategic opportunities go where the evidence
    points, in Fix While Expanding to another centre than the risk's: to be mapped where none is known."""
    facts, evidence = notice.facts, notice.evidence
    wanted = spots_of(facts, evidence.contacts, evidence.departments)
    fixing = notice.quadrant == FIX_WHILE_EXPANDING
    avoided = risk_spots(facts, notice.verdicts) if fixing else frozenset[str]()
    named = _named(facts, notice)
    if named is not None and spot_of_centre(named) not in avoided:
        return Aim(_ref(named), "existing" if named.deployed else "new_buying_centre")
    if notice.rule.spec.engine != "strategic":
        return Aim(_existing(facts, wanted), "existing")
    place = evidence.details.get("place")
    if isinstance(place, str) and place and not wanted:
        return Aim(BuyingCentreRef(name=place, to_be_mapped=True), "new_buying_centre")
    newly_used = notice.variant.detector.subject_kind in _PLACES
    return _strategic(facts, wanted, avoided, newly_used)


def _named(facts: Facts, notice: Notice) -> BuyingCentre | None:
    """The buying centre that the evidence itself names, or the one of the entity or region that it is about."""
    named = facts.centres.get(str(notice.evidence.details.get("buying_centre_id")))
    if named is not None and named.status != "ruled_out":
        return named
    place = str(notice.evidence.details.get("place") or "").lower()
    return next(
        (
            centre
            for centre in centres(facts)
            if place and place in ((centre.entity or "").lower(), (centre.region or "").lower())
        ),
        None,
    )


def stakeholders_of(notice: Notice, aim: Aim) -> tuple[Stakeholder, ...]:
    """Named people: those of the evidence, those of the aimed-at centre or department (its owner first, then those
    who have a say), then the champion and the sponsor of today, who can introduce us."""
    facts = notice.facts
    found: dict[str, Contact] = {}
    for contact_id in notice.evidence.contacts:
        contact = facts.contacts.get(canonical(facts, contact_id))
        if contact is not None and contact.present:
            found[contact.id] = contact
    centre = facts.centres.get(aim.centre.id) if aim.centre and aim.centre.id else None
    of_centre = contacts_of(facts, centre) if centre else []
    owner = canonical(facts, centre.owner_contact_id) if centre and centre.owner_contact_id else None
    for contact in sorted(of_centre, key=lambda contact: contact.id != owner):
        if contact.id == owner or contact.is_key:
            found.setdefault(contact.id, contact)
    present = [contact for _, contact in sorted(facts.contacts.items()) if contact.present]
    department = _department_of(facts, aim)
    for role in _SELLING_ROLES:
        for contact in present:
            if role in contact.roles and department and (contact.department or "").lower() == department:
                found.setdefault(contact.id, contact)
    for role in ("champion", "sponsor"):
        for contact in present:
            if role in contact.roles:
                found.setdefault(contact.id, contact)
    return tuple(_stakeholder(contact) for contact in list(found.values())[:MOST_STAKEHOLDERS])


def _existing(facts: Facts, wanted: Spots) -> BuyingCentreRef | None:
    deployed = [centre for centre in centres(facts) if centre.deployed]
    fitting = [centre for centre in deployed if spot_of_centre(centre) in wanted] or deployed
    return _ref(fitting[0]) if fitting else None


def _strategic(facts: Facts, wanted: Spots, avoided: Spots, newly_used: bool) -> Aim:
    """`newly_used`: the evidence is that use has begun there, so users of that department make it no old customer."""
    open_to = [centre for centre in centres(facts) if spot_of_centre(centre) not in avoided]
    for centre in open_to:
        if spot_of_centre(centre) in wanted:
            return Aim(_ref(centre), "existing" if centre.deployed else "new_buying_centre")
    elsewhere = sorted(wanted - avoided)
    if elsewhere:
        name = elsewhere[0].lstrip("#")
        if elsewhere[0] in deployed_spots(facts) and not newly_used:
            return Aim(BuyingCentreRef(name=name, to_be_mapped=False), "existing")
        return Aim(BuyingCentreRef(name=name, to_be_mapped=True), "new_buying_centre")
    if avoided:
        others = [centre for centre in open_to if not centre.deployed]
        if others:
            return Aim(_ref(min(others, key=lambda c: (not c.problem_ids, c.id))), "new_buying_centre")
        name = "another buying centre than " + ", ".join(sorted(spot.lstrip("#") for spot in avoided))
        return Aim(BuyingCentreRef(name=name[:2_000], to_be_mapped=True), "new_buying_centre")
    return Aim(BuyingCentreRef(name="buying centre not known", to_be_mapped=True), "new_buying_centre")


def _ref(centre: BuyingCentre) -> BuyingCentreRef:
    return BuyingCentreRef(
        id=centre.id,
        name=centre.name or centre.department or centre.id,
        owner_contact_id=centre.owner_contact_id,
        path=centre.path,
        to_be_mapped=False,
    )


def _department_of(facts: Facts, aim: Aim) -> str | None:
    if aim.centre is None:
        return None
    centre = facts.centres.get(aim.centre.id) if aim.centre.id else None
    department = centre.department if centre else aim.centre.name
    return department.lower() if department else None


def _stakeholder(contact: Contact) -> Stakeholder:
    return Stakeholder(
        contact_id=contact.id,
        name=contact.name,
        title=contact.title,
        seniority=contact.seniority,
        roles=tuple(contact.roles),
        department=contact.department,
    )
