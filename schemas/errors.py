"""A record that the contract refuses."""

from __future__ import annotations

from schemas.dead_letters import ReasonCode


class Refused(Exception):
    """Raised instead of an event: `reason` for machines, `sentence` for a person."""

    def __init__(self, reason: ReasonCode, sentence: str) -> None:
        super().__init__(f"{reason.value}: {sentence}")
        self.reason = reason
        self.sentence = sentence
