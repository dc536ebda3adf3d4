"""Runs one command for as long as the process that started this one lives, and not a second longer.

usage: guardian.py PARENT_PID FOLDER_TO_REMOVE -- COMMAND...      (an empty FOLDER_TO_REMOVE removes nothing)

A finally-block, atexit or a signal handler cannot run in a process that was killed with -9. So a second
process watches the first: stdin is a pipe whose other end only the parent holds, and the pipe closes
whichever way the parent ends. The parent's id is looked at too, for the case that a forked child of the
parent keeps the pipe open. If this process itself is killed, Linux kills the command (PR_SET_PDEATHSIG;
set from the main thread, because the signal belongs to the thread that forked).

Standard library only, and imports little: it starts before every broker.
"""

from __future__ import annotations

import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1
GRACE_S = 10.0
LOOK_EVERY_S = 0.2


def main(parent: int, folder: str, command: list[str]) -> int:
    """Run `command` until it ends, the parent ends or SIGTERM comes; the exit code is the command's."""
    signal.signal(signal.SIGTERM, _leave)
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=_dies_with(os.getpid()))
    try:
        while child.poll() is None and os.getppid() == parent:
            readable, _, _ = select.select([sys.stdin], [], [], LOOK_EVERY_S)
            if readable:
                break
    finally:
        _stop(child)
        if folder:
            shutil.rmtree(folder, ignore_errors=True)
    code = child.returncode
    return code if code >= 0 else 128 - code  # ended by a signal: as a shell says it


def _leave(*_: object) -> None:
    raise SystemExit(128 + signal.SIGTERM)


def _dies_with(guardian: int) -> Callable[[], None] | None:
    """What the child does between fork and exec: ask the kernel to be killed when its parent is gone."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != guardian:  # it died before the request was in place
            os._exit(1)

    return ask


def _stop(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            child.kill()
    child.wait()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2], sys.argv[4:]))
