"""Durations as people write them in a catalog: `14d`, `72h`, `30m`."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

_UNITS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000}
_FORM = re.compile(r"(\d+)\s*([mhd])")


def parse_duration(text: object) -> int:
    """`14d` -> milliseconds. Raises ValueError that shows the form to use."""
    if isinstance(text, int) and not isinstance(text, bool):
        raise ValueError(f"a duration needs a unit: write {text}d, {text}h or {text}m")
    found = _FORM.fullmatch(text.strip()) if isinstance(text, str) else None
    if not found:
        raise ValueError(f"expected a duration such as 14d, 72h or 30m, got {text!r}")
    return int(found[1]) * _UNITS[found[2]]


def duration_text(ms: int) -> str:
    """The same backwards, in the largest unit that it is a whole number of.

    >>> duration_text(14 * 86_400_000), duration_text(36 * 3_600_000)
    ('14d', '36h')
    """
    for unit, size in (("d", _UNITS["d"]), ("h", _UNITS["h"])):
        if ms % size == 0:
            return f"{ms // size}{unit}"
    return f"{ms // _UNITS['m']}m"


def parse_days(text: object) -> int:
    """`14d` -> whole days. Raises ValueError where the duration is not a number of days."""
    days, rest = divmod(parse_duration(text), _UNITS["d"])
    if rest:
        raise ValueError(f"expected whole days such as 14d, got {text!r}")
    return days


def _weeks(text: object) -> int:
    days = parse_days(text)
    if days == 0 or days % 7:
        raise ValueError(f"a window is a multiple of 7d (weekdays must not tilt it), got {text!r}")
    return days


Duration = Annotated[
    int, BeforeValidator(parse_duration), WithJsonSchema({"type": "string", "pattern": r"^\d+\s*[mhd]$"})
]
"""Milliseconds."""
Days = Annotated[
    int, BeforeValidator(parse_days), WithJsonSchema({"type": "string", "pattern": r"^\d+\s*d$"})
]
"""Whole days."""
WindowDays = Annotated[
    int,
    BeforeValidator(_weeks),
    WithJsonSchema({"type": "string", "pattern": r"^\d+\s*d$", "description": "whole weeks, in days"}),
]
"""Whole weeks, in days."""
