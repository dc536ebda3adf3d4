"""Several worker processes on one host, kept running: `twomotion worker --processes N`.

The parent starts N workers, each a process of its own, and starts again what ended: a worker stops itself
when it is unsure what was written, and may be killed at any moment without harm. They share the partitions
as workers on several hosts do, by the consumer group. The parent holds no Kafka connection and no state.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from streams.worker.address import write_address
from streams.worker.logs import set_up_logging
from streams.worker.settings import WorkerSettings, environment_of
from streams.worker.status import serve
from streams.worker.supervisor_child import Child, how_it_ended
from streams.worker.supervisor_pages import SupervisorPages
from streams.worker.supervisor_restarts import REFUSALS

_log = logging.getLogger(__name__)

#: How often the processes are looked at, in s.
_LOOK_S = 0.1
#: Longest orderly end of all, in s; a worker gives itself less.
_END_S = 12.0
#: A supervisor that has not looked for this long, in s, hangs.
_HANGS_S = 5.0


class Hopeless(RuntimeError):
    """A process refuses to start, again and again.

    Args:
        exit_code: the process's own.
    """

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def supervise(
    settings: WorkerSettings,
    options: Sequence[str],
    environment: Mapping[str, str],
    ready_file: Path | None = None,
    parent_pid: int | None = None,
) -> None:
    """Run the processes until SIGTERM or SIGINT.

    Args:
        options: of the command, beside the settings, that each process is to have.
        ready_file: written (JSON: pid, url) when all processes are ready for the first time.
        parent_pid: end when this process is not the parent any more.

    Raises:
        Hopeless: a process refused to start five times in a row while no other worked.
    """
    set_up_logging(log_format=settings.log_format)
    folder = Path(tempfile.mkdtemp(prefix="twomotion-worker-"))
    try:
        Supervisor(settings, folder, options, environment).run(ready_file, parent_pid)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Supervisor:
    """The processes and the loop that looks after them."""

    def __init__(
        self, settings: WorkerSettings, folder: Path, options: Sequence[str], environment: Mapping[str, str]
    ) -> None:
        self._settings = settings
        command = (sys.executable, "-m", "streams.cli.main", "worker", *options)
        # The processes answer to this one alone, on free ports of this host.
        own = settings.model_copy(
            update={"processes": 1, "restart": False, "metrics_port": 0, "metrics_host": "127.0.0.1"}
        )
        variables = {**environment, **environment_of(own), "PROMETHEUS_MULTIPROC_DIR": str(folder)}
        self._children = [
            Child(number, folder, command, variables) for number in range(1, settings.processes + 1)
        ]
        self._pages = SupervisorPages(self._children, folder, self._turn, os.getpid(), settings.http_token)
        self._end = threading.Event()
        self._looked = time.monotonic()

    def run(self, ready_file: Path | None, parent_pid: int | None) -> None:
        """See `supervise`."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._end.set())
        url = None
        if self._settings.metrics_port is not None:
            place = self._settings.metrics_host, self._settings.metrics_port
            server = serve(*place, self._pages, self._settings.http_token)
            url = f"http://{self._settings.metrics_host}:{server.server_port}"
            _log.info("metrics of all %d processes at %s/metrics", len(self._children), url)
        told = was_ready = False
        try:
            while not self._end.wait(_LOOK_S):
                self._looked = time.monotonic()
                ready = [child.has_been_ready() for child in self._children]
                was_ready = was_ready or any(ready)
                if all(ready) and not told:
                    told = True
                    _log.info("ready: all %d processes", len(ready))
                    write_address(ready_file, url)
                for child in self._children:
                    self._look_after(child, was_ready)
                if parent_pid is not None and os.getppid() != parent_pid:
                    break
        finally:
            self._stop()

    def _look_after(self, child: Child, was_ready: bool) -> None:
        code = child.look()
        if code is not None and child.restarts.is_hopeless(
            code,
            one_is_ready=any(other.has_been_ready() for other in self._children if other.pid is not None),
            one_was_ready=was_ready,
        ):
            raise Hopeless(
                f"process {child.number} {how_it_ended(code)}, {REFUSALS} times in a row before it was ready: "
                "it says why above. Put that right, then start again",
                code,
            )
        if child.due is not None and time.monotonic() >= child.due:
            child.start()

    def _stop(self) -> None:
        """End all at once: one after the other, each would hand its partitions to who ends next."""
        for child in self._children:
            child.terminate()
        until = time.monotonic() + _END_S
        for child in self._children:
            child.wait(until)
        _log.info("ended, all %d processes", len(self._children))

    def _turn(self) -> None:
        if time.monotonic() - self._looked > _HANGS_S:
            raise TimeoutError
