"""How far the detectors over events, dates and other verdicts are from opening."""

from __future__ import annotations

from streams.detection.detectors.behind import Behind
from streams.detection.detectors.kinds import Happened
from streams.detection.detectors.occurrence import Occurrence, meets_all
from streams.detection.detectors.overdue import Overdue
from streams.detection.detectors.strikes import Strikes
from streams.detection.detectors.unexpanded import Unexpanded
from streams.detection.detectors.weak_intent import WEAK, WeakIntent
from streams.detection.explain.conditions import (
    Asked,
    NoReading,
    Way,
    Ways,
    at_least,
    at_most,
    is_so,
    less_than,
    more_than,
)
from streams.detection.units import DAY_MS
from streams.detection.white_space import last_bought, white_space


def occurrence_ways(occurrence: Occurrence, asked: Asked) -> Ways:
    facts, now = asked.facts, asked.now
    what = f"{occurrence.of} in {occurrence.within} days"
    found, _ = occurrence.found_by_subject(facts, now)
    for subject, together in found.items():
        counted = occurrence.counted(facts, together, now, None)
        number = occurrence.number(counted)
        left_out = [happened for happened in together if happened not in counted]
        note = _why_not(occurrence, left_out, asked)
        yield Way((at_least(what, number, occurrence.count, "occurrences"),), subject, note)
        if occurrence.alone and counted:
            yield Way((is_so("one that is enough alone", occurrence.is_enough_alone(counted)),), subject)
    if not found:
        yield Way((at_least(what, 0, occurrence.count, "occurrences"),))


def _why_not(occurrence: Occurrence, left_out: list[Happened], asked: Asked) -> str:
    """Why the newest of those that do not count does not."""
    if not left_out:
        return ""
    newest = left_out[-1]
    failing = [
        name
        for name, condition in occurrence.where.items()
        if not meets_all({name: condition}, newest.attributes)
    ]
    if failing:
        return f"{len(left_out)} do not count: the newest does not meet {', '.join(failing)}"
    if not newest.mark.live:
        return f"{len(left_out)} do not count: the newest came in a backfill or a snapshot"
    if newest.mark.day < asked.today - occurrence.within:
        return f"{len(left_out)} do not count: the newest is {asked.today - newest.mark.day} days old"
    return f"{len(left_out)} do not count: the newest is undone ({occurrence.cleared_by})"


def overdue_ways(overdue: Overdue, asked: Asked) -> Ways:
    today = asked.today
    for due in overdue.kind.find(asked.facts, overdue.packaging, today):
        begins = overdue.begins(due.since)
        if overdue.ahead is None:
            conditions = [at_least("days past its day", today - due.since, begins - due.since, "days")]
        else:
            conditions = [at_most("days to its day", due.since - today, overdue.ahead, "days")]
        if overdue.asked_for is not None:
            passed = today - begins
            conditions.append(
                less_than("days since it was first asked for", passed, overdue.asked_for, "days")
            )
        if due.late_already:
            conditions = [is_so("somebody said that it is late", True)]
        yield Way(tuple(conditions), due.subject, due.label)


def behind_ways(behind: Behind, asked: Asked) -> Ways:
    for goal in asked.facts.goals.values():
        measure = goal.measured(asked.today)
        line = behind.line(asked.facts, goal, measure)
        if measure is None or line is None:
            continue
        progress, expected, passed = line
        yield Way(
            (
                more_than(
                    "share behind what was expected", behind.share(progress, expected), behind.by, "share"
                ),
                more_than("share of the goal's time", passed, behind.after, "share"),
                less_than(
                    "days since it was measured", asked.today - measure.as_of, behind.measured_within, "days"
                ),
            ),
            goal.id,
        )


def weak_intent_ways(weak: WeakIntent, asked: Asked) -> Ways:
    for contract_id, ends, said in weak.asked(asked.facts, asked.now):
        left = ends - asked.today
        if said is None:
            yield Way(
                (at_most("days left with no intent known", left, weak.unknown_from, "days"),), contract_id
            )
        else:
            yield Way(
                (
                    is_so("the intent is weak", said.intent in WEAK),
                    at_most("days left", left, weak.within, "days"),
                ),
                contract_id,
                f"intent: {said.intent}",
            )


def strikes_ways(strikes: Strikes, asked: Asked) -> Ways:
    oldest = asked.now - strikes.within * DAY_MS
    struck = [v for v in asked.verdicts if v.rule.spec.family and v.rule.spec.strike and v.since >= oldest]
    families = sorted({str(verdict.rule.spec.family) for verdict in struck})
    what = f"families of warnings that began in {strikes.within} days"
    yield Way((at_least(what, len(families), strikes.families, "families"),), note=", ".join(families))


def unexpanded_ways(unexpanded: Unexpanded, asked: Asked) -> Ways:
    board, bought = asked.board, last_bought(asked.facts)
    if board is None or not board.quadrant:
        raise NoReading("the account has no place on the board yet")
    if bought is None:
        raise NoReading("it is not known when they last bought")
    calm = (asked.now - board.risk_since) / DAY_MS
    grows = any(v.rule.motion == "growth" and v.rule.points[v.level] > 0 for v in asked.verdicts)
    yield Way(
        (
            is_so("the risk is low", not board.risk_high),
            at_least("days of low risk", calm, unexpanded.calm, "days"),
            at_least("days since they last bought", asked.today - bought, unexpanded.since_expansion, "days"),
            is_so("there is something left to buy", bool(white_space(asked.facts, unexpanded.packaging))),
            is_so("no growth signal is true", not grows),
        )
    )
