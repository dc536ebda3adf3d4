"""A worker as a child process: for the demo, the tests, and whoever supervises several."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import cast

from pydantic import SecretStr

from streams.connection import Address, connection_of
from streams.worker.address import read_address
from streams.worker.bearer import header_of
from streams.worker.page import fetch
from streams.worker.report import Status
from streams.worker.secret_settings import secret_from

#: Longest wait for a worker to be ready, in s: the first one on a broker waits until topics for offsets and
#: transactions are made, and with TLS it logs in some hundred times; one that ends is noticed at once.
READY_WITHIN_S = 120.0
#: How often a file or an answer is looked for, in s.
_LOOK_S = 0.02
#: How often the status is asked for, in s: each time the broker is asked for the ends.
_ASK_S = 0.2
#: Longest wait for an answer, in s.
_PATIENCE_S = 10.0
#: Lines of the log that an error shows.
_LAST_LINES = 15


class WorkerFailed(RuntimeError):
    """The worker ended or did not get ready; the message ends with the last lines of its log."""


class WorkerProcess:
    """`twomotion worker` as a child; a context manager that waits until it is ready and ends it.

    Args:
        options: further options of the command, e.g. ("--stages", "door").
        environment: variables beside this process's own.
        log: where its output goes; a temporary file without it.
        command: how to run the worker, without its options.
        ready_within_s: how long entering the context waits.
    """

    def __init__(
        self,
        brokers: Address,
        prefix: str = "",
        *,
        options: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        log: Path | None = None,
        command: Sequence[str] = (sys.executable, "-m", "streams.cli.main", "worker"),
        ready_within_s: float = READY_WITHIN_S,
    ) -> None:
        self._ready_within_s = ready_within_s
        self._folder = tempfile.TemporaryDirectory(prefix="twomotion-worker-")
        self._ready_file = Path(self._folder.name) / "ready.json"
        self.log = log or Path(self._folder.name) / "worker.log"
        connection = connection_of(brokers)
        self._command = [
            *command,
            *("--brokers", connection.bootstrap, "--prefix", prefix, "--metrics-port", "0"),
            *("--ready-file", str(self._ready_file), "--parent-pid", str(os.getpid()), *options),
        ]
        self._environment = {**os.environ, **connection.environment(), **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> WorkerProcess:
        self.start()
        try:
            self.wait_ready(self._ready_within_s)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start it, without waiting."""
        self._ready_file.unlink(missing_ok=True)
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C reaches the parent alone, which then ends the worker in order.
            self._process = subprocess.Popen(
                self._command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._running().pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._running().poll()

    @property
    def url(self) -> str:
        """Address of /metrics, /status and so on; there once the worker is ready."""
        return str(json.loads(self._ready_file.read_text())["url"])

    def is_ready(self) -> bool:
        """Whether it has been ready; raises WorkerFailed when it has ended."""
        if self.exit_code is not None:
            raise self._failed(f"the worker ended with exit code {self.exit_code}")
        return self._ready_file.exists()

    def wait_ready(self, timeout_s: float = READY_WITHIN_S) -> None:
        """Wait until partitions are assigned and recovered; raises WorkerFailed."""
        deadline = time.monotonic() + timeout_s
        while not self.is_ready():
            if time.monotonic() > deadline:
                raise self._failed(f"the worker was not ready after {timeout_s:.0f} s")
            time.sleep(_LOOK_S)

    def status(self) -> Status | None:
        """Its own account of how far it is; None while it cannot say."""
        page = fetch(read_address(self._ready_file, self.pid), "/status", self._headers(), _PATIENCE_S)
        return cast(Status, json.loads(page.body)) if page is not None and page.code == 200 else None

    def metrics(self) -> str:
        """Its /metrics page."""
        page = fetch(self.url, "/metrics", self._headers(), _PATIENCE_S)
        if page is None or page.code != 200:
            raise self._failed("the worker shows no metrics")
        return page.body.decode()

    def _headers(self) -> Mapping[str, str]:
        token = secret_from(self._environment, "TWOMOTION_HTTP_TOKEN")
        shown = SecretStr(token) if token is not None else None
        return header_of(shown)

    def wait_caught_up(self, timeout_s: float = 120.0) -> Status:
        """See `wait_caught_up`; raises WorkerFailed when it ends or time runs out."""
        return wait_caught_up([self], timeout_s)[0]

    def stop(self, timeout_s: float = 15.0) -> int:
        """End it in order (SIGTERM), by force after `timeout_s`; returns the exit code."""
        process = self._process
        if process is None:
            return 0
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.terminate()
            try:
                process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                process.kill()
        return process.wait()

    def kill(self) -> None:
        """End it without a chance to do anything (SIGKILL)."""
        self._running().kill()
        self._running().wait()

    def last_lines(self, n: int = _LAST_LINES) -> str:
        """The end of its log."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-n:])

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise WorkerFailed("the worker was not started")
        return self._process

    def _failed(self, what: str) -> WorkerFailed:
        return WorkerFailed(f"{what}; its log ends with:\n{self.last_lines()}")


def wait_caught_up(workers: Sequence[WorkerProcess], timeout_s: float = 120.0) -> list[Status]:
    """Wait until these workers together have done all there is.

    That is: every source partition is read to its end, journalled and acked, the closing watermarks
    are written, and every journal partition is folded and committed to its end. True at one moment;
    it stays true as long as nothing is published. Raises WorkerFailed when a worker ends or time
    runs out.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        # The journal grows while any door is at work: all doors first, then all engines.
        if _all_done(workers, "sources_done", "source_partitions"):
            after = _all_done(workers, "journal_done", "journal_partitions")
            if after and all(status["sources_done"] for status in after):
                return after
        for worker in workers:
            worker.is_ready()
        if time.monotonic() > deadline:
            last = [worker.status() for worker in workers]
            raise WorkerFailed(f"not caught up after {timeout_s:.0f} s: {last}\n{workers[0].last_lines()}")
        time.sleep(_ASK_S)


def _all_done(workers: Sequence[WorkerProcess], done: str, partitions: str) -> list[Status]:
    """Everybody's status, if all are done and no partition is unassigned; else nothing."""
    said = [worker.status() for worker in workers]
    known = [status for status in said if status is not None]
    if len(known) < len(workers):
        return []
    fields = [cast(Mapping[str, int], status) for status in known]
    assigned = sum(status[partitions] for status in fields)
    if assigned < max(status[f"all_{partitions}"] for status in fields):
        return []
    return known if all(status["ready"] for status in known) and all(s[done] for s in fields) else []
