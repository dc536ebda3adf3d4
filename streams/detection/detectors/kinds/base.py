"""What a kind of occurrence is: how it is found in the facts, and what can be asked about one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import msgspec

from streams.detection.facts import Facts
from streams.detection.facts.marks import Mark
from streams.detection.packaging import Packaging
from streams.detection.reading import Detail
from streams.detection.units import Day, Millis

Attribute = str | int | float | bool | None | tuple[str, ...]


class Happened(msgspec.Struct, frozen=True, gc=False):
    """One occurrence: which subject, by which event, and what a `where` can ask about it.

    `label` is who or what it is, `about` what it is about, both for sentences; `details` join the evidence's."""

    subject: str
    mark: Mark
    attributes: dict[str, Attribute]
    contacts: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    label: str = ""
    about: str = ""
    details: dict[str, Detail] = {}


@dataclass(slots=True, frozen=True)
class Kind:
    """How a kind is found in the facts. `clearings` are the named conditions that undo one of it."""

    touches: int
    subject_kind: str
    attributes: frozenset[str]
    find: Callable[[Facts, Packaging, Day], Iterator[Happened]]
    clearings: dict[str, Callable[[Facts, Happened, Millis], bool]] = field(default_factory=dict)
