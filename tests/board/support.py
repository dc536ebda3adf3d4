"""Verdicts without an account: what the board looks at is which rule, which level."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

from streams.detection.catalog.model import Gates, SignalSpec
from streams.detection.rules import Clock, Rule, Variants
from streams.detection.system import Verdict
from streams.detection.units import DAY_MS, Millis

D = DAY_MS


def rule(signal: str, motion: str, points: tuple[int, ...]) -> Rule:
    """A rule that only the board will ask: it has a name and points, and no detector."""
    return Rule(
        spec=cast(SignalSpec, SimpleNamespace(id=signal, gates=Gates())),
        motion=motion,
        clock=Clock.USAGE,
        levels=tuple(f"level-{at}" for at in range(len(points))),
        points=points,
        touches=0,
        falls=False,
        over_verdicts=False,
        variants=Variants(),
    )


WARNING_OR_CRITICAL = (1, 3)
USAGE = rule("usage-drop", "retention", WARNING_OR_CRITICAL)
TICKETS = rule("support-backlog-rising", "retention", WARNING_OR_CRITICAL)
SEATS = rule("seats-near-full", "growth", (1, 1))
TIER = rule("tier-limit-sustained", "growth", (1, 1))
SPREAD = rule("power-users-spread", "growth", (2,))
IDLE = rule("healthy-not-expanding", "growth", (0,))


def true(of: Rule, level: int = 0, since: Millis = 0) -> Verdict:
    return Verdict(of, level, since, said=False)
