"""Records put where they lay before, as they were."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas.topics import real_name
from streams.connection import Address, connection_of
from streams.publishing.errors import BrokerUnreachable, CannotPublish

_REQUEST_BYTES = 2 * 1024 * 1024


class Original(NamedTuple):
    """One record; `topic` is the contract's name."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]


async def put_originals(
    brokers: Address, prefix: str, records: Iterable[Original], told: Callable[[int], None]
) -> int:
    """Put each record on its partition, in order; `told` hears of each that is acknowledged. Returns how many.

    Raises CannotPublish: those that `told` has heard of are on the broker."""
    connection = connection_of(brokers)
    producer = AIOKafkaProducer(
        **connection.aiokafka(),
        acks="all",
        enable_idempotence=True,
        max_request_size=_REQUEST_BYTES,
    )
    try:
        await producer.start()
    except (KafkaError, OSError, ValueError):
        await producer.stop()
        raise BrokerUnreachable(connection) from None
    done = 0
    try:
        for each in records:
            await producer.send_and_wait(
                real_name(prefix, each.topic),
                each.value,
                key=each.key,
                partition=each.partition,
                headers=each.headers,
            )
            done += 1
            told(1)
    except (KafkaError, OSError) as failed:
        raise CannotPublish(
            f"Kafka at {brokers} did not take the records: {failed!r}; {done} were put.",
            hint="Do it again: what was put is recognised and not put twice.",
        ) from failed
    finally:
        await producer.stop()
    return done
