"""What can go wrong with a development Kafka, said so that a person knows what to do."""

from __future__ import annotations


class KafkaUnavailable(Exception):
    """No broker can be had. `hint` says what to do, `log_tail` the broker's last lines (may be empty)."""

    def __init__(self, message: str, *, hint: str, log_tail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.log_tail = log_tail

    def __str__(self) -> str:
        tail = f"\nThe last lines of its log:\n{self.log_tail}" if self.log_tail else ""
        return f"{self.message}\n{self.hint}{tail}"


class NoKafkaAnswers(KafkaUnavailable):
    """There is none to talk to, where one was expected (as against: one could not be started)."""
