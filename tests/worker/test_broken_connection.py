"""A connection that closes while it is written to: its client notices and connects again."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
import uvloop
from aiokafka.client import AIOKafkaClient, ConnectionGroup
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.metadata import MetadataRequest

import streams.worker.broken_connection  # noqa: F401  # what is tested
from streams.connection import connection_of
from streams.devkafka import Broker


async def connected(kafka: Broker) -> tuple[AIOKafkaClient, AIOKafkaConnection]:
    client = AIOKafkaClient(**connection_of(kafka.bootstrap).aiokafka())
    await client.bootstrap()
    node = client.get_random_node()
    assert await client.ready(node)
    return client, client._conns[(node, ConnectionGroup.DEFAULT)]


async def close_unnoticed(connection: AIOKafkaConnection) -> None:
    """As between the end of a transport and the moment when its reader is told."""
    connection._read_task.cancel()
    transport = connection._writer.transport
    transport.abort()
    while "closed=True" not in repr(transport):
        await asyncio.sleep(0)
    connection._reader._eof = False


def run(story: Coroutine[Any, Any, None]) -> None:
    """On the loop that a worker has."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(story)


@pytest.mark.kafka
def test_a_request_on_a_transport_that_has_just_closed_fails_as_one_on_any_broken_connection(
    kafka: Broker,
) -> None:
    async def story() -> None:
        client, connection = await connected(kafka)
        await close_unnoticed(connection)
        with pytest.raises(KafkaConnectionError, match="closed"):
            await connection.send(MetadataRequest([]))
        assert not connection.connected()
        await client.close()

    run(story())


@pytest.mark.kafka
def test_a_client_whose_connection_closes_while_it_asks_for_metadata_asks_again(kafka: Broker) -> None:
    async def story() -> None:
        client, connection = await connected(kafka)
        await close_unnoticed(connection)
        assert not await asyncio.wait_for(client.force_metadata_update(), 60)
        assert await asyncio.wait_for(client.force_metadata_update(), 60)
        await client.close()

    run(story())
