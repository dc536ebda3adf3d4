"""Which core a process may use: what is measured has one, the broker and this program the other."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

MEASURED, OTHERS = 0, 1
"""Positions among the cores that this process may use."""


def cores() -> list[int]:
    """The cores that may be divided; empty where that cannot be (one core, or no Linux)."""
    if sys.platform != "linux":
        return []
    mine = sorted(os.sched_getaffinity(0))
    return mine if len(mine) >= 2 else []


@contextmanager
def children_on(core: int | None) -> Iterator[None]:
    """Processes started in this block run on that core alone (they inherit it); None changes nothing."""
    if core is None or sys.platform != "linux":
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
