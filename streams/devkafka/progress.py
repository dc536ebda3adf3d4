"""Showing on stderr what a slow step is doing, without ever disturbing stdout."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

Say = Callable[[str], None]
"""Takes one line that says what is going on now; what stands in brackets is detail that changes often."""


def silent(_: str) -> None:
    """Say nothing."""


@contextmanager
def shown_on_stderr() -> Iterator[Say]:
    """A spinner with the current line on a terminal; elsewhere each step once, as a plain line."""
    console = Console(stderr=True, highlight=False)
    if console.is_terminal:
        with console.status("") as status:
            yield status.update
        return

    last_step = ""

    def print_new_step(line: str) -> None:
        nonlocal last_step
        step = line.partition(" (")[0]
        if step != last_step:
            console.print(line, soft_wrap=True)
            last_step = step

    yield print_new_step
