"""Which catalogs rule a journal partition: activated by records of the journal, kept in its state, taken up again
after a crash.

The partition record names the catalog of each motion that was activated; its text rests beside the accounts under a
key made of its hash, compressed. A text is written before the partition record that names it, and removed after the
last one that did: whatever a crash leaves, the catalog in force at an offset is there.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping

from schemas.control import CatalogActivated
from streams.detection.catalog.problems import CatalogError, Problem
from streams.detection.system import System

Named = dict[str, tuple[str, str]]
"""Motion -> version and SHA-256 of the catalog that was activated last."""

_TEXT = b"\0catalog-"


class Activations:
    """The catalogs of one partition. `named` is the partition record's, changed in place."""

    def __init__(self, base: System, named: Named, rest: Mapping[bytes, bytes]) -> None:
        self.named = named
        self._rest = rest
        self._committed = set(named.values())
        self._new: dict[bytes, bytes] = {}
        self._texts: set[bytes] | None = None  # keys of the texts at rest, once they are known
        self._flushed: list[tuple[bytes, bytes]] = []
        self.unreadable: list[str] = []
        """Motions whose catalog this release cannot read any more: its own rules them."""
        self.system = self._taken_up(base)

    def _taken_up(self, system: System) -> System:
        for motion, (version, sha256) in self.named.items():
            kept = self._rest.get(_key(sha256))
            try:
                if kept is None:
                    raise CatalogError([Problem(motion, 1, "", f"the text of catalog {version} is lost")])
                system = system.activate(system, motion, version, zlib.decompress(kept).decode())
            except CatalogError:
                self.unreadable.append(motion)
        return system

    def activate(self, event: CatalogActivated) -> None:
        """Let a catalog rule its motion from here on. Raises CatalogError where it is wrong: nothing changes."""
        if hashlib.sha256(event.catalog.encode()).hexdigest() != event.sha256:
            raise CatalogError([Problem("catalog", 1, "", "`sha256` is not the hash of `catalog`")])
        self.system = self.system.activate(self.system, event.motion, event.version, event.catalog)
        self.named[event.motion] = (event.version, event.sha256)
        self._new[_key(event.sha256)] = zlib.compress(event.catalog.encode(), 9)

    def flush(self) -> list[tuple[bytes, bytes]]:
        """Texts to be written before the partition record, and keys to be removed: those with an empty value."""
        needed = {_key(sha256) for _, sha256 in (*self._committed, *self.named.values())}
        if self._texts is None:
            # Once, for what a crash may have left: a commit must not walk over all accounts.
            self._texts = {key for key in self._rest if key.startswith(_TEXT)}
        found = [(key, text) for key, text in self._new.items() if key in needed - self._texts]
        found += [(key, b"") for key in sorted(self._texts - needed)]
        self._flushed = found
        return list(found)  # the caller adds the accounts' to it

    def committed(self) -> None:
        """What `flush` returned, and then the partition record, is in the log."""
        self._committed = set(self.named.values())
        self._new.clear()
        if self._texts is not None:
            self._texts |= {key for key, text in self._flushed if text}
            self._texts -= {key for key, text in self._flushed if not text}
        self._flushed = []


def _key(sha256: str) -> bytes:
    return _TEXT + sha256[:24].encode()


def changed_signals(before: System, after: System, motion: str) -> tuple[frozenset[str], frozenset[str]]:
    """The signals of a motion that say something else now, new ones among them, and those that are gone. One of
    another detector is both: what its alerts remember means nothing to the new one."""
    old, new = _told(before, motion), _told(after, motion)
    gone = {name for name, (kind, _) in old.items() if name not in new or new[name][0] != kind}
    changed = {name for name, told in new.items() if old.get(name) != told}
    return frozenset(changed), frozenset(gone)


def _told(system: System, motion: str) -> dict[str, tuple[str, str]]:
    """Signal -> its detector, and everything of it that decides or is said."""
    return {
        rule.id: (rule.spec.detect.kind, each.told_by(rule))
        for each in system.motions
        if each.name == motion
        for rule in each.rules
    }
