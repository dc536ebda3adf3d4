"""What a handler of one event type is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from streams.detection.facts.state import Facts
from streams.detection.units import Millis

Handler: TypeAlias = Callable[[Facts, Any, Millis], int]
"""(facts, event, occurred ms) → Touch flags. The event's type is what the handler is registered for."""
