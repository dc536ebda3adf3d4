"""What was agreed to happen by a day: onboarding, first value, goals, reviews."""

from __future__ import annotations

from streams.story.plots.base import Plot
from streams.story.roles import Role
from streams.story.script import Stage
from streams.story.times import iso_date

ONBOARDING = "onboarding-late"
VALUE = "value-late"
GOAL = "goal-behind"
CHECK = "health-check-overdue"
PLAN = "plan-stale"
EARLY = "goal-reached-early"
TINY = Role(users=(3, 4), tier="team", organic=False)


def goal(stage: Stage, starts: int, due: int, measures: list[tuple[int, float]]) -> None:
    """A goal from 0 to 100, and what was measured on which day."""
    goal_id = stage.name("goal")
    stage.event(
        max(1, starts),
        "goal.planned",
        goal_id=goal_id,
        title="Hours saved",
        unit="hours",
        start_value=0,
        target_value=100,
        starts_on=iso_date(starts),
        due_on=iso_date(due),
    )
    for day, value in measures:
        stage.event(day, "goal.measured", goal_id=goal_id, value=round(value, 1), as_of=iso_date(day))


def _milestone(stage: Stage, due: int, reached: int, kind: str = "onboarding") -> None:
    milestone = stage.name("m")
    stage.event(
        max(1, due - 30),
        "milestone.planned",
        milestone_id=milestone,
        kind=kind,
        title="Data connected",
        due_on=iso_date(due),
    )
    stage.event(reached, "milestone.reached", milestone_id=milestone, kind=kind)


class OnboardingLate(Plot):
    name = "onboarding-behind"
    signals = (ONBOARDING,)
    share = 2
    shares_account = True
    area = "milestones"

    def direct(self, stage: Stage) -> None:
        due = stage.rng.randint(35, stage.days - 16)
        _milestone(stage, due, due + 26, stage.rng.choice(("onboarding", "implementation")))
        stage.is_true(ONBOARDING, due + 7, 2, "A step of the onboarding is a week late.")


class OnboardingAlmostLate(Plot):
    name = "decoy-onboarding-days-late"
    signals = (ONBOARDING,)
    share = 0.6
    decoy = True
    shares_account = True
    area = "milestones"

    def direct(self, stage: Stage) -> None:
        due = stage.rng.randint(35, stage.days - 16)
        _milestone(stage, due, due + 5)
        stage.looks_like(ONBOARDING, due, "A step of the onboarding is five days late.")


class NoValueYet(Plot):
    name = "no-value-yet"
    signals = (VALUE,)
    share = 2
    role = TINY

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(20, needs=6)
        _begin(stage, onset)
        reached = stage.name("m")
        stage.event(onset + 9, "milestone.reached", milestone_id=reached, kind="first_value")
        stage.is_true(VALUE, onset, 2, "The first value should have been seen by now.")


class ValueInTime(Plot):
    name = "decoy-value-just-in-time"
    signals = (VALUE,)
    share = 0.6
    decoy = True
    role = TINY

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(20, needs=6)
        _begin(stage, onset)
        stage.event(onset - 3, "milestone.reached", milestone_id=stage.name("m"), kind="first_value")
        stage.looks_like(VALUE, onset, "The first value is seen three days before it would be late.")


def _begin(stage: Stage, late_on: int) -> None:
    """The account is new, and its first value is late from `late_on` on."""
    company = stage.company
    allowed = {"smb": 30, "mid_market": 60, "enterprise": 150}[company.segment]
    company.onboarding_started = late_on - allowed
    company.lifecycle = "onboarding"


class GoalBehind(Plot):
    name = "goal-behind"
    signals = (GOAL,)
    share = 2
    shares_account = True
    area = "goals"

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(45, needs=6)
        starts = onset - stage.rng.randint(60, 90)
        due = starts + 150
        expected = 100 * (onset - starts) / 150
        before = max(2, onset - 20)
        goal(stage, starts, due, [(before, 0.9 * 100 * (before - starts) / 150), (onset, expected * 0.45)])
        stage.is_true(GOAL, onset, 2, "The goal is less than half as far as it should be.")


