"""In which order opportunities are worked: the formula, and the terms it was made of."""

from __future__ import annotations

from schemas.alerts import Priority
from streams.detection.catalog.routing import Routing
from streams.detection.routing import acv_in_reference
from streams.detection.system import Notice
from streams.detection.units import day_of

EXPANSION_TARGET = "expansion_target"
_LARGEST_ACV = 10**9 - 1


def priority_of(notice: Notice, routing: Routing) -> Priority:
    """rank = Expansion Target x 10^13 + competitor x 4 * 10^12 + strength x 10^12 + ACV x 10^3, higher first.

    Accounts that can grow undisturbed come first, then what a competitor is already at; the factors only keep the
    terms apart. Strength counts from 0, ACV is in whole units of the reference currency, 0 where it is unknown."""
    day = day_of(notice.decided_at)
    target = notice.quadrant == EXPANSION_TARGET
    contested = competitor_there(notice) is not None
    acv = min(int(acv_in_reference(routing, notice.facts, day) or 0), _LARGEST_ACV)
    return Priority(
        rank=float(target * 10**13 + contested * 4 * 10**12 + notice.level * 10**12 + acv * 10**3),
        terms={
            "expansion_target": float(target),
            "competitor": float(contested),
            "strength": float(notice.level),
            "acv": float(acv),
        },
    )


def competitor_there(notice: Notice) -> str | None:
    """The competitor whom the news of the opportunity itself names as being there already, the newest's."""
    if notice.variant.detector.subject_kind != "news":
        return None
    news = [notice.facts.news[subject.id] for subject in notice.subjects if subject.id in notice.facts.news]
    named = [(item.mark.occurred_ms, item.competitor) for item in news if item.competitor]
    return max(named)[1] if named else None
