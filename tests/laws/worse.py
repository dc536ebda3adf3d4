"""A case made worse (of growth: better): more of what is counted, less of what is missed, later, lower, longer ago.

Every kind of detector says here what cannot ease it; a new one has to."""

from __future__ import annotations

import re
from collections.abc import Callable

from streams.detection.catalog.cases import Case, Happening
from streams.detection.rules import Rule

_DAYS = 10
_TOLD_DAY = re.compile(r"day (-?\d+)")
_BEGINS = {
    "ticket.opened",
    "integration.changed",
    "engagement.logged",
    "buying_centre.changed",
    "problem.recorded",
}
_MOST_TIMES = 1000

Worsened = list[Happening]


def worse_case(rule: Rule, case: Case, opened: int) -> Case:
    """The case with what led to the opening made worse."""
    timeline = WORSE[rule.spec.detect.kind](rule, case, opened)
    account = {name: _days_before(value) for name, value in case.account.items()}
    return case.model_copy(update={"timeline": tuple(timeline), "account": account})


def _led_to_it(happening: Happening, opened: int) -> bool:
    """Whether it began behind the baseline and before the opening."""
    return max(0, opened - 40) < happening.days[0] <= opened


def more(rule: Rule, case: Case, opened: int) -> Worsened:
    """Twice as often; what is not compared with a baseline, at any time before."""
    ever = rule.spec.detect.kind == "occurrence"
    return [
        happening.model_copy(update={"times": happening.times * 2})
        if (ever or _led_to_it(happening, opened)) and happening.times * 2 <= _MOST_TIMES
        else happening
        for happening in case.timeline
    ]


def fewer(rule: Rule, case: Case, opened: int) -> Worsened:
    """By half the people, or by nobody where it was one."""
    kept = []
    for happening in case.timeline:
        if happening.users is None or not _led_to_it(happening, opened):
            kept.append(happening)
        elif happening.users[0] < happening.users[1]:
            first, last = happening.users
            kept.append(happening.model_copy(update={"users": (first, (first + last) // 2)}))
    return kept


def adoption(rule: Rule, case: Case, opened: int) -> Worsened:
    """Of seats, fewer that use them; of features, more use."""
    detector = rule.spec.detect.adoption
    assert detector is not None
    if detector.of == "core_features":
        return more(rule, case, opened)
    return [
        happening.model_copy(update={"users": (happening.users[0], sum(happening.users) // 2)})
        if happening.users
        else happening
        for happening in case.timeline
    ]


def earlier(rule: Rule, case: Case, opened: int) -> Worsened:
    """Begun, due or last done ten days before."""
    found = []
    for happening in case.timeline:
        changed: dict[str, object] = {
            "event": {name: _days_before(value) for name, value in happening.event.items()}
        }
        if happening.event["type"] in _BEGINS:
            first, last = happening.days
            sooner = min(_DAYS, first)
            changed["days"] = (first - sooner, last - sooner)
        found.append(happening.model_copy(update=changed))
    return found


def untouched(rule: Rule, case: Case, opened: int) -> Worsened:
    """Nobody is met: each meeting is still on record, and did not take place. Nearer to the renewal, where that is
    part of it."""
    detector = rule.spec.detect.coverage
    assert detector is not None
    if detector.by == "verified":
        return earlier(rule, case, opened)
    return _changed(case, "engagement.logged", held=False, initiated_by="vendor")


def sooner(rule: Rule, case: Case, opened: int) -> Worsened:
    """Those who are silent at the opening were last seen three days before."""
    found = []
    for happening in case.timeline:
        first, last = happening.days
        gone = happening.users is not None and first < last - 3 and last < opened
        found.append(happening.model_copy(update={"days": (first, last - 3)}) if gone else happening)
    return found


def lower(rule: Rule, case: Case, opened: int) -> Worsened:
    """The worst answers of the scale, half the score, half of the way from the start."""
    starts = {event["goal_id"]: event["start_value"] for event in _events(case, "goal.planned")}

    def worse(event: dict[str, object]) -> dict[str, object]:
        if event["type"] == "csat.answered":
            return event | {"score": event["scale_min"]}
        if event["type"] == "nps.answered":
            return event | {"score": int(str(event["score"])) // 2}
        if event["type"] == "goal.measured":
            start = float(str(starts[event["goal_id"]]))
            return event | {"value": (float(str(event["value"])) + start) / 2}
        return event

    return [
        happening.model_copy(update={"event": worse(happening.event)})
        if _led_to_it(happening, opened)
        else happening
        for happening in case.timeline
    ]


def _events(case: Case, kind: str) -> list[dict[str, object]]:
    return [happening.event for happening in case.timeline if happening.event["type"] == kind]


def negative(rule: Rule, case: Case, opened: int) -> Worsened:
    """What was undecided is negative."""
    return _changed(case, "renewal.intent_recorded", intent="negative")


def _changed(case: Case, kind: str, **fields: object) -> Worsened:
    """The timeline with other fields in each event of a kind."""
    return [
        happening.model_copy(update={"event": happening.event | fields})
        if happening.event["type"] == kind
        else happening
        for happening in case.timeline
    ]


def _days_before(value: object) -> object:
    """A date of the timeline ten days before; anything else as it is."""
    if not isinstance(value, str):
        return value
    return _TOLD_DAY.sub(lambda told: f"day {int(told[1]) - _DAYS}", value)


WORSE: dict[str, Callable[[Rule, Case, int], Worsened]] = {
    "adoption": adoption,
    "ageing": earlier,
    "backlog": more,
    "behind": lower,
    "breadth": more,
    "burst": more,
    "ceiling": more,
    "coverage": untouched,
    "decline": lower,
    "drop": fewer,
    "occurrence": more,
    "overdue": earlier,
    "pulse": lower,
    "reengagement": more,
    "silence": sooner,
    "spread": more,
    "strikes": more,
    "surge": more,
    "uncovered": earlier,
    "unexpanded": earlier,
    "unmapped": earlier,
    "weak_intent": negative,
}
