"""The partitions of topics as they are on the broker."""

from __future__ import annotations

from collections.abc import Collection

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient

from streams.connection import Address, connection_of


async def partitions_of(brokers: Address, names: Collection[str]) -> dict[str, list[TopicPartition]]:
    """Real topic name -> its partitions in order; a topic that is not there is left out. Raises what aiokafka does.

    All topics are asked for: asking for one by name creates it on brokers that do so."""
    asking = AIOKafkaClient(**connection_of(brokers).aiokafka())
    try:
        await asking.bootstrap()
        cluster = await asking.fetch_all_metadata()
        found = {name: sorted(cluster.partitions_for_topic(name) or ()) for name in names}
    finally:
        await asking.close()
    return {name: [TopicPartition(name, n) for n in numbers] for name, numbers in found.items() if numbers}
