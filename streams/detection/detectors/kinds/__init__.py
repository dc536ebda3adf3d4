"""Kinds of occurrences: what has happened to an account, as one list a kind, each entry with its attributes."""

from __future__ import annotations

from streams.detection.detectors.kinds import committee, contracts, goals, market, notes, people, product
from streams.detection.detectors.kinds.base import Attribute, Happened, Kind

KINDS: dict[str, Kind] = {
    **committee.KINDS,
    **contracts.KINDS,
    **goals.KINDS,
    **market.KINDS,
    **notes.KINDS,
    **people.KINDS,
    **product.KINDS,
}
"""Every kind that `occurrence: {of: ...}` can name."""

__all__ = ["KINDS", "Attribute", "Happened", "Kind"]
