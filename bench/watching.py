"""A running process, sampled from outside: CPU time, waiting and peak memory as the system counts them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from bench.figures import Sample

_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)


class Watch:
    """Samples of one process; memory is its highest so far."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self.samples: list[Sample] = []
        self.peak_mb = 0.0

    def sample(self, count: Callable[[], int]) -> Sample:
        """Take one; `count` says how many events are done. Raises psutil.NoSuchProcess after its end."""
        events = count()
        used = self._process.cpu_times()
        self.peak_mb = max(self.peak_mb, self._peak())
        taken = Sample(time.time(), events, used.user + used.system, self._waited())
        self.samples.append(taken)
        return taken

    def _waited(self) -> float:
        """Of the main thread; 0 where the system does not tell."""
        schedule = Path(f"/proc/{self._process.pid}/schedstat")
        return int(schedule.read_text().split()[1]) / 1e9 if schedule.exists() else 0.0

    def _peak(self) -> float:
        status = Path(f"/proc/{self._process.pid}/status")
        if status.exists() and (found := _PEAK.search(status.read_text())):
            return int(found[1]) / 1024
        return float(self._process.memory_info().rss) / 2**20


class Failed(RuntimeError):
    """A run gave no figures; the message says what happened and, where there is a log, how it ends."""
