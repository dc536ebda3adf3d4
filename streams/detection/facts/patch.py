"""Patches out of order: per field, the newest event wins.

An entity remembers for each of its fields how new the event was that last gave it. "New" is `entity_version`
(0 where the source has none), then `occurred_at`; of two equally new events the later in the journal wins.
So any order of the same patches ends in the same entity.

Fields given by one event share one entry, hence an entity has rarely more than two.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, TypeAlias

from msgspec import UNSET

from streams.detection.units import Millis, day_from_date

Stamp: TypeAlias = tuple[int, Millis]
"""`entity_version` (or 0) and `occurred_at`."""
Layer: TypeAlias = tuple[int, Millis, int]
"""A stamp and the fields, as bits of their position, that it was the last to give."""


class Versioned(Protocol):
    """An entity that keeps its layers, newest first."""

    stamps: list[Layer]


class Field(NamedTuple):
    """How one field of an event becomes one of an entity."""

    source: str
    target: str
    convert: Callable[..., object] | None = None
    """Applied to what is not null."""


def same(*names: str) -> tuple[Field, ...]:
    """Fields that an entity keeps under the event's name, as they come."""
    return tuple(Field(name, name) for name in names)


def dates(*names: str) -> tuple[Field, ...]:
    """Dates that an entity keeps as days under the event's name."""
    return tuple(Field(name, name, day_from_date) for name in names)


def stamp_of(event: object, occurred_ms: Millis) -> Stamp:
    """How new an event is about its entity."""
    version: int | None = getattr(event, "entity_version", None)
    return (version or 0, occurred_ms)


def patch(
    entity: Versioned,
    event: object,
    occurred_ms: Millis,
    fields: Sequence[Field],
    *,
    null_clears: bool = True,
) -> int:
    """Apply what the event gives and is not outdated; the fields that changed, as bits of their position.

    `fields` lists the entity's fields in an order that never changes (new ones at the end): the bits are
    kept. An event may lack some of them. Without `null_clears` a null is an absent field, for events that
    are no patches. Entities of two event types share one list.
    """
    stamp = stamp_of(event, occurred_ms)
    layers = entity.stamps
    newest = not layers or stamp >= layers[0][:2]
    given = changed = 0
    for position, (source, target, convert) in enumerate(fields):
        value = getattr(event, source, UNSET)
        if value is UNSET or (value is None and not null_clears):
            continue
        bit = 1 << position
        if not newest and any(mask & bit and (version, at) > stamp for version, at, mask in layers):
            continue
        given |= bit
        if value is not None and convert is not None:
            value = convert(value)
        if getattr(entity, target) != value:
            setattr(entity, target, value)
            changed |= bit
    if given:
        entity.stamps = _restamped(layers, stamp, given)
    return changed


def newer(entity: Versioned, event: object, occurred_ms: Millis, bit: int) -> bool:
    """Whether the event is not outdated for one field (a bit beyond those of `patch`); if so it is now
    stamped.
    """
    stamp = stamp_of(event, occurred_ms)
    if any(mask & bit and (version, at) > stamp for version, at, mask in entity.stamps):
        return False
    entity.stamps = _restamped(entity.stamps, stamp, bit)
    return True


def bit_of(fields: Sequence[Field], target: str) -> int:
    """The bit of a field in what `patch` returns."""
    return 1 << next(position for position, field in enumerate(fields) if field.target == target)


def _restamped(layers: list[Layer], stamp: Stamp, given: int) -> list[Layer]:
    kept = []
    for version, at, mask in layers:
        if (version, at) == stamp:
            given |= mask
        elif mask & ~given:
            kept.append((version, at, mask & ~given))
    kept.append((*stamp, given))
    kept.sort(reverse=True)
    return kept
