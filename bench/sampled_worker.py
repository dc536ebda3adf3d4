"""`twomotion worker`, sampled from inside: where its CPU time goes, by stage and by function.

A timer of the process's CPU time interrupts the main thread a thousand times a second; what the interrupted
code worked for gets the time that the main thread has used since the last sample. The consumer's own thread
is counted whole: it fetches. Costs about 1 % of the time. Samples begin with the first event at the door, so
the start of the process is left out.

Run as a program with the options of `twomotion worker`; tells a Profile.
"""

from __future__ import annotations

import signal
import sysconfig
import threading
import time
from collections import defaultdict
from pathlib import Path
from types import CodeType, FrameType
from typing import TypedDict

from bench.inside import run_worker_that_tells
from bench.stages import STAGES, stage_of

_EVERY_S = 0.001
_FUNCTIONS = 60
#: The packages first: they may lie within either of the others.
_ROOTS = (
    f"{sysconfig.get_path('purelib')}/",
    f"{Path(__file__).resolve().parents[1]}/",
    f"{sysconfig.get_path('stdlib')}/",
)


class Profile(TypedDict):
    """CPU time in s since the first event."""

    stages: dict[str, float]
    functions: dict[str, float]  #: those that took most themselves: what they called into C included
    threads: dict[str, float]


class Sampler:
    """Counts the main thread's CPU time by what it was doing."""

    def __init__(self) -> None:
        self._stages: defaultdict[str, float] = defaultdict(float)
        self._functions: defaultdict[str, float] = defaultdict(float)
        self._last = 0.0
        self._began: dict[int, float] | None = None

    def start(self) -> None:
        signal.signal(signal.SIGPROF, self._take)
        signal.setitimer(signal.ITIMER_PROF, _EVERY_S, _EVERY_S)

    def _take(self, _: int, frame: FrameType | None) -> None:
        now = time.thread_time()
        stage = stage_of(frame)
        if self._began is None:
            if stage == "validate" and not _is_import(frame):  # the first event
                self._began = _thread_times()
                self._last = now
            return
        used, self._last = now - self._last, now
        self._stages[stage] += used
        if frame is not None:
            self._functions[name_of(frame.f_code)] += used

    def result(self) -> Profile:
        """What was counted so far; the sampling ends."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        began = self._began or {}
        main = threading.main_thread().ident or 0
        names = {thread.ident: thread.name for thread in threading.enumerate()}
        others = {
            str(names.get(ident, ident)): round(used - began.get(ident, 0.0), 4)
            for ident, used in _thread_times().items()
            if ident != main
        }
        stages = {stage: round(self._stages[stage], 4) for stage in STAGES}
        stages["fetch"] = round(stages["fetch"] + sum(others.values()), 4)
        top = sorted(self._functions.items(), key=lambda item: -item[1])[:_FUNCTIONS]
        functions = {name: round(used, 4) for name, used in top}
        return Profile(stages=stages, functions=functions, threads=others)


def name_of(code: CodeType) -> str:
    """A function by its file, from the root of what it belongs to (this project, the packages, Python), and name."""
    file = code.co_filename
    root = next((root for root in _ROOTS if file.startswith(root)), "")
    return f"{file.removeprefix(root)}:{code.co_qualname}"


def _is_import(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def _thread_times() -> dict[int, float]:
    """CPU time of each thread that Python knows, in s; nothing where the system does not tell."""
    if not hasattr(time, "pthread_getcpuclockid"):
        return {}
    return {
        thread.ident: time.clock_gettime(time.pthread_getcpuclockid(thread.ident))
        for thread in threading.enumerate()
        if thread.ident is not None
    }


def main() -> None:
    """The worker's command under the sampler."""
    sampler = Sampler()
    sampler.start()
    run_worker_that_tells(sampler.result)


if __name__ == "__main__":
    main()
