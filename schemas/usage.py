"""Events of `product-usage`: what people and programs do in the product."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field, model_validator

from schemas.base import Amount, Count, Envelope, Id, Label, Patch, Positive, Region, Text, Time
from schemas.crm_delivery import GoalMeasured, MilestoneReached
from schemas.rules import check_period


class UserChanged(Patch):
    """Who a user is. A user without this event counts as human and active."""

    type: Literal["user.changed"]
    user_id: Id
    kind: Literal["human", "service", "vendor_staff"]
    status: Literal["active", "deprovisioned"]
    product_role: Literal["admin", "member", "viewer"] | None = None
    persona: Label | None = None
    department: Label | None = None
    team: Label | None = None
    region: Region | None = None
    contact_id: Id | None = None
    """The same person in the CRM."""


class SessionStarted(Envelope):
    """A user opened the product."""

    type: Literal["session.started"]
    user_id: Id
    client: Literal["web", "mobile", "desktop"] | None = None


class FeatureUsed(Envelope):
    """A user used a feature, tried it in a trial, or was stopped at its door (`blocked`)."""

    type: Literal["feature.used"]
    user_id: Id
    feature: Label
    outcome: Literal["used", "blocked", "trial"]
    count: Positive = 1
    product_id: Id | None = None


class ApiCalled(Envelope):
    """API calls of a period of at most one hour; `errors` of `count` failed."""

    type: Literal["api.called"]
    count: Count
    errors: Count = 0
    client_id: Id | None = None
    period_start: Time | None = None
    period_end: Time | None = None

    @model_validator(mode="after")
    def _holds_together(self) -> ApiCalled:
        if self.errors > self.count:
            raise ValueError(f"`errors` ({self.errors}) cannot exceed `count` ({self.count})")
        check_period(self.period_start, self.period_end, longest_hours=1)
        return self


class LevelSampled(Envelope):
    """The level of a meter against its limit; a null limit is a meter without one."""

    type: Literal["level.sampled"]
    meter: Label
    value: Amount
    limit: Amount | None
    unit: Label
    kind: Literal["gauge", "period_total"]
    period_start: Time | None = None
    period_end: Time | None = None
    product_id: Id | None = None

    @model_validator(mode="after")
    def _holds_together(self) -> LevelSampled:
        check_period(self.period_start, self.period_end)
        return self


class LimitBlocked(Envelope):
    """Somebody was stopped because a meter had reached its limit."""

    type: Literal["limit.blocked"]
    meter: Label
    user_id: Id | None = None
    product_id: Id | None = None


class SeatRequested(Envelope):
    """A user asked for a seat; `granted` and `refused` are the answer to the same `request_id`."""

    type: Literal["seat.requested"]
    request_id: Id
    user_id: Id
    outcome: Literal["requested", "granted", "refused"]
    product_id: Id | None = None
    department: Label | None = None


class IntegrationChanged(Patch):
    """The state of a connection to another system of the customer."""

    type: Literal["integration.changed"]
    integration_id: Id
    name: Text = Field(description="As the customer knows it")
    status: Literal["connected", "disconnected", "failing"]


UsageEvent: TypeAlias = (
    UserChanged
    | SessionStarted
    | FeatureUsed
    | ApiCalled
    | LevelSampled
    | LimitBlocked
    | SeatRequested
    | IntegrationChanged
    | MilestoneReached
    | GoalMeasured
)
