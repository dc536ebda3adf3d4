"""Why nothing can be published, said so that a person knows what to do."""

from __future__ import annotations

from streams.connection import Connection
from streams.connection.refusals import unless_hidden


class CannotPublish(Exception):
    """The broker does not take it. `hint` says what to do."""

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class BrokerUnreachable(CannotPublish):
    """Nobody answers at the address."""

    def __init__(self, brokers: Connection) -> None:
        super().__init__(
            f"No Kafka answers at {brokers}.",
            hint="Is it running, is the address right? `twomotion kafka up` starts a local one.",
        )


class Refused(CannotPublish):
    """The broker is there and does not let this user in, or not write."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"{why}.", hint="docs/security.md says how to log in, and what a publisher has to be allowed."
        )


class TopicMissing(CannotPublish):
    """The topic does not exist on the broker, or not for this user."""

    def __init__(self, name: str, brokers: Connection) -> None:
        super().__init__(
            f"There is no topic {name} at {brokers}{unless_hidden(brokers, 'Write')}.",
            hint="Create the topics first: twomotion topics apply (with the same --prefix).",
        )
