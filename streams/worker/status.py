"""What a worker says about itself over HTTP, on a thread of its own.

`/metrics` Prometheus · `/readyz` 200 when partitions are assigned, recovered and processed, a broker
answered lately and no partition is stuck; else 503 and why not · `/healthz` 200 while the process's loop
turns, whatever the broker does · `/status` JSON: what is done, what is still to do, by which catalogs, from
which sources · `/accounts/<id>/explain` JSON: why each signal of an account is open, or how far it is from it.

With a token set, every page but the two for probes is for those who show it (`bearer`).
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Protocol, TypeVar

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from pydantic import SecretStr

from streams.worker.bearer import CHALLENGE, is_local, why_unauthorized
from streams.worker.logs import words_of
from streams.worker.page import Page, account_of
from streams.worker.report import Status

_T = TypeVar("_T")

_log = logging.getLogger(__name__)

#: Longest silence of a connection, in s.
_SILENT_S = 10.0
_NO_HEADERS: Mapping[str, str] = {}
#: Longest wait for the worker's loop, in s.
_PATIENCE_S = 8.0
#: The same for the gauges of /metrics: whoever scrapes waits for 10 s at most, as a rule, and a supervisor 5 s.
_REFRESH_S = 3.0


class Pages(Protocol):
    """What is served; each may raise, TimeoutError when who is asked does not answer."""

    def metrics(self) -> bytes:
        """The text format of Prometheus."""
        ...

    def status(self) -> Status: ...

    def turn(self) -> None:
        """Returns when what has to be alive has shown that it is."""
        ...

    def why_not_ready(self) -> str:
        """Empty when ready."""
        ...

    def explain(self, path: str, account: str) -> Page:
        """`path`, whole: why each signal of the account is open, or how far it is from it."""
        ...


class Answering(Protocol):
    """What a worker says of itself."""

    async def status(self) -> Status: ...
    async def refresh(self) -> None:
        """Bring the gauges up to date."""

    def why_not_ready(self) -> str:
        """From any thread; empty when ready."""
        ...


class Asked:
    """The questions that the server may ask the worker, each answered on the worker's loop."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        health: Answering,
        registry: CollectorRegistry,
        explain: Callable[[str, str], Page],
    ) -> None:
        self._loop = loop
        self._health = health
        self._registry = registry
        self._explain = explain

    def metrics(self) -> bytes:
        # While the loop is too busy to say how things are, what was counted matters all the more.
        try:
            self._answer(self._health.refresh, _REFRESH_S)
        except Exception as failed:
            _log.info("gauges are as they were: %r", failed)
        return generate_latest(self._registry)

    def status(self) -> Status:
        return self._answer(self._health.status)

    def turn(self) -> None:
        """Wait until the loop has turned once."""
        self._answer(_nothing)

    def why_not_ready(self) -> str:
        return self._health.why_not_ready()

    def explain(self, path: str, account: str) -> Page:
        async def page() -> Page:
            return self._explain(path, account)

        return self._answer(page)

    def _answer(self, question: Callable[[], Awaitable[_T]], patience_s: float = _PATIENCE_S) -> _T:
        async def ask() -> _T:
            return await question()

        answer = asyncio.run_coroutine_threadsafe(ask(), self._loop)
        try:
            return answer.result(patience_s)
        except TimeoutError:
            answer.cancel()
            raise


async def _nothing() -> None:
    return None


def serve(address: str, port: int, pages: Pages, token: SecretStr | None = None) -> ThreadingHTTPServer:
    """Open the port (0: a free one) and answer from a daemon thread; OSError when it is taken.

    Args:
        token: what has to be shown for every page but those of probes; None lets everybody in.
    """
    if token is None and not is_local(address):
        _log.warning(
            "the pages at %s:%s are open to whoever reaches them: set TWOMOTION_HTTP_TOKEN, or let only the network "
            "of the monitoring reach them",
            address,
            port or "(a free port)",
        )

    class Handler(BaseHTTPRequestHandler):
        # Who connects and says nothing is hung up on, and nobody learns what answers here.
        timeout = _SILENT_S
        server_version = "twomotion"
        sys_version = ""

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if why := why_unauthorized(token, path, self.headers.get("Authorization")):
                self._send(401, "text/plain", f"{why}\n".encode(), {"WWW-Authenticate": CHALLENGE})
                return
            try:
                code, kind, body = self._page()
            except (concurrent.futures.TimeoutError, TimeoutError):
                code, kind, body = 503, "text/plain", b"the worker does not answer\n"
            except Exception as failed:
                code, kind, body = 503, "text/plain", f"{words_of(failed)}\n".encode()
            self._send(code, kind, body)

        def _send(self, code: int, kind: str, body: bytes, more: Mapping[str, str] = _NO_HEADERS) -> None:
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            for name, value in more.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def _page(self) -> tuple[int, str, bytes]:
            path = self.path.partition("?")[0]
            if path == "/metrics":
                return 200, CONTENT_TYPE_LATEST, pages.metrics()
            if path == "/status":
                return 200, "application/json", json.dumps(pages.status()).encode()
            if path == "/healthz":
                pages.turn()
                return 200, "text/plain", b"alive\n"
            if path == "/readyz":
                why_not = pages.why_not_ready()
                body = f"not ready: {why_not}\n" if why_not else "ready\n"
                return 503 if why_not else 200, "text/plain", body.encode()
            account = account_of(self.path)
            if account is not None:
                return pages.explain(self.path, account)
            return 404, "text/plain", b"/metrics /status /readyz /healthz /accounts/<id>/explain\n"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
            return

    server = ThreadingHTTPServer((address, port), Handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, name="status", daemon=True).start()
    return server
