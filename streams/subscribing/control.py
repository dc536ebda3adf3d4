"""What operators have said on `control`, from the first record to the last."""

from __future__ import annotations

from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, TopicAuthorizationFailedError

from schemas.control import CatalogActivated
from schemas.errors import Refused
from schemas.events import validate
from schemas.topics import real_name
from streams.connection import Address, connection_of
from streams.connection.refusals import unless_hidden
from streams.subscribing.reader import CannotRead, cannot_connect, may_not_read

CONTROL = "control"


@dataclass(frozen=True)
class Activation:
    """A catalog that was activated, and where on `control` that stands."""

    offset: int
    event: CatalogActivated


async def activations(brokers: Address, prefix: str = "") -> list[Activation]:
    """Every valid `catalog.activated`, oldest first. Raises CannotRead."""
    topic = TopicPartition(real_name(prefix, CONTROL), 0)
    connection = connection_of(brokers)
    consumer = AIOKafkaConsumer(
        **connection.aiokafka(),
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=100,
    )
    try:
        await consumer.start()
        if topic.topic not in await consumer.topics():
            raise CannotRead(
                f"There is no topic {topic.topic} at {connection}{unless_hidden(connection, 'Read')}.",
                hint="Create the topics first: twomotion topics apply (with the same --prefix).",
            )
        consumer.assign([topic])
        end = (await consumer.end_offsets([topic]))[topic]
        await consumer.seek_to_beginning(topic)
        found: list[Activation] = []
        while await consumer.position(topic) < end:
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found += [
                    Activation(record.offset, event)
                    for record in records
                    if (event := _activation(record.value)) is not None
                ]
        return found
    except TopicAuthorizationFailedError:
        raise may_not_read(connection, topic.topic) from None
    except (KafkaError, OSError, ValueError):
        raise await cannot_connect(connection) from None
    finally:
        await consumer.stop()


def _activation(value: bytes | None) -> CatalogActivated | None:
    try:
        event = validate(CONTROL, value)
    except Refused:
        return None  # the door refuses it too
    return event if isinstance(event, CatalogActivated) else None
