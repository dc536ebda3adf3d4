"""Two catalogs beside each other: signals, plays and routing that were added, removed or changed, field by field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from streams.detection.catalog.load import Catalog
from streams.detection.catalog.lock import Lock, lock_of
from streams.detection.catalog.yaml_files import dotted

Value = str | float | int | bool | None


@dataclass(frozen=True)
class Change:
    """One field that differs; None also where it is not there on that side."""

    field: str
    before: Value
    after: Value


@dataclass
class Difference:
    """What differs between two catalogs of one motion. `changed` maps a file to its changed fields; where only a
    lock is known of a side, the fields are `version` and `content`."""

    motion: str
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    changed: dict[str, list[Change]] = field(default_factory=dict)

    @property
    def same(self) -> bool:
        return not (self.added or self.removed or self.changed)


def compare(before: Catalog, after: Catalog) -> Difference:
    """From the catalogs' merged files, inline tests left out."""
    found = Difference(after.motion)
    old, new = _files(before), _files(after)
    _compare_names(old, new, found)
    for name in sorted(old.keys() & new.keys()):
        was, now = _flat(old[name], ()), _flat(new[name], ())
        changes = [
            Change(path, was.get(path), now.get(path))
            for path in sorted({*was, *now})
            if was.get(path) != now.get(path) or (path in was) != (path in now)
        ]
        if changes:
            found.changed[name] = changes
    return found


def compare_locks(before: Lock | Catalog, after: Lock | Catalog) -> Difference:
    """From versions and hashes alone, where one side is a lock file."""
    old, new = _lock(before), _lock(after)
    found = Difference(new.motion)
    was = {f"signals/{name}.yaml": locked for name, locked in old.signals.items()}
    now = {f"signals/{name}.yaml": locked for name, locked in new.signals.items()}
    _compare_names(was, now, found)
    for name in sorted(was.keys() & now.keys()):
        changes = []
        if was[name].version != now[name].version:
            changes.append(Change("version", was[name].version, now[name].version))
        if was[name].sha256 != now[name].sha256:
            changes.append(Change("content", was[name].sha256[:12], now[name].sha256[:12]))
        if changes:
            found.changed[name] = changes
    return found


def _compare_names(old: Mapping[str, object], new: Mapping[str, object], found: Difference) -> None:
    found.added = sorted(new.keys() - old.keys())
    found.removed = sorted(old.keys() - new.keys())


def _lock(side: Lock | Catalog) -> Lock:
    return side if isinstance(side, Lock) else lock_of(side)


def _files(catalog: Catalog) -> dict[str, object]:
    files = json.loads(catalog.text)["files"]
    assert isinstance(files, dict)
    return {str(name): data for name, data in files.items()}


def _flat(data: object, path: tuple[str | int, ...]) -> dict[str, Value]:
    """Every value by its dotted path; a list of plain values is one value."""
    if isinstance(data, dict):
        found: dict[str, Value] = {}
        for name, value in data.items():
            found |= _flat(value, (*path, name))
        return found
    if isinstance(data, list) and any(isinstance(value, dict | list) for value in data):
        found = {}
        for at, value in enumerate(data):
            found |= _flat(value, (*path, at))
        return found
    if isinstance(data, list):
        return {dotted(list(path)): ", ".join(map(str, data))}
    assert data is None or isinstance(data, str | float | int | bool)
    return {dotted(list(path)): data}
