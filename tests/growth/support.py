"""Growth rules, verdicts and notices made by hand, over facts folded from events."""

from __future__ import annotations

from dataclasses import replace

from schemas.growth import ExpansionOpportunity
from streams.assembly import load_system
from streams.detection.facts import Facts
from streams.detection.reading import Evidence
from streams.detection.system import Notice, Status, Verdict, Where
from streams.detection.units import day_of
from streams.growth.motion import Growth
from tests.support.journal import at

SYSTEM = load_system()
RULES = {rule.id: rule for rule in SYSTEM.rules}
[GROWTH] = [motion for motion in SYSTEM.motions if isinstance(motion, Growth)]
TODAY = at(40)


def true(
    signal: str, level: int = 0, *, contacts: tuple[str, ...] = (), departments: tuple[str, ...] = ()
) -> Verdict:
    return Verdict(RULES[signal], level, at(38), said=True, contacts=contacts, departments=departments)


def evidence(
    *, contacts: tuple[str, ...] = (), departments: tuple[str, ...] = (), **details: str | float
) -> Evidence:
    return Evidence(
        observed=18.0,
        threshold=17.0,
        unit="seats assigned",
        window=(day_of(TODAY) - 13, day_of(TODAY)),
        contacts=contacts,
        departments=departments,
        details=dict(details),
    )


def notice(
    signal: str,
    facts: Facts,
    seen: Evidence,
    *verdicts: Verdict,
    quadrant: str = "protect_and_maintain",
    status: Status = Status.OPENED,
) -> Notice:
    rule = RULES[signal]
    return Notice(
        rule=rule,
        variant=rule.variants[None],
        account_id="acme",
        facts=facts,
        status=status,
        reason=None,
        ordinal=2,
        revision=1,
        level=0,
        opened_at=TODAY,
        case_since=TODAY,
        occurred_at=TODAY,
        decided_at=TODAY,
        evidence=seen,
        subjects=(),
        quadrant=quadrant,
        verdicts=verdicts,
        where=Where(4, 1234),
    )


def opportunity(of: Notice, **changes: object) -> ExpansionOpportunity:
    sent = GROWTH.message(replace(of, **changes))  # type: ignore[arg-type]
    return ExpansionOpportunity.model_validate_json(sent.value)
