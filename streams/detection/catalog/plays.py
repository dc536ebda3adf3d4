"""Plays: what people do once a signal has spoken. One YAML file each, in the motion's `plays/`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Role = Literal[
    "csm",
    "csm_manager",
    "account_manager",
    "senior_ae",
    "expansion_ae",
    "sales",
    "renewals_manager",
    "support_lead",
    "finance",
    "revops",
]
"""Who can own or be told. The first eight are named per account by the CRM, the last two are departments of
ours."""

PlayId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=60)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Step(_Strict):
    """One thing to do; `after_days` counts calendar days from the opening of the alert."""

    title: str = Field(min_length=5)
    after_days: int = Field(ge=0, le=365)
    by: Role


class Escalation(_Strict):
    """Who is drawn in when the play does not move."""

    after_days: int = Field(ge=1, le=365)
    to: Role
    when: str = Field(min_length=5)


class Play(_Strict):
    """A play. A retention play starts with a problem, a growth play with an opportunity: that is the
    difference between the two motions, and a play of the other kind is refused."""

    id: PlayId
    title: str = Field(min_length=5)
    starts_with: Literal["problem", "opportunity"]
    entry: str = Field(min_length=5, description="when to start it")
    exit: str = Field(min_length=5, description="when to stop it without success")
    owner: Role
    steps: tuple[Step, ...] = Field(min_length=1)
    escalation: Escalation
    done_when: str = Field(min_length=5)
    narrative: str | None = Field(
        default=None, description="growth: the value narrative, where the signal has none"
    )
    ask: str | None = Field(default=None, description="growth: the ask, where the signal has none")

    @model_validator(mode="after")
    def _in_order(self) -> Play:
        days = [step.after_days for step in self.steps]
        if days != sorted(days):
            raise ValueError("steps stand in the order of their days")
        if self.starts_with == "opportunity" and not (self.narrative and self.ask):
            raise ValueError("a play that starts with an opportunity has a `narrative` and an `ask`")
        if self.starts_with == "problem" and (self.narrative or self.ask):
            raise ValueError("a play that starts with a problem asks for nothing: no `narrative`, no `ask`")
        return self
