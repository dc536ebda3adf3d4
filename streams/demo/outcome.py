"""What the output topics hold at the end, counted, and beside the truth of the story."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from schemas.board import AccountQuadrant
from schemas.growth import ExpansionOpportunity
from schemas.retention import RetentionAlert
from streams.story.score import SignalScore, score
from streams.story.truth import Truth
from streams.subscribing.lines import QUADRANT_NAMES

RECALL_WANTED: Final = 0.8
PRECISION_WANTED: Final = 0.8
FALSE_ALERTS_ALLOWED: Final = 0.1
"""A healthy account and quarter: the target of signals whose chance finds cannot be told from true ones."""
_BY_FALSE_ALERTS: Final = frozenset({"usage-drop", "key-user-login-drop"})
_CLOSED: Final = frozenset({"resolved", "retracted", "expired", "historical", "lapsed", "converted"})

Lane: TypeAlias = Mapping[str, RetentionAlert] | Mapping[str, ExpansionOpportunity]


@dataclass(frozen=True)
class Outcome:
    """A run's result. `retention` and `growth` hold each alert's last message, by alert id."""

    events: int
    records: int
    retention: dict[str, RetentionAlert]
    growth: dict[str, ExpansionOpportunity]
    quadrants: dict[str, AccountQuadrant]
    """By account id: where it stands."""
    truth: dict[str, SignalScore]
    seconds: dict[str, float]

    def accounts_in(self, quadrant: str) -> list[str]:
        """The ids of the accounts of a quadrant, in order."""
        return sorted(id_ for id_, place in self.quadrants.items() if place.quadrant == quadrant)

    def names(self) -> dict[str, str]:
        """Account id → its name where any message knows one, else its id."""
        accounts = [place.account for place in self.quadrants.values()]
        accounts += [risk.account for risk in self.retention.values()]
        accounts += [chance.account for chance in self.growth.values()]
        known = {account.id: account.name for account in accounts if account.name}
        return {id_: known.get(id_, id_) for id_ in self.quadrants}

    def summary(self) -> dict[str, object]:
        """For `--json`. Alerts are counted by their opening, quadrants by accounts."""
        return {
            "events": self.events,
            "alerts": {"retention": opened(self.retention), "growth": opened(self.growth)},
            "quadrants": {name: len(self.accounts_in(name)) for name in QUADRANT_NAMES},
            "truth": {
                signal: {
                    "plots": found.plots,
                    "found": found.found,
                    "opened": found.opened,
                    "recall": _rounded(found.recall),
                    "precision": _rounded(found.precision),
                    "false_per_healthy_account_quarter": _rounded(found.false_per_healthy_quarter),
                    "meets_target": meets_target(signal, found),
                }
                for signal, found in self.truth.items()
            },
            "seconds": {step: round(seconds, 1) for step, seconds in self.seconds.items()},
        }


def last_of_each(
    messages: Iterable[RetentionAlert] | Iterable[ExpansionOpportunity],
) -> dict[str, RetentionAlert | ExpansionOpportunity]:
    """Alert id → its message of the highest revision; a message that was written twice counts once."""
    last: dict[str, RetentionAlert | ExpansionOpportunity] = {}
    for message in messages:
        known = last.get(message.alert_id)
        if known is None or message.revision >= known.revision:
            last[message.alert_id] = message
    return last


def is_open(message: RetentionAlert | ExpansionOpportunity) -> bool:
    return message.status not in _CLOSED


def opened(lane: Lane) -> int:
    """How many alerts opened: all but those that were only ever history."""
    return sum(message.status != "historical" for message in lane.values())


def compare(
    truth: Iterable[Truth], retention: Lane, growth: Lane, *, accounts: int, days: int
) -> dict[str, SignalScore]:
    """Signal → what was found of the truth, for every signal that the story knows or that spoke."""
    openings = [
        (message.account.id, message.signal.id, message.times.opened_at.date())
        for lane in (retention, growth)
        for message in lane.values()
        if message.status != "historical"
    ]
    return score(truth, openings, accounts=accounts, days=days).signals


def meets_target(signal: str, found: SignalScore) -> bool:
    """Recall at least 0.8, and precision too; for the two drops few false alerts instead.

    A drop by chance in a small account is no less a drop: what counts is how seldom it bothers anyone.
    """
    if found.recall is not None and found.recall < RECALL_WANTED:
        return False
    if signal in _BY_FALSE_ALERTS:
        return found.false_per_healthy_quarter <= FALSE_ALERTS_ALLOWED
    return found.precision is None or found.precision >= PRECISION_WANTED


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
