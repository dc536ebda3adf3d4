"""Success plans, goals, milestones and the scores of pulses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemas.wire import given
from streams.detection.facts.bounds import (
    GOALS_CAP,
    MILESTONES_CAP,
    NPS_CAP,
    PLANS_CAP,
    make_room,
    note_change,
)
from streams.detection.facts.fold.routes import Handler
from streams.detection.facts.marks import mark_of
from streams.detection.facts.patch import Field, Layer, bit_of, dates, patch, same
from streams.detection.facts.reports import put_report
from streams.detection.facts.state import Facts, note_dropped
from streams.detection.facts.success import Goal, Measure, Milestone, NpsAnswer, Plan
from streams.detection.facts.touch import Touch
from streams.detection.units import Millis, day_from_date

if TYPE_CHECKING:
    from schemas.crm_delivery import (
        GoalMeasured,
        GoalPlanned,
        MilestoneChanged,
        MilestonePlanned,
        MilestoneReached,
        NpsAnswered,
        PlanChanged,
    )

MEASURES_CAP: Final = 16
"""Measures of one goal; beyond, the oldest is dropped."""

_PLAN: Final[tuple[Field, ...]] = (
    *same("status"),
    *dates("reviewed_on", "next_review_on"),
    *same("horizon_days"),
)
_GOAL: Final[tuple[Field, ...]] = (
    *same("plan_id", "title", "unit", "start_value", "target_value"),
    *dates("starts_on", "due_on"),
    *same("owner_contact_id"),
)
_MILESTONE: Final[tuple[Field, ...]] = (
    *same("kind", "title"),
    *dates("due_on"),
    *same("owner_id", "status"),
)
_MILESTONE_STATUS: Final = bit_of(_MILESTONE, "status")


def plan_changed(facts: Facts, event: PlanChanged, occurred_ms: Millis) -> int:
    plan = facts.plans.get(event.plan_id)
    if plan is None:
        plan = facts.plans[event.plan_id] = Plan(event.plan_id)
    changed = bool(patch(plan, event, occurred_ms, _PLAN))
    if plan.first is None or occurred_ms < plan.first.occurred_ms:
        plan.first = mark_of(event, occurred_ms)
        changed = True
    make_room(facts.plans, PLANS_CAP, _worth_of_plan, facts.dropped, "plans")
    return Touch.PLAN if changed else 0


def goal_planned(facts: Facts, event: GoalPlanned, occurred_ms: Millis) -> int:
    goal = _goal(facts, event.goal_id)
    changed = bool(patch(goal, event, occurred_ms, _GOAL))
    if goal.planned is None or occurred_ms < goal.planned.occurred_ms:
        goal.planned = mark_of(event, occurred_ms)
        changed = True
    changed |= note_change(goal.targets, occurred_ms, float(event.target_value))
    return Touch.GOAL if changed else 0


def goal_measured(facts: Facts, event: GoalMeasured, occurred_ms: Millis) -> int:
    """Of two measures as of one day the one recorded later counts."""
    goal = _goal(facts, event.goal_id)
    measure = Measure(day_from_date(event.as_of), event.value, mark_of(event, occurred_ms))
    known = next((kept for kept in goal.measures if kept.as_of == measure.as_of), None)
    if known is not None:
        if known.mark.occurred_ms > occurred_ms or known.value == measure.value:
            return 0
        goal.measures.remove(known)
    goal.measures.append(measure)
    goal.measures.sort(key=lambda kept: kept.as_of)
    if len(goal.measures) > MEASURES_CAP:
        del goal.measures[0]
        note_dropped(facts, "goal_measures", 1)
    return Touch.GOAL


def milestone_planned(facts: Facts, event: MilestonePlanned, occurred_ms: Millis) -> int:
    milestone = _milestone(facts, event.milestone_id)
    changed = _milestone_patched(milestone, event, occurred_ms)
    if milestone.planned is None or occurred_ms < milestone.planned.occurred_ms:
        milestone.planned = mark_of(event, occurred_ms)
        changed = True
    return Touch.MILESTONE if changed else 0


def milestone_changed(facts: Facts, event: MilestoneChanged, occurred_ms: Millis) -> int:
    milestone = _milestone(facts, event.milestone_id)
    return Touch.MILESTONE if _milestone_patched(milestone, event, occurred_ms) else 0


def milestone_reached(facts: Facts, event: MilestoneReached, occurred_ms: Millis) -> int:
    milestone = _milestone(facts, event.milestone_id)
    changed = bool(patch(milestone, event, occurred_ms, _MILESTONE))
    if milestone.reached is None or occurred_ms < milestone.reached.occurred_ms:
        milestone.reached = mark_of(event, occurred_ms)
        milestone.reached_by = event.user_id if given(event.user_id) else None
        changed = True
    return Touch.MILESTONE if changed else 0


def nps_answered(facts: Facts, event: NpsAnswered, occurred_ms: Millis) -> int:
    answer = NpsAnswer(
        event.answer_id, mark_of(event, occurred_ms), event.pulse_id, event.contact_id, event.score
    )
    return Touch.SCORES if put_report(facts, "nps", facts.nps, event.answer_id, answer, NPS_CAP) else 0


def _milestone_patched(
    milestone: Milestone, event: MilestonePlanned | MilestoneChanged, occurred_ms: Millis
) -> bool:
    changed = patch(milestone, event, occurred_ms, _MILESTONE)
    if changed & _MILESTONE_STATUS:
        milestone.status_mark = mark_of(event, occurred_ms)
    due_on = event.due_on
    if given(due_on) and due_on is not None:
        changed |= note_change(milestone.due_days, occurred_ms, day_from_date(due_on))
    status = getattr(event, "status", None)
    if given(status) and status is not None:
        changed |= note_change(milestone.statuses, occurred_ms, str(status))
    return bool(changed)


def _goal(facts: Facts, goal_id: str) -> Goal:
    goal = facts.goals.get(goal_id)
    if goal is None:
        goal = facts.goals[goal_id] = Goal(goal_id)
        make_room(facts.goals, GOALS_CAP, lambda kept: _due(kept.due_on), facts.dropped, "goals")
    return goal


def _milestone(facts: Facts, milestone_id: str) -> Milestone:
    milestone = facts.milestones.get(milestone_id)
    if milestone is None:
        milestone = facts.milestones[milestone_id] = Milestone(milestone_id)
        make_room(facts.milestones, MILESTONES_CAP, _worth_of_milestone, facts.dropped, "milestones")
    return milestone


def _worth_of_plan(plan: Plan) -> tuple[bool, int]:
    return (plan.status != "closed", _heard(plan.stamps))


def _worth_of_milestone(milestone: Milestone) -> tuple[bool, int]:
    return (milestone.reached is None, _due(milestone.due_on))


def _due(day: int | None) -> int:
    """What has no day yet was heard of just now."""
    return 2**31 if day is None else day


def _heard(stamps: list[Layer]) -> int:
    return max((at for _, at, _ in stamps), default=0)


HANDLERS: Final[dict[str, Handler]] = {
    "plan.changed": plan_changed,
    "goal.planned": goal_planned,
    "milestone.planned": milestone_planned,
    "milestone.changed": milestone_changed,
    "nps.answered": nps_answered,
}

SHARED_HANDLERS: Final[dict[str, Handler]] = {
    "goal.measured": goal_measured,
    "milestone.reached": milestone_reached,
}
"""Types that the product and the CRM may both report."""
