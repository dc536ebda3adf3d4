"""Short names of signals at rest: an account has some twenty, and their ids would take an eighth of its bytes.

A dictionary for compression and no more: a signal that is not in it is written under its id.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

Value = TypeVar("Value")

WORDS: tuple[str, ...] = (
    "acquisition-made",
    "active-users-rising",
    "adjacent-feature-wanted",
    "api-surge",
    "buying-centre-uncovered",
    "buying-centres-unmapped",
    "champion-lost",
    "committee-member-new",
    "competitor-present",
    "contacts-stale",
    "contraction",
    "core-feature-abandoned",
    "critical-ticket-ageing",
    "cross-sell-interest",
    "csat-decline",
    "executive-reengaged",
    "executive-unengaged",
    "external-shock",
    "goal-behind",
    "goal-reached-early",
    "health-check-overdue",
    "healthy-not-expanding",
    "hiring-in-served-function",
    "initiative-mapped",
    "integration-broken",
    "key-user-login-drop",
    "market-expansion",
    "new-executive",
    "notice-given",
    "nps-decline",
    "onboarding-late",
    "pain-in-new-department",
    "payment-overdue",
    "persona-lapsed",
    "plan-stale",
    "power-users-spread",
    "ready-for-next-use-case",
    "region-spread",
    "renewal-intent-weak",
    "renewal-step-due",
    "renewal-step-missed",
    "save-plan-review",
    "seat-requests",
    "seats-near-full",
    "seats-unused",
    "sentiment-negative",
    "single-threaded",
    "sponsor-departed",
    "stakeholders-dormant",
    "support-asks-for-more",
    "support-backlog-rising",
    "team-breadth-rising",
    "tier-limit-sustained",
    "usage-drop",
    "usage-silence",
    "value-late",
)
"""The place of a word is its short name: new ones go to the end, none is ever moved or taken out."""

SUBJECT_KEYS = {
    "pending": "p",
    "standing": "s",
    "opened": "o",
    "clearing": "c",
    "quiet_until": "q",
    "level": "l",
    "frozen": "f",
    "easing": "e",
    "quiet_since": "Q",
    "waits": "w",
}
SIGNAL_KEYS = {
    "ordinal": "n",
    "revision": "v",
    "opened": "o",
    "level": "l",
    "recheck": "r",
    "ends": "e",
    "subjects": "s",
    "held": "h",
    "held_since": "H",
    "unknown": "u",
    "unknown_since": "U",
    "case_since": "c",
    "was_clear": "w",
    "bears": "b",
}
"""Names of the fields at rest; a letter is never given to another field."""

_SHORT = {word: chr(1 + place) for place, word in enumerate(WORDS)}
_LONG = {short: word for word, short in _SHORT.items()}


def shortened(named: Mapping[str, Value]) -> dict[str, Value]:
    """The same under short names, in the same order.

    >>> shortened({"usage-drop": 1, "of-my-own": 2}) == {"usage-drop": 1, "of-my-own": 2}
    False
    >>> lengthened(shortened({"usage-drop": 1, "of-my-own": 2}))
    {'usage-drop': 1, 'of-my-own': 2}
    """
    return {_SHORT.get(name, name): value for name, value in named.items()}


def lengthened(named: Mapping[str, Value]) -> dict[str, Value]:
    """The same under the ids."""
    return {_LONG.get(name, name): value for name, value in named.items()}
