"""Facts: what is known about one account. No opinion, bounded, shared by both motions.

`fold(facts, event, occurred_ms)` takes in one event and says in `Touch` flags what it changed; everything
else here answers questions. Ranges of days are inclusive on both sides, sets of users are integers with the
bits of slots.
"""

from __future__ import annotations

from streams.detection.facts.activity import HORIZON_DAYS, ActivityGrid
from streams.detection.facts.codec import UnknownVersion, decode_facts, encode_facts
from streams.detection.facts.commerce import (
    ContractFact,
    Deal,
    Intent,
    Invoice,
    Notice,
    ProductFact,
    StepDone,
    Term,
)
from streams.detection.facts.counters import DayCounter
from streams.detection.facts.feedback import Feedback, Said
from streams.detection.facts.fold import fold, horizon_refuses
from streams.detection.facts.levels import Level, LevelPoint, Period
from streams.detection.facts.market import BuyingCentre, Interest, News, Posting, Problem
from streams.detection.facts.marks import Mark
from streams.detection.facts.people import (
    EXECUTIVES,
    KEY_ROLES,
    Contact,
    Departure,
    Engagement,
    Note,
    OwnerFact,
)
from streams.detection.facts.product import Block, Integration, SeatRequest
from streams.detection.facts.queries import (
    acv,
    acv_by_currency,
    arr_by_currency,
    assigned_seats,
    canonical,
    champion_mask,
    contracts_change,
    contracts_in_force,
    key_mask,
    present_contacts,
    purchased_seats,
    renewal_date,
    renewal_day,
    seat_levels,
)
from streams.detection.facts.state import Facts, Profile
from streams.detection.facts.success import CsatAnswer, Goal, Measure, Milestone, NpsAnswer, Plan
from streams.detection.facts.tickets import DELETED, Ticket, Tickets
from streams.detection.facts.touch import Touch
from streams.detection.facts.users import ATTRIBUTES, Attribute, Users

__all__ = [
    "ATTRIBUTES",
    "DELETED",
    "EXECUTIVES",
    "HORIZON_DAYS",
    "KEY_ROLES",
    "ActivityGrid",
    "Attribute",
    "Block",
    "BuyingCentre",
    "Contact",
    "ContractFact",
    "CsatAnswer",
    "DayCounter",
    "Deal",
    "Departure",
    "Engagement",
    "Facts",
    "Feedback",
    "Goal",
    "Integration",
    "Intent",
    "Interest",
    "Invoice",
    "Level",
    "LevelPoint",
    "Mark",
    "Measure",
    "Milestone",
    "News",
    "Note",
    "Notice",
    "NpsAnswer",
    "OwnerFact",
    "Period",
    "Plan",
    "Posting",
    "Problem",
    "ProductFact",
    "Profile",
    "Said",
    "SeatRequest",
    "StepDone",
    "Term",
    "Ticket",
    "Tickets",
    "Touch",
    "UnknownVersion",
    "Users",
    "acv",
    "acv_by_currency",
    "arr_by_currency",
    "assigned_seats",
    "canonical",
    "champion_mask",
    "contracts_change",
    "contracts_in_force",
    "decode_facts",
    "encode_facts",
    "fold",
    "horizon_refuses",
    "key_mask",
    "present_contacts",
    "purchased_seats",
    "renewal_date",
    "renewal_day",
    "seat_levels",
]
