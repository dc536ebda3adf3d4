"""What a worker says about itself over HTTP, on a thread of its own.

`/metrics` Prometheus · `/readyz` 200 when partitions are assigned, recovered and processed, and a
broker answered lately · `/livez` 200 while the process's loop turns, whatever the broker does ·
`/status` JSON, asked of the broker at that moment: what is still to do · `/accounts/<id>/explain`
JSON: why each signal of an account is open, or how far it is from it.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import json
from collections.abc import Awaitable, Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TypeVar

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from streams.worker.explain_page import FindEngine, Page, account_of, explain_page
from streams.worker.metrics import WorkerMetrics
from streams.worker.report import Status

_T = TypeVar("_T")

#: Longest wait for the worker's loop, in s.
_PATIENCE_S = 8.0


class Asked:
    """The questions that the server may ask the worker, each answered on the worker's loop."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        status: Callable[[], Awaitable[Status]],
        refresh: Callable[[], Awaitable[None]],
        is_ready: Callable[[], bool],
        find_engine: FindEngine = lambda account: None,
    ) -> None:
        self._loop = loop
        self._status = status
        self._refresh = refresh
        self.is_ready = is_ready
        self._find_engine = find_engine

    def status(self) -> Status:
        return self._answer(self._status)

    def refresh(self) -> None:
        self._answer(self._refresh)

    def turn(self) -> None:
        """Wait until the loop has turned once."""
        self._answer(_nothing)

    def explain(self, path: str, account: str) -> Page:
        async def page() -> Page:
            return explain_page(path, account, self._find_engine)

        return self._answer(page)

    def _answer(self, question: Callable[[], Awaitable[_T]]) -> _T:
        async def ask() -> _T:
            return await question()

        return asyncio.run_coroutine_threadsafe(ask(), self._loop).result(_PATIENCE_S)


async def _nothing() -> None:
    return None


def serve(address: str, port: int, asked: Asked, metrics: WorkerMetrics) -> ThreadingHTTPServer:
    """Open the port (0: a free one) and answer from a daemon thread; OSError when it is taken."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                code, kind, body = self._page()
            except (concurrent.futures.TimeoutError, TimeoutError):
                code, kind, body = 503, "text/plain", b"the worker does not answer\n"
            except Exception as failed:
                code, kind, body = 503, "text/plain", f"{failed!r}\n".encode()
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _page(self) -> tuple[int, str, bytes]:
            path = self.path.partition("?")[0]
            if path == "/metrics":
                asked.refresh()
                return 200, CONTENT_TYPE_LATEST, generate_latest(metrics.registry)
            if path == "/status":
                return 200, "application/json", json.dumps(asked.status()).encode()
            if path == "/livez":
                asked.turn()
                return 200, "text/plain", b"alive\n"
            if path == "/readyz":
                ready = asked.is_ready()
                return (200, "text/plain", b"ready\n") if ready else (503, "text/plain", b"not ready\n")
            account = account_of(self.path)
            if account is not None:
                return asked.explain(self.path, account)
            return 404, "text/plain", b"/metrics /status /readyz /livez /accounts/<id>/explain\n"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
            return

    server = ThreadingHTTPServer((address, port), Handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, name="status", daemon=True).start()
    return server
