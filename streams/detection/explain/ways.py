"""The ways in which a detector can open, for every kind of detector."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from streams.detection.detectors import DETECTORS, Detector
from streams.detection.explain import events, levels, people, usage
from streams.detection.explain.conditions import Asked, Way, Ways, nearest

# Each function takes its own kind of detector, which a table cannot say.
_WAYS: Final[dict[str, Callable[[Any, Asked], Ways]]] = {
    "adoption": usage.adoption_ways,
    "ageing": levels.ageing_ways,
    "backlog": levels.backlog_ways,
    "behind": events.behind_ways,
    "breadth": usage.breadth_ways,
    "burst": levels.burst_ways,
    "ceiling": levels.ceiling_ways,
    "coverage": people.coverage_ways,
    "decline": people.decline_ways,
    "drop": usage.drop_ways,
    "occurrence": events.occurrence_ways,
    "overdue": events.overdue_ways,
    "pulse": people.pulse_ways,
    "reengagement": people.reengagement_ways,
    "silence": usage.silence_ways,
    "spread": usage.spread_ways,
    "strikes": events.strikes_ways,
    "surge": usage.surge_ways,
    "uncovered": people.uncovered_ways,
    "unexpanded": events.unexpanded_ways,
    "unmapped": people.unmapped_ways,
    "weak_intent": events.weak_intent_ways,
}

_NOTHING: Final = {
    "ageing": "nothing of the kind is open or connected",
    "behind": "no goal has a plan, a target and a measure",
    "burst": "no opening in a function that the product serves is on record",
    "ceiling": "no meter is on record",
    "drop": "no key user is known",
    "overdue": "nothing of the kind is planned, or all of it is done",
    "pulse": "no NPS answer is on record",
    "silence": "nothing that could fall silent was in use",
    "uncovered": "no buying centre beyond the deployment has a problem that the product solves",
    "weak_intent": "no contract with an open renewal is known",
}


def nearest_way(detector: Detector, asked: Asked) -> tuple[Way, int]:
    """The way that is nearest to opening, and of how many; for an account of which nothing stands. Raises NoReading
    with a sentence where there is nothing to read."""
    kind = next(name for name, known in DETECTORS.items() if known is type(detector))
    return nearest(_WAYS[kind](detector, asked), _NOTHING.get(kind, "nothing is known"))
