"""Occurrences about agreed goals: reached, and whether that was before their day."""

from __future__ import annotations

from collections.abc import Iterator

from streams.detection.detectors.kinds.base import Happened, Kind
from streams.detection.facts import Facts, Goal, Measure, Touch
from streams.detection.facts.fold.delivery import MEASURES_CAP
from streams.detection.packaging import Packaging
from streams.detection.units import Day, date_of


def _reached(facts: Facts, packaging: Packaging, today: Day) -> Iterator[Happened]:
    """Goals from the first measure that reached the target of its time.

    A goal whose oldest kept measure is already beyond the target, with older ones dropped, was reached on a day that
    nobody knows any more: it is not early."""
    for goal in facts.goals.values():
        reaching = [kept for kept in goal.measures if _meets(goal, kept)]
        honest = [kept for kept in reaching if _meets(goal, kept, hardest=True)]
        measure = next(iter(honest or reaching), None)
        if measure is None or goal.target_value is None:
            continue
        due = goal.due_on
        seen = measure is not goal.measures[0] or len(goal.measures) < MEASURES_CAP
        within = (goal.starts_on is None or measure.as_of >= goal.starts_on) and (
            due is not None and measure.as_of < due
        )
        unit = f" {goal.unit}" if goal.unit else ""
        yield Happened(
            subject=goal.id,
            mark=measure.mark,
            attributes={
                "early": seen and within,
                "lowered": not honest,
                "days_early": None if due is None else due - measure.as_of,
            },
            contacts=(goal.owner_contact_id,) if goal.owner_contact_id else (),
            label=goal.title or goal.id,
            about=f"{measure.value:g}{unit}, the target was {_target_at(goal, measure):g}{unit}"
            + (f" by {date_of(due)}" if due is not None else ""),
            details={"value": measure.value, "as_of": str(date_of(measure.as_of))},
        )


def _meets(goal: Goal, measure: Measure, *, hardest: bool = False) -> bool:
    """Up or down, whichever way the goal points; `hardest`: also the most ambitious target there was until then."""
    targets = _targets_until(goal, measure)
    if not targets:
        return False
    falling = goal.start_value is not None and goal.start_value > targets[0]
    extreme = min if falling else max
    wanted = extreme(targets) if hardest else targets[-1]
    return measure.value <= wanted if falling else measure.value >= wanted


def _target_at(goal: Goal, measure: Measure) -> float:
    return _targets_until(goal, measure)[-1]


def _targets_until(goal: Goal, measure: Measure) -> list[float]:
    """The targets up to the measure's recording, of which the last was in force; a goal that was planned after it has
    its first one."""
    until = [target for at, target in goal.targets if at <= measure.mark.occurred_ms]
    return until or [target for _, target in goal.targets[:1]]


KINDS: dict[str, Kind] = {
    "goal.reached": Kind(
        touches=Touch.GOAL,
        subject_kind="goal",
        attributes=frozenset({"early", "lowered", "days_early"}),
        find=_reached,
    ),
}
