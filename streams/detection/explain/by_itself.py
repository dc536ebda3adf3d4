"""When a verdict changes if nothing is heard any more: the lifecycle run on, over the facts of today."""

from __future__ import annotations

import copy

from streams.detection.explain.conditions import Asked
from streams.detection.lifecycle import SignalState, judge
from streams.detection.reading import Reading
from streams.detection.rules import Rule, Variant
from streams.detection.units import DAY_MS, Millis

LOOK_AHEAD: Millis = 400 * DAY_MS
_MOST_STEPS = 500


def by_itself(
    rule: Rule, variant: Variant, state: SignalState, reading: Reading, asked: Asked
) -> tuple[Millis, str] | None:
    """(when, what) of the next change of the verdict by time alone within `LOOK_AHEAD`; None where there is none, and
    of a signal over the verdicts of others. The state is not changed."""
    if rule.over_verdicts:
        return None
    state, was_true = copy.deepcopy(state), state.true
    now, until = asked.now, asked.now + LOOK_AHEAD
    at = min(
        (due for due in (reading.recheck_at, state.recheck, _holds_until(state, variant)) if due), default=0
    )
    for _ in range(_MOST_STEPS):
        if state.ends and (not at or state.ends <= at):
            return max(state.ends, now), "expires"
        if not at or at > until:
            return None
        at = max(at, now + 1)
        judge(state, variant.detector.read(asked.facts, at, state.memories()), variant, at)
        if state.true != was_true:
            return at, "clears" if was_true else "opens"
        if not state.recheck or state.recheck <= at:
            return None
        at = state.recheck
    return None


def _holds_until(state: SignalState, variant: Variant) -> Millis:
    """When the first hit will have held for long enough; 0 without one."""
    pending = [s.pending for s in state.subjects.values() if s.pending and not s.standing]
    return min(pending) + variant.hold_for if pending else 0
