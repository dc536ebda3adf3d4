"""The facts of one account: everything the signals may ask about, and no opinion."""

from __future__ import annotations

import msgspec

from streams.detection.facts.commerce import ContractFact, Deal, Intent, Invoice, StepDone
from streams.detection.facts.counters import DayCounter
from streams.detection.facts.feedback import Feedback
from streams.detection.facts.levels import Level
from streams.detection.facts.market import BuyingCentre, Interest, News, Posting, Problem
from streams.detection.facts.patch import Layer
from streams.detection.facts.people import Contact, Engagement, Note, OwnerFact
from streams.detection.facts.product import Block, Integration, SeatRequest
from streams.detection.facts.success import CsatAnswer, Goal, Milestone, NpsAnswer, Plan
from streams.detection.facts.tickets import Tickets
from streams.detection.facts.users import Users
from streams.detection.units import Day


class Profile(msgspec.Struct, array_like=True, gc=False):
    """What the CRM says the account is; None is "never said"."""

    name: str | None = None
    segment: str | None = None
    """smb, mid_market or enterprise."""
    lifecycle: str | None = None
    """trial, onboarding, live, notice or churned."""
    is_test: bool = False
    usage_pattern: str = "steady"
    """steady or volatile."""
    parent_account_id: str | None = None
    industry: str | None = None
    country: str | None = None
    time_zone: str | None = None
    customer_since: Day | None = None
    onboarding_started_on: Day | None = None
    product_version: str | None = None
    merged_into: str | None = None
    stamps: list[Layer] = msgspec.field(default_factory=list)


class Facts(msgspec.Struct, array_like=True):
    """One account. Dates are days, moments are milliseconds, both UTC; caps are in `bounds`.

    Encoded by position: a new field goes to the end and has a default, so that older states stay readable.
    """

    account_id: str = ""
    profile: Profile = msgspec.field(default_factory=Profile)
    owners: dict[str, OwnerFact] = msgspec.field(default_factory=dict)
    """Role → owner."""
    contracts: dict[str, ContractFact] = msgspec.field(default_factory=dict)
    users: Users = msgspec.field(default_factory=Users)
    counters: dict[str, DayCounter] = msgspec.field(default_factory=dict)
    """`api_calls` (successful), `api_errors`, `tickets_opened` (no feature requests, no deleted ones),
    `seats_requested` (each request once), `seats_refused`, `limit_blocked:<meter>`."""
    levels: dict[str, Level] = msgspec.field(default_factory=dict)
    """`<meter>` or `<product_id>:<meter>` → level."""
    tickets: Tickets = msgspec.field(default_factory=Tickets)
    contacts: dict[str, Contact] = msgspec.field(default_factory=dict)
    engagements: dict[str, Engagement] = msgspec.field(default_factory=dict)
    notes: dict[str, Note] = msgspec.field(default_factory=dict)
    csat: dict[str, CsatAnswer] = msgspec.field(default_factory=dict)
    nps: dict[str, NpsAnswer] = msgspec.field(default_factory=dict)
    goals: dict[str, Goal] = msgspec.field(default_factory=dict)
    milestones: dict[str, Milestone] = msgspec.field(default_factory=dict)
    plans: dict[str, Plan] = msgspec.field(default_factory=dict)
    renewal_steps: dict[str, dict[str, StepDone]] = msgspec.field(default_factory=dict)
    """Contract → step → done."""
    intents: dict[str, list[Intent]] = msgspec.field(default_factory=dict)
    """Contract → the last 8, in order of time."""
    interests: dict[str, Interest] = msgspec.field(default_factory=dict)
    problems: dict[str, Problem] = msgspec.field(default_factory=dict)
    centres: dict[str, BuyingCentre] = msgspec.field(default_factory=dict)
    news: dict[str, News] = msgspec.field(default_factory=dict)
    hiring: dict[str, Posting] = msgspec.field(default_factory=dict)
    deals: dict[str, Deal] = msgspec.field(default_factory=dict)
    invoices: dict[str, Invoice] = msgspec.field(default_factory=dict)
    integrations: dict[str, Integration] = msgspec.field(default_factory=dict)
    seat_requests: dict[str, SeatRequest] = msgspec.field(default_factory=dict)
    blocks: list[Block] = msgspec.field(default_factory=list)
    """The last 100 users stopped by a limit, in order of time."""
    feedback: dict[str, Feedback] = msgspec.field(default_factory=dict)
    """Alert id → what was said about it."""
    feeds: dict[str, dict[str, Day]] = msgspec.field(default_factory=dict)
    """Source topic → source system → last event day: the feeds that this account lives on."""
    first_usage_day: Day | None = None
    """The first session, feature use or API call on record."""
    newest_day: Day = 0
    """The newest day that a dated measurement told about; 128 days before it is the horizon."""
    dropped: dict[str, int] = msgspec.field(default_factory=dict)
    """Collection → how much a cap dropped."""


def note_dropped(facts: Facts, name: str, count: int) -> None:
    """Count what a cap dropped."""
    if count:
        facts.dropped[name] = facts.dropped.get(name, 0) + count
