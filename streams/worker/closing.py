"""Ending a client of Kafka without waiting for its connections to end."""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from aiokafka.errors import KafkaError

_log = logging.getLogger(__name__)

#: Longest wait for a client that has nothing left to send, in s.
_CLOSE_S = 2.0


class Client(Protocol):
    async def stop(self) -> None: ...


async def close(client: Client) -> None:
    """Stop a consumer or producer. A connection that is not closed by then closes by itself.

    With TLS a connection waits up to 30 s for the broker's goodbye when an answer was on its way. That is as long as
    Faust lets the start of an assignment take: the worker would never be ready, and never say why.
    """
    try:
        await asyncio.wait_for(client.stop(), _CLOSE_S)
    except (KafkaError, TimeoutError, OSError) as failed:
        _log.info("a client did not close: %r", failed)
