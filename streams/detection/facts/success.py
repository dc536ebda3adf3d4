"""Whether the customer gets what they came for: success plans, goals, milestones, and what they score us."""

from __future__ import annotations

import msgspec

from streams.detection.facts.marks import Mark
from streams.detection.facts.patch import Layer
from streams.detection.units import Day, Millis


class Plan(msgspec.Struct, array_like=True, gc=False):
    """A success plan."""

    id: str
    status: str | None = None
    """draft, active or closed."""
    reviewed_on: Day | None = None
    next_review_on: Day | None = None
    horizon_days: int | None = None
    first: Mark | None = None
    """The first event about it."""
    stamps: list[Layer] = msgspec.field(default_factory=list)


class Measure(msgspec.Struct, array_like=True, gc=False):
    """A goal's value as of a day."""

    as_of: Day
    value: float
    mark: Mark


class Goal(msgspec.Struct, array_like=True, gc=False):
    """An outcome the customer agreed to, with its last 16 measures."""

    id: str
    plan_id: str | None = None
    title: str | None = None
    unit: str | None = None
    start_value: float | None = None
    target_value: float | None = None
    starts_on: Day | None = None
    due_on: Day | None = None
    owner_contact_id: str | None = None
    planned: Mark | None = None
    measures: list[Measure] = msgspec.field(default_factory=list)
    """In order of `as_of`."""
    targets: list[tuple[Millis, float]] = msgspec.field(default_factory=list)
    """(ms, target), the last 8: a goal reached because its target was lowered was not reached early."""
    stamps: list[Layer] = msgspec.field(default_factory=list)

    def measured(self, day: Day) -> Measure | None:
        """The last measure as of a day."""
        return next((measure for measure in reversed(self.measures) if measure.as_of <= day), None)


class Milestone(msgspec.Struct, array_like=True, gc=False):
    """A step of onboarding or adoption."""

    id: str
    kind: str | None = None
    title: str | None = None
    due_on: Day | None = None
    owner_id: str | None = None
    status: str | None = None
    """planned, delayed or cancelled."""
    planned: Mark | None = None
    reached: Mark | None = None
    """The earliest report that it was reached."""
    reached_by: str | None = None
    """The user who did it, where that is known."""
    due_days: list[tuple[Millis, Day]] = msgspec.field(default_factory=list)
    """(ms, due day), the last 8: one more than one is a re-planning."""
    statuses: list[tuple[Millis, str]] = msgspec.field(default_factory=list)
    """(ms, status), the last 8."""
    status_mark: Mark | None = None
    stamps: list[Layer] = msgspec.field(default_factory=list)


class CsatAnswer(msgspec.Struct, array_like=True, gc=False):
    """One answer about a ticket or an encounter."""

    id: str
    mark: Mark
    score: float
    scale_min: float
    scale_max: float
    ticket_id: str | None = None
    contact_id: str | None = None

    @property
    def share(self) -> float:
        """The score as a share (0–1) of its scale; scales of different sources compare."""
        width = self.scale_max - self.scale_min
        return (self.score - self.scale_min) / width if width > 0 else 0.0


class NpsAnswer(msgspec.Struct, array_like=True, gc=False):
    """One person's answer (0–10) to one pulse."""

    id: str
    mark: Mark
    pulse_id: str
    contact_id: str
    score: int
