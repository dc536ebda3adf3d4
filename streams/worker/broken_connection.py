"""A connection that breaks while it is written to is a broken connection, whichever loop notices it.

aiokafka expects an OSError there. uvloop raises RuntimeError when a transport has closed and nobody was told yet: it
ends the task that refreshes a client's metadata, without a word. Whatever waits for metadata then waits for ever: a
worker that lost its broker at that moment would never find it again.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError, KafkaError


def _saying_so(write: Callable[..., Any]) -> Callable[..., Any]:
    """The same method, with the error that its callers know."""

    @functools.wraps(write)
    def written(connection: AIOKafkaConnection, *args: Any, **options: Any) -> Any:
        try:
            return write(connection, *args, **options)
        except KafkaError:
            raise
        except RuntimeError as closed:
            connection.close(reason=CloseReason.CONNECTION_BROKEN, exc=closed)
            raise KafkaConnectionError(
                f"Connection at {connection.host}:{connection.port} broken: {closed}"
            ) from closed

    return written


for _name in ("send", "_send_sasl_token"):
    setattr(AIOKafkaConnection, _name, _saying_so(getattr(AIOKafkaConnection, _name)))
