"""One line of what the doctor says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Level: TypeAlias = Literal["ok", "warn", "fail"]

EXIT_WARNED: Final = 1
EXIT_FAILED: Final = 2


@dataclass(frozen=True)
class Finding:
    """What was looked at, what it is like, and what to do about it."""

    check: str
    level: Level
    sentence: str
    todo: str | None = None
    """None where nothing has to be done."""


def ok(check: str, sentence: str) -> Finding:
    return Finding(check, "ok", sentence)


def warn(check: str, sentence: str, todo: str) -> Finding:
    return Finding(check, "warn", sentence, todo)


def fail(check: str, sentence: str, todo: str) -> Finding:
    return Finding(check, "fail", sentence, todo)


def exit_code(findings: Iterable[Finding], *, strict: bool) -> int:
    """0 when all is well, 2 when anything failed; 1 for warnings, if they count.

    >>> exit_code([ok("broker", "there"), warn("groups", "nobody works", "start a worker")], strict=False)
    0
    """
    levels = {finding.level for finding in findings}
    if "fail" in levels:
        return EXIT_FAILED
    return EXIT_WARNED if strict and "warn" in levels else 0


def count(number: int, one: str, many: str = "") -> str:
    """A number with its noun.

    >>> count(1, "partition"), count(3, "partition")
    ('1 partition', '3 partitions')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"
