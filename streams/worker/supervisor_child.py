"""One of the processes that a supervisor runs."""

from __future__ import annotations

import logging
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from streams.worker.address import read_address
from streams.worker.failure import FAIL_STOP_EXIT
from streams.worker.supervisor_restarts import Restarts

_log = logging.getLogger(__name__)


class Child:
    """A worker process with a number, started anew under the same number when it ends.

    Args:
        folder: where it says its address and leaves its counters.
        command: how to run it, without what is said for the one process.
        environment: all its variables.
    """

    def __init__(
        self, number: int, folder: Path, command: Sequence[str], environment: Mapping[str, str]
    ) -> None:
        self.number = number
        self.restarts = Restarts()
        self.starts = 0
        #: When it is to be started, by the monotonic clock; None while it runs.
        self.due: float | None = 0.0
        self._folder = folder
        self._url_file = folder / f"{number}.url"
        self._ready_file = folder / f"{number}.ready"
        self._command = [
            *command,
            *("--number", str(number), "--parent-pid", str(os.getpid())),
            *("--url-file", str(self._url_file), "--ready-file", str(self._ready_file)),
        ]
        self._environment = dict(environment)
        self._process: subprocess.Popen[bytes] | None = None
        self._ready_since: float | None = None

    def start(self) -> None:
        """Start it; it shares nothing but stderr, its folder and the binary's pages."""
        for file in (self._url_file, self._ready_file):
            file.unlink(missing_ok=True)
        self._ready_since = None
        self.due = None
        self.starts += 1
        # A session of its own: Ctrl-C reaches the supervisor alone, which then ends everybody in order.
        self._process = subprocess.Popen(
            self._command, env=self._environment, stdin=subprocess.DEVNULL, start_new_session=True
        )
        _log.info("process %d started, pid %d", self.number, self._process.pid)

    @property
    def pid(self) -> int | None:
        """None while it does not run."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    @property
    def url(self) -> str | None:
        """Where it answers; None while it does not."""
        pid = self.pid
        return None if pid is None else read_address(self._url_file, pid)

    def has_been_ready(self) -> bool:
        """Whether it has been ready since its last start."""
        if self._ready_since is None and self.pid is not None and self._ready_file.exists():
            self._ready_since = time.monotonic()
        return self._ready_since is not None

    def look(self) -> int | None:
        """Its exit code when it has ended since the last look; then its next start is planned."""
        process = self._process
        if self.due is not None or process is None or (code := process.poll()) is None:
            return None
        now = time.monotonic()
        ready_for_s = now - self._ready_since if self._ready_since is not None else None
        pause_s = self.restarts.ended(code, ready_for_s)
        self.due = now + pause_s
        _log.warning("process %d %s: started again in %.1f s", self.number, how_it_ended(code), pause_s)
        return code

    def terminate(self) -> None:
        """Ask it to end in order, also if it was stopped."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def wait(self, until: float) -> None:
        """Wait for its end until this monotonic time, then end it by force."""
        process = self._process
        if process is None:
            return
        try:
            process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            _log.warning("process %d did not end: killed", self.number)
            process.kill()
            process.wait()


def how_it_ended(exit_code: int) -> str:
    """An end in words."""
    if exit_code < 0:
        return f"was ended by signal {-exit_code}"
    if exit_code == FAIL_STOP_EXIT:
        return "stopped itself because it was unsure what was written"
    return f"ended with exit code {exit_code}"