class GoalSlightlyBehind(Plot):
    name = "decoy-goal-slightly-behind"
    signals = (GOAL,)
    share = 0.6
    decoy = True
    shares_account = True
    area = "goals"

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(45, needs=36)
        starts = onset - 70
        measures = [
            (d, 0.85 * 100 * (d - starts) / 150) for d in range(onset, min(stage.days, starts + 140), 7)
        ]
        goal(stage, starts, starts + 150, measures)
        stage.looks_like(GOAL, onset, "The goal is a little behind.")


class GoalEarly(Plot):
    name = "goal-early"
    signals = (EARLY,)
    share = 2
    shares_account = True
    area = "goals"
    grows = True

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(40, needs=6)
        starts = onset - 35
        goal(stage, starts, onset + 60, [(onset - 14, 60), (onset, 103)])
        stage.is_true(EARLY, onset, 2, "A goal is reached two months before its day.")


class GoalInTime(Plot):
    name = "decoy-goal-on-its-day"
    signals = (EARLY,)
    share = 0.6
    decoy = True
    shares_account = True
    area = "goals"

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(60, needs=6)
        starts = onset - 50
        goal(stage, starts, onset, [(onset - 14, 70), (onset, 100)])
        stage.looks_like(EARLY, onset, "A goal is reached on its day.")


class NoReview(Plot):
    name = "no-health-check"
    signals = (CHECK,)
    needs_days = 136
    share = 2
    shares_account = True
    area = "reviews"

    def direct(self, stage: Stage) -> None:
        stage.company.is_worth(35_000, 400_000)
        last = stage.rng.randint(2, max(3, stage.days - 130))
        stage.script.checks_until = last - 1
        _check(stage, last)
        stage.is_true(CHECK, last + 120, 3, "Nobody has looked at how they fare for four months.")


class ReviewsRare(Plot):
    name = "decoy-rare-health-checks"
    signals = (CHECK,)
    needs_days = 136
    share = 0.6
    decoy = True
    shares_account = True
    area = "reviews"

    def direct(self, stage: Stage) -> None:
        stage.company.is_worth(35_000, 400_000)
        stage.script.checks_until = 9
        for day in range(10, stage.days, 110):
            _check(stage, day)
        stage.looks_like(CHECK, 10, "A health check every hundred and ten days.")


def _check(stage: Stage, day: int) -> None:
    stage.event(
        day,
        "engagement.logged",
        engagement_id=stage.name("hc"),
        kind="health_check",
        contact_ids=[stage.company.champion.contact_id],
        initiated_by="vendor",
        held=True,
    )


class PlanForgotten(Plot):
    name = "plan-forgotten"
    signals = (PLAN,)
    share = 2
    shares_account = True
    area = "plans"

    def direct(self, stage: Stage) -> None:
        stage.company.is_worth(35_000, 400_000)
        last = stage.rng.randint(-60, max(-59, stage.days - 108))
        _plan(stage, last)
        _plan(stage, last + 160)
        stage.is_true(PLAN, last + 100, 3, "The success plan lies in a drawer.")


class PlanReviewedLate(Plot):
    name = "decoy-plan-reviewed-late"
    signals = (PLAN,)
    share = 0.6
    decoy = True
    shares_account = True
    area = "plans"

    def direct(self, stage: Stage) -> None:
        stage.company.is_worth(35_000, 400_000)
        for day in range(-60, stage.days, 92):
            _plan(stage, day)
        stage.looks_like(PLAN, 0, "The plan is reviewed once in three months.")


def _plan(stage: Stage, day: int) -> None:
    """The account's plan is reviewed on `day`, and from then on only by the plot."""
    stage.script.plan_reviews_until = min(day, stage.script.plan_reviews_until)
    if day >= 0:
        stage.event(
            day,
            "plan.changed",
            plan_id=f"{stage.company.account_id}-p",
            status="active",
            reviewed_on=iso_date(day),
        )
