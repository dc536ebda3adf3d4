"""Topics for a test, and what lies on one."""

from __future__ import annotations

from typing import NamedTuple

from kafka import KafkaConsumer, TopicPartition

from streams.worker.admin import Admin


class OnTopic(NamedTuple):
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None


def apply_topics(brokers: str, prefix: str) -> None:
    """Every topic of the contract."""
    with Admin(brokers) as admin:
        admin.apply(prefix)


def records_on(brokers: str, topic: str) -> list[OnTopic]:
    """All records of a topic (real name), in the order of its partitions."""
    consumer = KafkaConsumer(bootstrap_servers=brokers, enable_auto_commit=False, fetch_max_wait_ms=50)
    try:
        parts = [
            TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic) or ())
        ]
        consumer.assign(parts)
        consumer.seek_to_beginning()
        ends = consumer.end_offsets(parts)
        found: list[OnTopic] = []
        while any(consumer.position(part) < ends[part] for part in parts):
            for records in consumer.poll(timeout_ms=200).values():
                found += [OnTopic(each.partition, each.offset, each.key, each.value) for each in records]
        return sorted(found)
    finally:
        consumer.close()
