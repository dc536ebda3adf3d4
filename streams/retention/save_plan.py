"""An account that is being saved: its new warnings belong to the plan and are no alerts of their own."""

from __future__ import annotations

from collections.abc import Iterable

from streams.detection.rules import Rule
from streams.detection.system import Verdict

WARNING = "warning"


def absorbed(rule: Rule, verdicts: Iterable[Verdict]) -> bool:
    """Whether a signal that is about to open is a warning while a review of the account's strikes is open.

    `verdicts` are the true ones of this motion. The warning is told as a new subject of the review; what is critical
    speaks for itself, and what was said before the review stays as it is."""
    known = list(verdicts)
    if rule.over_verdicts or not any(v.rule.over_verdicts and v.said for v in known):
        return False
    return any(v.rule.id == rule.id and v.rule.levels[v.level] == WARNING for v in known)
