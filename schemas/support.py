"""Events of `support-changes`: tickets and what customers say about them."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import model_validator

from schemas.base import Count, Envelope, Id, Label, Patch, Severity
from schemas.rules import check_other

TicketKind: TypeAlias = Literal["question", "problem", "incident", "feature_request"]


class TicketOpened(Envelope):
    """A ticket came in. `capability` is what a feature request asks for."""

    type: Literal["ticket.opened"]
    ticket_id: Id
    severity: Severity
    kind: TicketKind
    requester_contact_id: Id | None = None
    requester_user_id: Id | None = None
    department: Label | None = None
    product_id: Id | None = None
    feature: Label | None = None
    capability: Label | None = None
    problem_id: Id | None = None


class TicketUpdated(Patch):
    """A ticket changed; `pending_customer` is not waiting for us."""

    type: Literal["ticket.updated"]
    ticket_id: Id
    status: Literal["open", "pending_customer", "on_hold"] | None = None
    severity: Severity | None = None
    kind: TicketKind | None = None
    capability: Label | None = None
    problem_id: Id | None = None
    department: Label | None = None


class TicketResolved(Envelope):
    """Support regards the ticket as done."""

    type: Literal["ticket.resolved"]
    ticket_id: Id


class TicketReopened(Envelope):
    """It was not done."""

    type: Literal["ticket.reopened"]
    ticket_id: Id


class TicketDeleted(Envelope):
    """Spam or an error: it never was a ticket."""

    type: Literal["ticket.deleted"]
    ticket_id: Id


class TicketEscalated(Envelope):
    """The ticket went up to `level` of the support organisation."""

    type: Literal["ticket.escalated"]
    ticket_id: Id
    level: Count


class TicketMerged(Envelope):
    """The ticket goes on as `into_ticket_id` and counts no more."""

    type: Literal["ticket.merged"]
    ticket_id: Id
    into_ticket_id: Id

    @model_validator(mode="after")
    def _names_another(self) -> TicketMerged:
        check_other("into_ticket_id", self.into_ticket_id, "ticket_id", self.ticket_id)
        return self


class CsatAnswered(Envelope):
    """A satisfaction score on the scale of the survey that asked."""

    type: Literal["csat.answered"]
    answer_id: Id
    score: float
    scale_min: float
    scale_max: float
    ticket_id: Id | None = None
    contact_id: Id | None = None

    @model_validator(mode="after")
    def _lies_on_its_scale(self) -> CsatAnswered:
        if self.scale_min >= self.scale_max:
            raise ValueError("`scale_min` must be below `scale_max`")
        if not self.scale_min <= self.score <= self.scale_max:
            raise ValueError(
                f"`score` must lie within {self.scale_min:g} to {self.scale_max:g}, got {self.score:g}"
            )
        return self


SupportEvent: TypeAlias = (
    TicketOpened
    | TicketUpdated
    | TicketResolved
    | TicketReopened
    | TicketDeleted
    | TicketEscalated
    | TicketMerged
    | CsatAnswered
)
