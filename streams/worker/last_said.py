"""What doors said last: the ids of the source topics, as the end of the journal has them."""

from __future__ import annotations

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.journal import WATERMARK_HEADER, Watermark
from streams.connection import Address, connection_of
from streams.worker.closing import close

#: Records of one journal partition that are looked through: every door says something at least every
#: half minute, or every few hours of event time.
_LAST_RECORDS = 5_000


async def last_topic_ids(brokers: Address, journal: str) -> dict[str, bytes]:
    """Contract name → topic id (8 bytes) of every source topic that the latest statements speak of.

    Looks through the end of the first journal partition; what is not found there is left out.
    Raises aiokafka.errors.KafkaError when no broker answers.
    """
    ids: dict[str, bytes] = {}
    consumer = AIOKafkaConsumer(**connection_of(brokers).aiokafka(), enable_auto_commit=False)
    await consumer.start()
    try:
        tp = TopicPartition(journal, 0)
        consumer.assign([tp])
        begin = (await consumer.beginning_offsets([tp]))[tp]
        end = (await consumer.end_offsets([tp]))[tp]
        consumer.seek(tp, max(begin, end - _LAST_RECORDS))
        while await consumer.position(tp) < end:
            for record in (await consumer.getmany(tp, timeout_ms=1_000)).get(tp, ()):
                if record.headers and record.headers[0][0] == WATERMARK_HEADER:
                    for mark in Watermark.decode(record.value or b"").partitions:
                        ids[mark.topic] = bytes.fromhex(mark.topic_id)
    finally:
        await close(consumer)
    return ids
