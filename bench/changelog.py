"""How much the engine has written to its changelog, as the broker counts it."""

from __future__ import annotations

from typing import Any

from kafka.admin import KafkaAdminClient

from schemas.topics import real_name


def changelog_bytes(brokers: str, prefix: str) -> int:
    """Bytes of the state topic's logs, all partitions together; no replicas counted twice on one broker."""
    name = real_name(prefix, "account-state")
    client = KafkaAdminClient(bootstrap_servers=brokers.split(","))
    try:
        told: Any = client.describe_log_dirs()
    finally:
        client.close()
    return sum(_sizes(told, name))


def _sizes(told: Any, topic: str) -> list[int]:
    if isinstance(told, dict):
        if told.get("name", told.get("topic")) == topic and "partitions" in told:
            return [int(each.get("partition_size", each.get("size", 0))) for each in told["partitions"]]
        return [size for each in told.values() for size in _sizes(each, topic)]
    if isinstance(told, (list, tuple)):
        return [size for each in told for size in _sizes(each, topic)]
    return []
