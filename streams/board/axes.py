"""One axis of the board: points of its own motion's true verdicts, with hysteresis."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from streams.detection.system import Verdict
from streams.detection.units import DAY_MS, Millis


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When an axis is high: from `points` on, or from `signals` distinct signals on (None: points alone).

    It is low again after it was under half of the points, and under the number of signals, for `calm` ms.
    """

    points: int = 3
    signals: int | None = None
    calm: Millis = 7 * DAY_MS


class Load(msgspec.Struct, frozen=True, gc=False):
    """What an axis carries: points, and the signals that give them. A signal of 0 points carries nothing."""

    points: int
    signals: tuple[str, ...]


class AxisState(msgspec.Struct, frozen=True, gc=False):
    """High or low, and since when a high axis has been calm (0: it is not)."""

    high: bool
    calm_since: Millis


def load_of(verdicts: tuple[Verdict, ...], motion: str) -> Load:
    """The points of a motion's true verdicts, held or not."""
    points = {v.rule.id: v.rule.points[v.level] for v in verdicts if v.rule.motion == motion}
    carrying = {signal: given for signal, given in points.items() if given > 0}
    return Load(sum(carrying.values()), tuple(sorted(carrying)))


def judge_axis(state: AxisState, load: Load, thresholds: Thresholds, now: Millis) -> AxisState:
    """The axis after `now`. Up at once, down only after the calm has lasted: bad news must not wait, and a
    signal that blinks must not move an account to and fro."""
    enough_signals = thresholds.signals is not None and len(load.signals) >= thresholds.signals
    if load.points >= thresholds.points or enough_signals:
        return AxisState(True, 0)
    if not state.high or 2 * load.points >= thresholds.points:
        return AxisState(state.high, 0)
    since = state.calm_since or now
    return AxisState(False, 0) if now >= since + thresholds.calm else AxisState(True, since)


def calm_until(state: AxisState, thresholds: Thresholds) -> Millis | None:
    """When a calm axis becomes low by time alone, None where it does not."""
    return state.calm_since + thresholds.calm if state.calm_since else None
