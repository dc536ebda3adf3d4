"""Waiting for a condition with a deadline: the only place here that lets time pass."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


def wait_until(condition: Callable[[], bool], *, within: float, poll: float = 0.05) -> bool:
    """Whether `condition()` came true within that many seconds; looked at every `poll` seconds."""
    pause = threading.Event()
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() >= deadline:
            return False
        pause.wait(poll)
    return True
