"""A client that does not end keeps nobody waiting."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka.errors import KafkaConnectionError

from streams.worker import closing


class Lingering:
    """A client whose connections wait for a goodbye that never comes."""

    async def stop(self) -> None:
        await asyncio.Event().wait()


class Broken:
    async def stop(self) -> None:
        raise KafkaConnectionError


@pytest.mark.parametrize("client", [Lingering(), Broken()])
def test_a_client_that_does_not_end_keeps_nobody_waiting(
    client: closing.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closing, "_CLOSE_S", 0.01)

    asyncio.run(asyncio.wait_for(closing.close(client), 60))
