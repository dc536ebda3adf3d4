"""`retention-alerts`: the defensive motion's message. It starts with a problem."""

from __future__ import annotations

from typing import Literal, TypeAlias

from schemas.alerts import MotionMessage, Subject
from schemas.base import Contract, Date, Label, Text

RetentionStatus: TypeAlias = Literal[
    "opened", "updated", "escalated", "eased", "resolved", "retracted", "expired", "historical"
]
RetentionSeverity: TypeAlias = Literal["warning", "critical"]


class RiskSubject(Subject):
    """One of the things that are wrong, and how badly."""

    severity: RetentionSeverity | None = None


class MitigationStep(Contract):
    """What is done about the problem, by whom, until when."""

    title: Text
    due_on: Date
    by: Label
    """Role that does it."""


class RetentionAlert(MotionMessage):
    """A risk: what is wrong, how badly, and what is done about it until when."""

    status: RetentionStatus
    severity: RetentionSeverity
    subjects: tuple[RiskSubject, ...] = ()
    problem: Text
    mitigation: tuple[MitigationStep, ...] = ()
    strikes: dict[str, tuple[Label, ...]]
    """Early indicators of the last 90 days: family → ids of its signals."""
    days_to_renewal: int | None
    """Null when the renewal date is unknown; negative when it has passed."""
