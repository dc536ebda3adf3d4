"""What is served while the broker gives no answer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from threading import Thread

import pytest
from prometheus_client import CollectorRegistry, Counter

from streams.worker.page import Page
from streams.worker.report import Status
from streams.worker.status import Asked, serve
from tests.worker.asking import get


class Lonely:
    """A worker whose broker is away."""

    async def status(self) -> Status:
        raise ConnectionError("no broker")

    async def refresh(self) -> None:
        raise ConnectionError("no broker")

    def why_not_ready(self) -> str:
        return "no broker answered for 12 s"


def explained(path: str, account: str) -> Page:
    return Page(200, "text/plain", f"{account} by {path}".encode())


@pytest.fixture
def url() -> Iterator[str]:
    """A worker's address, whose broker is away."""
    loop = asyncio.new_event_loop()
    turning = Thread(target=loop.run_forever)
    turning.start()
    registry = CollectorRegistry()
    Counter("seen", "What was seen.", registry=registry).inc(3)
    server = serve("127.0.0.1", 0, Asked(loop, Lonely(), registry, explained))
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    loop.call_soon_threadsafe(loop.stop)
    turning.join()
    loop.close()


def test_what_was_counted_is_shown(url: str) -> None:
    code, page = get(f"{url}/metrics")

    assert code == 200
    assert "seen_total 3.0" in page


def test_it_is_alive_and_says_why_it_is_not_ready(url: str) -> None:
    assert get(f"{url}/healthz") == (200, "alive\n")
    assert get(f"{url}/readyz") == (503, "not ready: no broker answered for 12 s\n")


def test_how_far_it_is_cannot_be_said(url: str) -> None:
    code, why = get(f"{url}/status")

    assert (code, why) == (503, "ConnectionError('no broker')\n")


def test_an_account_is_explained_whatever_the_broker_does(url: str) -> None:
    path = "/accounts/a%2Fb/explain?signal=usage-drop"

    assert get(f"{url}{path}") == (200, f"a/b by {path}")
