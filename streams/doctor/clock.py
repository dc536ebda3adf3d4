"""How far the broker's clock is from this machine's, by a record that nobody can ever read.

The record is sent to `dead-letters` inside of a transaction that is aborted: the broker's answer to it holds the
broker's time, and readers of committed records, which all of this system are, pass over it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from streams.connection.rights import DEAD_LETTERS
from streams.doctor.finding import Finding, fail, ok, warn
from streams.doctor.sight import Sight

#: From here on events of a well-set publisher may be taken for ones of the future (the door allows 5 min), in ms.
_FAR_MS = 60_000
#: Good time servers keep machines well within this, in ms.
_NEAR_MS = 2_000
_PATIENCE_S = 15.0


def check(sight: Sight) -> Iterator[Finding]:
    if sight.settings.guarantee != "exactly_once":
        yield ok("clock", "not compared: without transactions nothing can be written and taken back")
        return
    try:
        skew, exact = asyncio.run(asyncio.wait_for(_skew_ms(sight), _PATIENCE_S))
    except TimeoutError:
        yield fail(
            "clock",
            f"no transaction came to its end within {_PATIENCE_S:.0f} s",
            "look at the brokers' transaction coordinators (__transaction_state)",
        )
        return
    except KafkaError as refused:
        yield warn("clock", f"not compared: {refused!r}", "see the lines about rights and transactions")
        return
    said = f"the broker's clock is {abs(skew) / 1000:.2f} s {'ahead of' if skew > 0 else 'behind'} this machine's"
    said += f" (± {exact / 1000:.2f} s)"
    if abs(skew) - exact > _FAR_MS:
        yield fail("clock", said, "set both by a time server: events look older or newer than they are")
    elif abs(skew) - exact > _NEAR_MS:
        yield warn("clock", said, "set both by a time server")
    else:
        yield ok("clock", said)


async def _skew_ms(sight: Sight) -> tuple[float, float]:
    """The broker's time less this machine's, and by how much that may be wrong."""
    producer = AIOKafkaProducer(
        **sight.settings.connection.aiokafka(),
        # Covered by the right to the transactional ids of the partitions; a name of its own fences nobody.
        transactional_id=f"{sight.settings.whole_id}-doctor",
        transaction_timeout_ms=10_000,
        request_timeout_ms=10_000,
    )
    await producer.start()
    try:
        await producer.begin_transaction()
        # The first send of a transaction waits for its coordinator; the second is the one that is timed.
        topic = sight.real(DEAD_LETTERS)
        await producer.send_and_wait(topic, b"", b"doctor", partition=0)
        before = time.time_ns() / 1e6
        written = await producer.send_and_wait(topic, b"", b"doctor", partition=0)
        after = time.time_ns() / 1e6
        await producer.abort_transaction()
    finally:
        await producer.stop()
    return written.timestamp - (before + after) / 2, (after - before) / 2 + 1
