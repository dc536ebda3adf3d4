"""What we have promised or agreed on, by a day: milestones, first value, health checks, reviews of the plan."""

from __future__ import annotations

from collections.abc import Iterator

from streams.detection.detectors.dues.base import Due, DueKind
from streams.detection.facts import Facts, Milestone, Touch
from streams.detection.packaging import Packaging
from streams.detection.units import Day, date_of

FIRST_VALUE = "first_value"
_ONBOARDING = frozenset({"onboarding", "implementation"})
_CHECKS = frozenset({"health_check", "qbr"})


def _milestones(facts: Facts, packaging: Packaging, today: Day) -> Iterator[Due]:
    """Milestones of onboarding that are neither reached nor cancelled. One new due day is accepted; who plans anew
    for the second time is measured by the first new day."""
    for milestone in facts.milestones.values():
        if milestone.kind not in _ONBOARDING or milestone.reached or milestone.status == "cancelled":
            continue
        days = milestone.due_days
        due = days[min(1, len(days) - 1)][1] if days else milestone.due_on
        delayed = _delayed(milestone)
        if due is None and delayed and milestone.status_mark is not None:
            due = milestone.status_mark.day
        if due is None:
            continue
        marks = [mark for mark in (milestone.planned, milestone.status_mark) if mark is not None]
        yield Due(
            since=due,
            subject=milestone.id,
            label=milestone.title or milestone.kind or milestone.id,
            about=_state(milestone, delayed),
            late_already=delayed,
            event_ids=tuple(mark.event_id for mark in marks),
        )


def _delayed(milestone: Milestone) -> bool:
    """Set to delayed, and not planned anew (for the first time) since."""
    if milestone.status != "delayed" or milestone.status_mark is None:
        return False
    replanned = milestone.due_days[1][0] if len(milestone.due_days) > 1 else None
    return replanned is None or replanned <= milestone.status_mark.occurred_ms


def _state(milestone: Milestone, delayed: bool) -> str:
    if delayed:
        return "it is set to delayed"
    return "it was planned anew before" if len(milestone.due_days) > 1 else "no new day is agreed on"


def _first_value(facts: Facts, packaging: Packaging, today: Day) -> Iterator[Due]:
    """First value after the start of onboarding: a milestone, or what the packaging says that stands for it."""
    started = facts.profile.onboarding_started_on
    if started is None or any(m.kind == FIRST_VALUE and m.reached for m in facts.milestones.values()):
        return
    rule = packaging.milestones.get(FIRST_VALUE)
    used = 0
    if rule is not None:
        used = facts.users.features.users(rule.feature, 0, today).bit_count()
        if used >= rule.users:
            return
    yield Due(
        since=started,
        label="first value",
        about=f"{used} of {rule.users} users have used {rule.feature}" if rule else "no milestone reached",
        polled=rule is not None,
    )


def _health_checks(facts: Facts, packaging: Packaging, today: Day) -> Iterator[Due]:
    """Since the last held health check or QBR, or since the account became a customer. Of an account whose start
    nobody has told there is no such day."""
    held = [
        engagement
        for engagement in facts.engagements.values()
        if engagement.held and engagement.kind in _CHECKS and engagement.mark.day <= today
    ]
    last = max(held, key=lambda engagement: engagement.mark.occurred_ms, default=None)
    if last is not None:
        yield Due(
            since=last.mark.day,
            label="health check",
            about=f"the last was on {date_of(last.mark.day)}",
            event_ids=(last.mark.event_id,),
            contacts=tuple(last.contact_ids),
        )
        return
    starts = [facts.profile.customer_since, *(contract.starts_on for contract in facts.contracts.values())]
    begun = min((day for day in starts if day is not None), default=None)
    if begun is not None:
        yield Due(since=begun, label="health check", about="none is on record")


def _plans(facts: Facts, packaging: Packaging, today: Day) -> Iterator[Due]:
    """Active success plans since their last review; one that was never reviewed, since it was made."""
    for plan in facts.plans.values():
        since = plan.reviewed_on if plan.reviewed_on is not None else plan.first.day if plan.first else None
        if plan.status == "active" and since is not None:
            yield Due(
                since=since,
                subject=plan.id,
                label=plan.id,
                about="reviewed" if plan.reviewed_on is not None else "made, and never reviewed",
                event_ids=(plan.first.event_id,) if plan.first else (),
            )


KINDS: dict[str, DueKind] = {
    "onboarding_milestone": DueKind(Touch.MILESTONE, "milestone", _milestones),
    "first_value": DueKind(Touch.MILESTONE, "account", _first_value),
    "health_check": DueKind(Touch.ENGAGEMENT | Touch.CONTRACT, "account", _health_checks),
    "plan_review": DueKind(Touch.PLAN, "plan", _plans),
}
