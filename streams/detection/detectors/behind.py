"""A goal that does not keep up with its own plan."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from streams.detection.catalog.durations import Days
from streams.detection.detectors.base import Detector, Open
from streams.detection.facts import Facts, Goal, Measure, Touch
from streams.detection.reading import Evidence, Finding, Memory, Reading
from streams.detection.units import Day, Millis, date_of, day_of, day_start


class Behind(Detector):
    """An agreed goal is more than `by` of its expected progress behind the straight line from start to target.

    Mechanism: progress is (value - start) / (target - start), so a goal may rise or fall; expected is the share of the
    goal's time that had passed on the day that was measured, at most 1. Behind is 1 - progress / expected. It hits
    where that is more than `by`, the measure is of the last `measured_within` and of a day after `after` of the
    goal's time. It clears within `clears_within`, when the goal is dropped with its plan, or planned anew. An old
    measure says nothing, neither good nor bad.

    Trade-off: straight lines are what was agreed on, and few things grow along them; a goal that is reached in one
    step at the end is behind until then. Before a third of the time the line is too short to tell.

    Shapes and units: shares 0-1; windows in UTC days; values in the goal's own unit.

    >>> behind = Behind()
    >>> round(behind.share(progress=0.3, expected=0.5), 2), behind.share(progress=0.5, expected=0.5)
    (0.4, 0.0)
    """

    touches: ClassVar[int] = Touch.GOAL | Touch.PLAN
    fields: ClassVar[frozenset[str]] = frozenset(
        {"goal", "value", "expected", "target", "goal_unit", "behind", "due_on", "measured_on"}
    )

    by: float = Field(default=0.3, gt=0, lt=1)
    clears_within: float = Field(default=0.15, ge=0, lt=1)
    after: float = Field(default=1 / 3, ge=0, lt=1, description="share of the goal's time")
    measured_within: Days = 30

    @property
    def subject_kind(self) -> str:
        return "goal"

    def share(self, progress: float, expected: float) -> float:
        """How far behind, as a share of what was expected; negative: ahead."""
        return 1 - progress / expected if expected > 0 else 0.0

    def read(self, facts: Facts, now: Millis, open_: Open) -> Reading:
        today = day_of(now)
        findings, days = [], []
        for goal in facts.goals.values():
            measure = goal.measured(today)
            days += [kept.as_of for kept in goal.measures if kept.as_of > today]
            line = self.line(facts, goal, measure)
            if measure is None or line is None:
                continue
            progress, expected, passed = line
            behind = self.share(progress, expected)
            recent = measure.as_of > today - self.measured_within
            hit = recent and passed > self.after and behind > self.by
            if recent and hit:
                days.append(measure.as_of + self.measured_within)
            if hit or goal.id in open_:
                findings.append(
                    Finding(
                        hit=hit,
                        clear=behind <= self.clears_within,
                        subject=goal.id,
                        observed=behind,
                        threshold=self.by,
                        baseline=expected,
                        decided=measure.mark.occurred_ms,
                    )
                )
        return Reading(tuple(findings), day_start(min(days)) if days else None)

    def line(self, facts: Facts, goal: Goal, measure: Measure | None) -> tuple[float, float, float] | None:
        """(progress, expected, share of the time passed) as of the measure; None where there is no line to follow:
        the plan is not whole, or was closed."""
        start, target, first, last = goal.start_value, goal.target_value, goal.starts_on, goal.due_on
        if measure is None or start is None or target is None or first is None or last is None:
            return None
        plan = facts.plans.get(goal.plan_id) if goal.plan_id else None
        if start == target or last <= first or (plan is not None and plan.status == "closed"):
            return None
        passed = (measure.as_of - first) / (last - first)
        if passed <= 0:
            return None
        return (measure.value - start) / (target - start), min(1.0, passed), passed

    def evidence(self, facts: Facts, now: Millis, finding: Finding, memory: Memory | None) -> Evidence:
        today: Day = day_of(now)
        goal = facts.goals.get(finding.subject)
        measure = goal.measured(today) if goal else None
        line = self.line(facts, goal, measure) if goal else None
        start = goal.start_value if goal and goal.start_value is not None else 0.0
        target = goal.target_value if goal and goal.target_value is not None else 0.0
        due = goal.due_on if goal else None
        first = goal.starts_on if goal and goal.starts_on is not None else today
        return Evidence(
            observed=finding.observed,
            threshold=finding.threshold,
            unit="share behind the straight line",
            window=(min(first, today), today),
            baseline=finding.baseline,
            series=tuple((kept.as_of, kept.value) for kept in goal.measures) if goal else (),
            event_ids=(measure.mark.event_id,) if measure else (),
            contacts=(goal.owner_contact_id,) if goal and goal.owner_contact_id else (),
            details={
                "goal": (goal.title or goal.id) if goal else finding.subject,
                "value": measure.value if measure else None,
                "start": start,
                "expected": round(start + (target - start) * line[1], 2) if line else None,
                "target": target,
                "goal_unit": goal.unit if goal else None,
                "behind": finding.observed,
                "due_on": None if due is None else str(date_of(due)),
                "measured_on": str(date_of(measure.as_of)) if measure else None,
            },
        )
