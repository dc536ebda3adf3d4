"""Waiting for what a test expects: the only place in the tests that lets time pass."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(condition: Callable[[], T], *, within: float = 120.0, what: str) -> T:
    """The first truthy value of `condition()`; an AssertionError naming `what` after `within` seconds.

    The deadline is for the slowest machine: it costs nothing where the condition comes early.
    An AssertionError inside `condition` counts as "not yet", and the last one is told at the end.
    """
    pause = threading.Event()
    deadline = time.monotonic() + within
    why: AssertionError | None = None
    while True:
        try:
            if value := condition():
                return value
        except AssertionError as not_yet:
            why = not_yet
        if time.monotonic() >= deadline:
            raise AssertionError(f"{what}: not within {within:g} s" + (f" ({why})" if why else ""))
        pause.wait(0.05)
