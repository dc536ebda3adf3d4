"""Showing where a run is: bars on a terminal, a few plain lines elsewhere; always on stderr."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Final, Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

_PLAIN_STEPS: Final = 4


class Watched(Protocol):
    """Told what is going on."""

    def say(self, line: str) -> None:
        """The step that begins now; what stands in brackets is detail that changes often."""

    def share(self, what: str, done: float) -> None:
        """How much of a long step is done, 0–1; each step has its own bar."""

    def rest(self) -> None:
        """Make way for the result."""


class Unwatched:
    """Nobody looks."""

    def say(self, line: str) -> None:
        return

    def share(self, what: str, done: float) -> None:
        return

    def rest(self) -> None:
        return


class PlainLines:
    """Each step once; long steps at every quarter."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._step = ""
        self._quarters: dict[str, int] = {}

    def say(self, line: str) -> None:
        step = line.partition(" (")[0]
        if step != self._step:
            self._step = step
            self._console.print(line, soft_wrap=True, markup=False)

    def share(self, what: str, done: float) -> None:
        quarter = int(done * _PLAIN_STEPS)
        if quarter > self._quarters.get(what, 0):
            self._quarters[what] = quarter
            self._console.print(f"{what}: {quarter * 100 // _PLAIN_STEPS} %", soft_wrap=True, markup=False)

    def rest(self) -> None:
        return


class Bars:
    """A line for the step, and a bar for each long one."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._line: TaskID | None = None
        self._bars: dict[str, TaskID] = {}

    def say(self, line: str) -> None:
        if self._line is not None:
            self._progress.remove_task(self._line)
        self._line = self._progress.add_task(line, total=None)

    def share(self, what: str, done: float) -> None:
        if self._line is not None:
            self._progress.remove_task(self._line)
            self._line = None
        if what not in self._bars:
            self._bars[what] = self._progress.add_task(what, total=1.0)
        self._progress.update(self._bars[what], completed=done)

    def rest(self) -> None:
        self._progress.stop()


@contextlib.contextmanager
def watched_on_stderr() -> Iterator[Watched]:
    """Bars that are gone afterwards on a terminal, plain lines elsewhere."""
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield PlainLines(console)
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield Bars(progress)
