"""Letting time pass: a fault comes at a random moment, and a random moment has to be waited for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_never = threading.Event()


def after(seconds: float) -> None:
    """Return after so many seconds."""
    _never.wait(seconds)


def until(condition: Callable[[], object], within: float) -> bool:
    """Wait for the condition, for at most `within` seconds; whether it came true."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() >= deadline:
            return False
        after(0.05)
    return True
