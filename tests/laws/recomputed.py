"""Every detector's verdict from an alert's evidence alone: a new detector adds its arithmetic here."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from streams.detection.detectors.base import Detector
from tests.laws import recomputed_facts as facts
from tests.laws import recomputed_windows as windows
from tests.laws.shown import Judged, Shown

RECOMPUTE = {
    "adoption": windows.adoption,
    "ageing": facts.ageing,
    "backlog": windows.backlog,
    "behind": facts.behind,
    "breadth": windows.breadth,
    "burst": windows.burst,
    "ceiling": windows.ceiling,
    "coverage": facts.coverage,
    "decline": windows.decline,
    "drop": windows.drop,
    "occurrence": facts.occurrence,
    "overdue": facts.overdue,
    "pulse": facts.pulse,
    "reengagement": facts.reengagement,
    "silence": windows.silence,
    "spread": windows.spread,
    "strikes": facts.strikes,
    "surge": windows.surge,
    "uncovered": facts.uncovered,
    "unexpanded": facts.unexpanded,
    "unmapped": facts.unmapped,
    "weak_intent": facts.weak_intent,
}


def recomputed(kind: str, detector: Detector, shown: Shown) -> tuple[bool, int]:
    """Whether what is shown opens the signal, and at which of its levels.

    Raises AssertionError where the evidence contradicts itself or leaves out what is needed."""
    judge = cast(Callable[[Detector, Shown], Judged], RECOMPUTE[kind])
    hit, measure, falling = judge(detector, shown)
    if measure is None:
        return hit, 0
    return hit, detector.level_from_above(measure) if falling else detector.level_from_below(measure)
