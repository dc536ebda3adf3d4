"""The last record of partitions, without reading what is before it."""

from __future__ import annotations

from collections.abc import Mapping

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from streams.connection import Connection
from streams.worker.log_ends import Extent

#: Offsets that are looked through first; ends of transactions take one each.
_FIRST = 8
#: Longest look back: beyond it, nothing but broken-off transactions.
_FURTHEST = 100_000


async def last_records(
    connection: Connection, topic: str, extents: Mapping[int, Extent]
) -> dict[int, ConsumerRecord]:
    """Partition -> its last committed record; without those that have none within the last 100,000 offsets.

    Args:
        topic: the real name.
        extents: of the partitions to look at.
    """
    found: dict[int, ConsumerRecord] = {}
    left = {
        TopicPartition(topic, number): extent for number, extent in extents.items() if not extent.is_empty
    }
    if not left:
        return found
    consumer = AIOKafkaConsumer(
        **connection.aiokafka(),
        enable_auto_commit=False,
        isolation_level="read_committed",
        fetch_max_wait_ms=50,
    )
    await consumer.start()
    try:
        back = _FIRST
        while left:
            consumer.assign(list(left))
            ends = await consumer.end_offsets(list(left))
            for tp, extent in left.items():
                consumer.seek(tp, max(extent.begin, ends[tp] - back))
            behind = list(left)
            while behind := [tp for tp in behind if await consumer.position(tp) < ends[tp]]:
                for tp, records in (await consumer.getmany(*behind, timeout_ms=100)).items():
                    found[tp.partition] = records[-1]
            done = back >= _FURTHEST
            left = {
                tp: extent
                for tp, extent in left.items()
                if tp.partition not in found and not done and ends[tp] - back > extent.begin
            }
            back *= 8
    finally:
        await consumer.stop()
    return found


async def last_keys(connection: Connection, topic: str, extents: Mapping[int, Extent]) -> dict[int, bytes]:
    """Partition -> the key of its last committed record."""
    records = await last_records(connection, topic, extents)
    return {number: record.key or b"" for number, record in records.items()}
