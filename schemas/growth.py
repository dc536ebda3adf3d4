"""`expansion-opportunities`: the offensive motion's message. It starts with an opportunity."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from schemas.alerts import MotionMessage, Subject
from schemas.base import Contract, Id, Label, Text

ExpansionStatus: TypeAlias = Literal[
    "opened", "updated", "strengthened", "weakened", "converted", "lapsed", "retracted", "historical"
]
Strength: TypeAlias = Literal["low", "medium", "high"]
GrowthEngine: TypeAlias = Literal["seat", "feature", "strategic"]
Reach: TypeAlias = Literal["existing", "new_buying_centre"]
Readiness: TypeAlias = Literal["ready", "building"]
PurchasePath: TypeAlias = Literal["self_serve", "order_form", "amendment", "unknown"]


class OpportunitySubject(Subject):
    """One of the things that are going right, and how strongly."""

    strength: Strength | None = None


class BuyingCentreRef(Contract):
    """Who would buy. `to_be_mapped`: another centre than the known ones is wanted and none is known."""

    id: Id | None = None
    name: Text
    owner_contact_id: Id | None = None
    path: Text | None = None
    """What it would take to get a conversation."""
    to_be_mapped: bool

    @model_validator(mode="after")
    def _is_known_or_wanted(self) -> BuyingCentreRef:
        if self.to_be_mapped and self.id is not None:
            raise ValueError("a buying centre with an `id` is mapped already")
        return self


class Stakeholder(Contract):
    """A person of the customer to talk to, and why them."""

    contact_id: Id
    name: Text | None = None
    title: Text | None = None
    seniority: Label | None = None
    roles: tuple[Label, ...] = ()
    department: Label | None = None


class HandOver(Contract):
    """What the CSM knows that an account manager needs, one sentence an entry."""

    champion: Text | None = None
    sponsor: Text | None = None
    open_risks: Annotated[tuple[Text, ...], Field(max_length=20)] = ()
    recent_wins: Annotated[tuple[Text, ...], Field(max_length=20)] = ()
    goals: Annotated[tuple[Text, ...], Field(max_length=20)] = ()
    notes: Annotated[tuple[Text, ...], Field(max_length=20)] = ()


class ExpansionOpportunity(MotionMessage):
    """A commercially relevant reason to talk: which engine, to whom, with what ask."""

    status: ExpansionStatus
    strength: Strength
    engine: GrowthEngine
    reach: Reach
    readiness: Readiness
    """Ready: corroborated and the centre known."""
    purchase_path: PurchasePath
    value_narrative: Text
    ask: Text
    buying_centre: BuyingCentreRef | None
    stakeholders: tuple[Stakeholder, ...] = ()
    subjects: tuple[OpportunitySubject, ...] = ()
    competitor: Label | None
    """Already there for what we would sell."""
    handover: HandOver
