"""Workers that start in a fraction of the time: forked from a process that has imported everything.

Most of a worker's start is importing (2.7 s of processor time), and the tests start some hundred and a chaos run two
hundred of them. Nothing else differs: the child is a process of its own that runs the command line, with its own
session, environment and log.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from streams.worker.process import WorkerProcess

_servers = multiprocessing.get_context("forkserver")
_servers.set_forkserver_preload(
    [
        "streams.cli.main",
        "streams.cli.worker",
        "streams.assembly",
        "streams.worker.checks",
        "streams.worker.run",
    ]
)
_PARENT = "--parent-pid"


class QuickWorker(WorkerProcess):
    """`twomotion worker`, forked."""

    def start(self) -> None:
        self._ready_file.unlink(missing_ok=True)
        arguments = self._command[self._command.index("worker") :]
        child = _servers.Process(target=_work, args=(arguments, self._environment, self.log))
        child.start()
        self._process = _Handle(child)

    def stop(self, timeout_s: float = 60.0) -> int:
        """End it in order, however busy the machine is."""
        return super().stop(timeout_s)


class _Handle(subprocess.Popen[bytes]):
    """A forked child with the face of a Popen."""

    def __init__(self, child: ForkServerProcess) -> None:
        # Popen's own beginning would start a process.
        self._child = child
        assert child.pid is not None
        self.pid = child.pid
        self.args = ()
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self._child.exitcode
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        self._child.join(timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0.0)
        return code

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def __del__(self) -> None:
        """Popen's own would look for what was never begun."""


def _work(arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    with log.open("ab") as out:
        for number in (1, 2):
            os.dup2(out.fileno(), number)
    arguments = list(arguments)
    # Its parent is the process that it was forked from, which ends with the one that asked for it.
    arguments[arguments.index(_PARENT) + 1] = str(os.getppid())
    from streams.cli.main import main

    sys.argv = ["twomotion", *arguments]
    main()
