"""The version lock: a signal that has changed must raise its version, and this proves that it did.

`catalog.lock.json` of a motion holds, for each signal, its version and the hash of what it decides by and says.
Inline tests and blind spots may be added without a new version: they change nothing that anybody is told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from streams.detection.catalog.bundle import canonical
from streams.detection.catalog.load import Catalog
from streams.detection.catalog.model import SignalSpec
from streams.detection.catalog.problems import CatalogError, Problem

LOCK: Final = "catalog.lock.json"
_FREE: Final = {"version", "tests", "blind_spots"}
_WRITE = "write the lock anew: twomotion signals lint --write-lock"


class Locked(BaseModel):
    """One signal as it was locked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int
    sha256: str


class Lock(BaseModel):
    """A lock file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    motion: str
    signals: dict[str, Locked]

    def text(self) -> str:
        """The file's text: one signal a line, so that two branches seldom touch the same one."""
        lines = [
            f'    "{name}": {{"version": {signal.version}, "sha256": "{signal.sha256}"}}'
            for name, signal in sorted(self.signals.items())
        ]
        inside = ",\n".join(lines)
        return f'{{\n  "motion": "{self.motion}",\n  "signals": {{\n{inside}\n  }}\n}}\n'


def hash_of(spec: SignalSpec) -> str:
    """SHA-256 of what the signal decides by and says, in its canonical form."""
    return hashlib.sha256(canonical(spec.model_dump(mode="json", exclude=_FREE)).encode()).hexdigest()


def lock_of(catalog: Catalog) -> Lock:
    """The lock that fits a catalog, switched-off signals included."""
    specs = (*catalog.signals, *catalog.switched_off)
    return Lock(
        motion=catalog.motion,
        signals={spec.id: Locked(version=spec.version, sha256=hash_of(spec)) for spec in specs},
    )


def read_lock(path: Path) -> Lock:
    """Raises CatalogError where the file is missing or no lock."""
    try:
        return Lock.model_validate_json(path.read_bytes())
    except OSError:
        raise CatalogError([Problem(str(path), 1, "", f"there is no lock; {_WRITE}")]) from None
    except ValidationError as error:
        told = f"is no lock ({error.error_count()} problems); {_WRITE}"
        raise CatalogError([Problem(str(path), 1, "", told)]) from None


def broken_promises(catalog: Catalog, lock: Lock, shown: str = "") -> list[Problem]:
    """Signals that changed without a new version, or went back to an older one: what no new lock may hide."""
    found = []
    for name, now in lock_of(catalog).signals.items():
        was = lock.signals.get(name)
        if was is None:
            continue
        if now.version < was.version:
            told = f"went back from {was.version} to {now.version}; versions only rise"
        elif now.version == was.version and now.sha256 != was.sha256:
            told = f"the signal has changed since version {was.version} was locked: raise it to {was.version + 1}"
        else:
            continue
        found.append(Problem(f"{shown}signals/{name}.yaml", 1, "version", told))
    return found


def stale_entries(catalog: Catalog, lock: Lock, shown: str = "") -> list[Problem]:
    """What a lock written anew would hold differently, promises kept."""
    now: Mapping[str, Locked] = lock_of(catalog).signals
    found = []
    for name in sorted({*now, *lock.signals}):
        if name not in lock.signals:
            told = f"`{name}` is not locked yet"
        elif name not in now:
            told = f"`{name}` is locked, and there is no such signal"
        elif now[name].version > lock.signals[name].version:
            told = f"`{name}` is locked at version {lock.signals[name].version}, it has {now[name].version}"
        else:
            continue
        found.append(Problem(f"{shown}{LOCK}", 1, "signals", f"{told}; {_WRITE}"))
    return found
