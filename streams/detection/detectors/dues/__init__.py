"""Kinds of things that can be overdue, one list a kind of all that is not done."""

from __future__ import annotations

from streams.detection.detectors.dues import delivery, money
from streams.detection.detectors.dues.base import Due, DueKind

DUES: dict[str, DueKind] = {**delivery.KINDS, **money.KINDS}
"""Every kind that `overdue: {of: ...}` can name."""

__all__ = ["DUES", "Due", "DueKind"]
