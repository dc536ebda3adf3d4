"""Kinds of occurrences: what has happened to an account, as one list a kind, each entry with its attributes."""

from __future__ import annotations

from streams.detection.detectors.kinds import people
from streams.detection.detectors.kinds.base import Attribute, Happened, Kind

KINDS: dict[str, Kind] = {**people.KINDS}
"""Every kind that `occurrence: {of: ...}` can name."""

__all__ = ["KINDS", "Attribute", "Happened", "Kind"]
