"""The journal of one account: its partition, from the first record that is kept to the present end."""

from __future__ import annotations

from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.errors import KafkaError

from schemas.partitioning import partition_of
from schemas.topics import real_name
from streams.connection import Address, connection_of
from streams.subscribing.partitions import partitions_of
from streams.subscribing.reader import CannotRead

JOURNAL = "account-journal"


@dataclass(frozen=True)
class Kept:
    """The records of the account and those without an account. `begins_at` is the first offset that is still kept:
    above 0, older facts are gone from the topic."""

    records: tuple[ConsumerRecord, ...]
    begins_at: int


async def journal_of_account(brokers: Address, account: bytes, prefix: str = "") -> Kept:
    """What the account's partition holds now. Raises CannotRead."""
    name = real_name(prefix, JOURNAL)
    consumer = AIOKafkaConsumer(
        **connection_of(brokers).aiokafka(),
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=100,
        max_partition_fetch_bytes=8 * 1024 * 1024,
    )
    try:
        partitions = (await partitions_of(brokers, (name,))).get(name)
        if not partitions:
            raise CannotRead(
                f"There is no topic {name} at {brokers}.",
                hint="Create the topics first: twomotion topics apply (with the same --prefix).",
            )
        where = partitions[partition_of(account, len(partitions))]
        await consumer.start()
        consumer.assign([where])
        end = (await consumer.end_offsets([where]))[where]
        begin = (await consumer.beginning_offsets([where]))[where]
        consumer.seek(where, begin)
        found: list[ConsumerRecord] = []
        while await consumer.position(where) < end:
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found += [record for record in records if record.key == account or _for_all(record.key)]
        return Kept(tuple(found), begin)
    except (KafkaError, OSError, ValueError):
        raise CannotRead(
            f"No Kafka answers at {brokers}.",
            hint="Is it running, is the address right? `twomotion kafka up` starts a local one.",
            unreachable=True,
        ) from None
    finally:
        await consumer.stop()


def _for_all(key: bytes | None) -> bool:
    return key is not None and key[:1] == b"\0"
