"""A backtest as a process of its own, so that its memory and its core are its own: `python -m bench.past_run`."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TypedDict, cast

from bench.cores import children_on
from bench.watching import Failed
from streams.lab.backtest.folding import Rules
from streams.lab.backtest.histories import history_of
from streams.lab.backtest.run import Plan, backtest


class PastFigures(TypedDict):
    """What one backtest gave; a part of build/bench.json."""

    events: int
    accounts: int
    messages: int
    seconds: float  #: from the first file opened to the folder of the result, Python's start not counted
    events_per_s: float
    cpu_us_per_event: float
    waited_share: float  #: of the time: it wanted the core and somebody else had it
    peak_mb: float


def run_past(history: Path, *, core: int | None = None) -> PastFigures:
    """Backtest a folder or a file with the bundled catalogs in one process. Raises Failed."""
    with children_on(core):
        done = subprocess.run(
            [sys.executable, "-m", "bench.past_run", str(history)],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise Failed(f"the backtest of {history} ended with {done.returncode}: {done.stderr[-2000:]}")
    return cast(PastFigures, json.loads(done.stdout.splitlines()[-1]))


def measured(history: Path) -> PastFigures:
    """The same in this process."""
    with tempfile.TemporaryDirectory(prefix="twomotion-") as folder:
        began, used, waited = time.monotonic(), time.process_time(), _waited()
        told = backtest(Plan(history_of([str(history)], None), Rules(), Path(folder) / "result"))
        seconds = time.monotonic() - began
    return PastFigures(
        events=told.events,
        accounts=told.accounts,
        messages=told.messages,
        seconds=round(seconds, 2),
        events_per_s=round(told.events / seconds, 1),
        cpu_us_per_event=round((time.process_time() - used) / told.events * 1e6, 1),
        waited_share=round((_waited() - waited) / seconds, 2),
        peak_mb=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _UNITS_A_MB, 1),
    )


#: `ru_maxrss` is in KiB on Linux, in bytes on a Mac.
_UNITS_A_MB = 2**20 if sys.platform == "darwin" else 2**10


def _waited() -> float:
    """Seconds that this thread was ready to run and did not; 0 where the system does not tell."""
    schedule = Path(f"/proc/{os.getpid()}/schedstat")
    return int(schedule.read_text().split()[1]) / 1e9 if schedule.exists() else 0.0


if __name__ == "__main__":
    print(json.dumps(measured(Path(sys.argv[1]))))
