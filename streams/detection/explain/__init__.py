"""Why a signal is open for an account, why it is not, and how far it is from it: read from the engine's own state by
its own detectors, changing nothing."""

from streams.detection.explain.account import UnknownAccount, UnknownSignal, explain
from streams.detection.explain.conditions import Condition
from streams.detection.explain.model import Explanation, SignalExplanation, Standing

__all__ = [
    "Condition",
    "Explanation",
    "SignalExplanation",
    "Standing",
    "UnknownAccount",
    "UnknownSignal",
    "explain",
]
