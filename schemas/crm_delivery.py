"""Events of `crm-changes` about what was promised: plans, goals, milestones, scores."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from schemas.base import Date, Envelope, Id, Label, Patch, Text

MilestoneKind: TypeAlias = Literal[
    "onboarding", "implementation", "first_value", "sales_handover", "adoption"
]


class PlanChanged(Patch):
    """The success plan and its reviews."""

    type: Literal["plan.changed"]
    plan_id: Id
    status: Literal["draft", "active", "closed"]
    reviewed_on: Date | None = None
    next_review_on: Date | None = None
    horizon_days: Literal[30, 60, 90] | None = None


class GoalPlanned(Patch):
    """An outcome the customer agreed to, on a straight line from start to target."""

    type: Literal["goal.planned"]
    goal_id: Id
    plan_id: Id | None = None
    title: Text
    unit: Label
    start_value: float
    target_value: float
    starts_on: Date
    due_on: Date
    owner_contact_id: Id | None = None

    @model_validator(mode="after")
    def _has_time(self) -> GoalPlanned:
        if self.due_on <= self.starts_on:
            raise ValueError(f"`due_on` ({self.due_on}) must be after `starts_on` ({self.starts_on})")
        return self


class GoalMeasured(Patch):
    """Where a goal stood on a day. Product and CRM may both say it."""

    type: Literal["goal.measured"]
    goal_id: Id
    value: float
    as_of: Date


class MilestonePlanned(Patch):
    """A step of onboarding or adoption, and its due day."""

    type: Literal["milestone.planned"]
    milestone_id: Id
    kind: MilestoneKind
    title: Text
    due_on: Date
    owner_id: Id | None = None


class MilestoneChanged(Patch):
    """A planned milestone moved, is late or is off."""

    type: Literal["milestone.changed"]
    milestone_id: Id
    due_on: Date | None = None
    status: Literal["planned", "delayed", "cancelled"] | None = None


class MilestoneReached(Patch):
    """It is done. Product and CRM may both say it."""

    type: Literal["milestone.reached"]
    milestone_id: Id
    kind: MilestoneKind
    user_id: Id | None = None


class NpsAnswered(Envelope):
    """One answer to one pulse, 0 to 10."""

    type: Literal["nps.answered"]
    answer_id: Id
    pulse_id: Id
    contact_id: Id
    score: Annotated[int, Field(ge=0, le=10)]
