"""A worker that is measured from inside: it writes what it found to a file when it is asked to (SIGUSR1).

On demand, not at its end: by then its threads are gone, and their time with them.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypedDict

from bench.watching import Failed

_FILE = "BENCH_FILE"
"""Variable that names the file to write."""
_PATIENCE_S = 60.0
_LOOK_S = 0.02


class Started(TypedDict, total=False):
    """What a WorkerProcess is to be started with."""

    command: tuple[str, ...]
    environment: dict[str, str]


def started_as(module: str, file: Path) -> Started:
    """To run this module in place of the worker's command; it writes to this file."""
    file.unlink(missing_ok=True)
    return Started(command=(sys.executable, "-m", module), environment={_FILE: str(file.absolute())})


def run_worker_that_tells(found: Callable[[], object]) -> None:
    """Inside: be `twomotion worker`, and write what `found` returns as JSON when asked."""
    from streams.cli.worker import worker

    file = Path(os.environ[_FILE])

    def write(*_: object) -> None:
        partial = file.with_suffix(".part")
        partial.write_text(json.dumps(found()))
        partial.replace(file)

    signal.signal(signal.SIGUSR1, write)
    worker(prog_name="twomotion worker")


def ask(pid: int, file: Path) -> Any:
    """Outside: what the worker of this process has found. Raises Failed when it does not say."""
    os.kill(pid, signal.SIGUSR1)
    deadline = time.monotonic() + _PATIENCE_S
    while not file.exists():
        if time.monotonic() > deadline:
            raise Failed(f"the worker did not write {file}")
        time.sleep(_LOOK_S)
    return json.loads(file.read_text())
