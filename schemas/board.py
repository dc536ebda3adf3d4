"""`quadrant-changes` and `account-quadrants`: churn risk and growth potential, two axes, never one number."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field, model_validator

from schemas.alerts import AccountRef, JournalRef, Quadrant
from schemas.base import SCHEMA_VERSION, Contract, Count, Label, Motion, Positive, Text, Time


class HoldReason(StrEnum):
    """Why a true verdict is not said to anybody now."""

    SOURCE_STALLED = "source-stalled"
    API_TAKEOVER = "api-takeover"
    QUIET_DAYS = "quiet-days"
    TOO_YOUNG = "too-young"
    TRACKING_UNPROVEN = "tracking-unproven"
    SNOOZED = "snoozed"
    ACKNOWLEDGED = "acknowledged"
    COOLDOWN = "cooldown"
    DEAL_OPEN = "deal-open"
    INHIBITED = "inhibited"
    SAVE_THE_CUSTOMER = "save-the-customer"
    FIX_WHILE_EXPANDING = "fix-while-expanding"


class Axis(Contract):
    """One axis: its points from its own motion's true verdicts, held or not, and where they put it."""

    level: Literal["high", "low"]
    points: Count
    signals: tuple[Label, ...] = ()


class BoardTimes(Contract):
    """When what decided it happened, and when it was decided; event time, UTC."""

    occurred_at: Time
    decided_at: Time


class QuadrantChange(Contract):
    """An account moved on the board; `from_quadrant` is null where it had no place yet."""

    schema_version: int = SCHEMA_VERSION
    account: AccountRef
    from_quadrant: Quadrant | None
    to_quadrant: Quadrant
    risk: Axis
    growth: Axis
    times: BoardTimes
    journal: JournalRef

    @model_validator(mode="after")
    def _moves(self) -> QuadrantChange:
        if self.from_quadrant == self.to_quadrant:
            raise ValueError("`to_quadrant` must differ from `from_quadrant`")
        return self


class Hold(Contract):
    """A signal that would speak and does not, and why: nothing is held silently."""

    signal: Label
    motion: Motion
    reason: HoldReason
    feed: Text | None = None
    """Which source is silent: `topic/source_system`."""
    since: Time


class AccountQuadrant(Contract):
    """Where an account stands now: the latest record of its key counts."""

    schema_version: int = SCHEMA_VERSION
    account: AccountRef
    quadrant: Quadrant
    since: Time
    risk: Axis
    growth: Axis
    holds: tuple[Hold, ...] = ()
    ordinals: dict[str, Positive] = Field(default_factory=dict)
    """Signal → ordinal of its latest opening, so that alert ids never start again at 1."""
    times: BoardTimes
    journal: JournalRef
