"""What the product reports beside activity: integrations, seats asked for, users who hit a limit."""

from __future__ import annotations

import msgspec

from streams.detection.facts.marks import Mark
from streams.detection.facts.patch import Layer
from streams.detection.units import Millis


class Integration(msgspec.Struct, array_like=True, gc=False):
    """A connection to another system."""

    id: str
    name: str | None = None
    status: str | None = None
    """connected, disconnected or failing."""
    statuses: list[tuple[Millis, str]] = msgspec.field(default_factory=list)
    """(ms, status), the last 8, repeats left out."""
    mark: Mark | None = None
    """The last change of status."""
    stamps: list[Layer] = msgspec.field(default_factory=list)


class SeatRequest(msgspec.Struct, array_like=True, gc=False):
    """A seat that somebody asked for; one request may be reported several times."""

    id: str
    user_id: str
    outcome: str
    """The latest: requested, granted or refused."""
    mark: Mark
    """The latest report."""
    first: Mark
    """The earliest report."""
    product_id: str | None = None
    department: str | None = None
    refused: Mark | None = None
    """The earliest refusal, also if it was granted later."""


class Block(msgspec.Struct, array_like=True, gc=False):
    """Somebody was stopped by a limit."""

    meter: str
    """The key of its level: `<meter>` or `<product_id>:<meter>`."""
    mark: Mark
    user_id: str | None = None
    product_id: str | None = None
