"""Sentences for what the engine names by a word."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from streams.detection.rules import Rule
from streams.detection.system import Verdict

UNKNOWN: Final = {
    "too-young": "the history is too short",
    "tracking-unproven": "too few engagements are on record to tell silence from nobody recording them",
    "quiet-days": "too few of the last days are no holidays",
}
"""Why nothing can be said of an account."""

_HELD: Final = {
    "api-takeover": "API calls rise as logins fall",
    "save-the-customer": "the account has to be saved first",
    "deal-open": "a deal about it is open already",
    "fix-while-expanding": "it lies where the account is at risk",
    "snoozed": "somebody asked for quiet until a day",
    "acknowledged": "somebody knows of it; only what is worse is said",
}


def unknown(reason: str) -> str:
    """The reason and what it means."""
    return f"{reason}: {UNKNOWN[reason]}" if reason in UNKNOWN else reason


def held(reason: str, rule: Rule, verdicts: Iterable[Verdict]) -> str:
    """The reason and what it means; which signals inhibit it, where some do."""
    if reason == "inhibited":
        causes = [
            v.rule.id for v in verdicts if v.rule.motion == rule.motion and rule.id in v.rule.spec.inhibits
        ]
        return (
            f"inhibited by {', '.join(causes)}" if causes else "taken in by the save plan that is under way"
        )
    return f"{reason}: {_HELD[reason]}" if reason in _HELD else reason
