"""Forgetting a person: names, attributes, activity and every mention of the id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.detection.facts.fold.routes import Handler
from streams.detection.facts.state import Facts
from streams.detection.facts.touch import Touch
from streams.detection.units import Millis

if TYPE_CHECKING:
    from schemas.control import UserErase

ERASED: Final = ""
"""Stands where an id was that a fact cannot do without."""


def user_erase(facts: Facts, event: UserErase, occurred_ms: Millis) -> int:
    touched = 0
    if event.user_id is not None:
        touched |= _erase_user(facts, event.user_id)
    if event.contact_id is not None:
        touched |= _erase_contact(facts, event.contact_id)
    return touched


def _erase_user(facts: Facts, user_id: str) -> int:
    slot = facts.users.slot_of(user_id)
    if slot is not None:
        facts.users.forget([slot])
    for ticket in facts.tickets.all():
        if ticket.requester_user_id == user_id:
            ticket.requester_user_id = None
    for request in facts.seat_requests.values():
        if request.user_id == user_id:
            request.user_id = ERASED
    for block in facts.blocks:
        if block.user_id == user_id:
            block.user_id = None
    for contact in facts.contacts.values():
        if contact.user_id == user_id:
            contact.user_id = None
    for milestone in facts.milestones.values():
        if milestone.reached_by == user_id:
            milestone.reached_by = None
    return Touch.USERS | Touch.ACTIVITY | Touch.FEATURE


def _erase_contact(facts: Facts, contact_id: str) -> int:
    facts.contacts.pop(contact_id, None)
    for contact in facts.contacts.values():
        if contact.merged_into == contact_id:
            contact.merged_into = ERASED
    for slot in [slot for slot, linked in facts.users.contacts.items() if linked == contact_id]:
        del facts.users.contacts[slot]
    named = [talk.contact_ids for talk in facts.engagements.values()]
    named += [note.contact_ids for note in facts.notes.values()]
    for ids in named:
        if contact_id in ids:
            ids.remove(contact_id)
    for ticket in facts.tickets.all():
        if ticket.requester_contact_id == contact_id:
            ticket.requester_contact_id = None
    for csat in facts.csat.values():
        if csat.contact_id == contact_id:
            csat.contact_id = None
    for nps in facts.nps.values():
        if nps.contact_id == contact_id:
            nps.contact_id = ERASED
    for goal in facts.goals.values():
        if goal.owner_contact_id == contact_id:
            goal.owner_contact_id = None
    for centre in facts.centres.values():
        if centre.owner_contact_id == contact_id:
            centre.owner_contact_id = None
    for problem in facts.problems.values():
        if problem.contact_id == contact_id:
            problem.contact_id = None
    for interest in facts.interests.values():
        if interest.contact_id == contact_id:
            interest.contact_id = None
    for intents in facts.intents.values():
        for intent in intents:
            if intent.contact_id == contact_id:
                intent.contact_id = None
    return Touch.CONTACTS | Touch.ENGAGEMENT | Touch.SCORES


HANDLERS: Final[dict[str, Handler]] = {"user.erase": user_erase}
