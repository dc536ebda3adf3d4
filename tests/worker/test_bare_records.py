"""Records that are handed out as they were unpacked."""

from __future__ import annotations

import asyncio
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.consumer.fetcher import PartitionRecords
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from streams.worker.bare_records import hand_out_bare_records


def fetched(key_deserializer: Any) -> list[Any]:
    """What a fetcher with this deserializer makes of two records and a tombstone."""
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 10_000)
    builder.append(0, 1_000, b"acme", b"one", [("p", b"where")])
    builder.append(1, 2_000, b"acme", b"two", [])
    builder.append(2, 3_000, b"acme", None, [])
    unpacked = MemoryRecords(bytes(builder.build()))
    return list(PartitionRecords(TopicPartition("t", 0), unpacked, [], 0, key_deserializer, None, True, 0))


async def bare() -> Any:
    client = AIOKafkaConsumer()
    hand_out_bare_records(client)
    return client._key_deserializer


def test_a_bare_record_says_what_a_stage_reads() -> None:
    records = fetched(asyncio.run(bare()))
    assert not any(isinstance(record, ConsumerRecord) for record in records)
    read = [
        (record.offset, record.timestamp, record.key, record.value, list(record.headers))
        for record in records
    ]
    assert read == [
        (0, 1_000, b"acme", b"one", [("p", b"where")]),
        (1, 2_000, b"acme", b"two", []),
        (2, 3_000, b"acme", None, []),
    ]


def test_other_clients_of_the_process_are_left_alone() -> None:
    asyncio.run(bare())
    assert all(isinstance(record, ConsumerRecord) for record in fetched(None))
