"""Claiming partitions while connections come and go."""

from __future__ import annotations

import asyncio

import pytest

from streams.connection import Connection, connection_of
from streams.worker.exactly_once import ExactlyOnceWriter
from streams.worker.topics import Topics
from tests.worker.support import Cluster


class Breaking:
    """Stands before a broker and drops the first connection as soon as something is asked on it."""

    def __init__(self, connection: Connection) -> None:
        self._host, _, port = connection.servers[0].rpartition(":")
        self._port = int(port)
        self.connections = 0

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self.connections > 1:
            there, back = await asyncio.open_connection(self._host, self._port)
            await asyncio.gather(_pass_on(reader, back), _pass_on(there, writer))
        else:
            await reader.read(1)
        writer.close()


async def _pass_on(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
    while data := await source.read(1 << 16):
        to.write(data)
        await to.drain()
    to.close()


@pytest.mark.kafka
def test_a_connection_that_is_lost_while_a_partition_is_claimed_is_made_again(cluster: Cluster) -> None:
    async def claim() -> int:
        breaking = Breaking(connection_of(cluster.brokers))
        server = await asyncio.start_server(breaking.take, "127.0.0.1")
        port = server.sockets[0].getsockname()[1]
        topics = Topics(cluster.prefix, {}, {})
        writer = ExactlyOnceWriter(Connection(f"127.0.0.1:{port}"), f"{cluster.prefix}claim", topics)
        await writer.claim(frozenset({0}))
        await writer.close()
        server.close()
        return breaking.connections

    assert asyncio.run(claim()) > 1
