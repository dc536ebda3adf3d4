"""The catalogs of this installation, their locks, and what was activated on the broker."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

from streams.assembly import bundled, load_catalogs, load_packaging, load_system
from streams.detection.catalog.load import Catalog
from streams.detection.catalog.lock import LOCK, broken_promises, read_lock, stale_entries
from streams.detection.catalog.problems import CatalogError
from streams.doctor.finding import Finding, fail, ok, warn
from streams.doctor.sight import Sight
from streams.subscribing import CannotRead
from streams.subscribing.control import activations

_LINT = "twomotion signals lint says where"


def check_files(overlays: Sequence[Path] = (), reference: Path | None = None) -> Iterator[Finding]:
    """Needs no broker."""
    try:
        packaging = load_packaging(reference, overlays)
        catalogs = load_catalogs(packaging, overlays=overlays)
        problems = [
            problem for catalog in load_catalogs(load_packaging(reference)) for problem in _lock(catalog)
        ]
    except CatalogError as wrong:
        yield fail("catalogs", f"{len(wrong.problems)} problems, the first: {wrong.problems[0]}", _LINT)
        return
    if problems:
        yield fail("catalogs", f"{len(problems)} problems, the first: {problems[0]}", _LINT)
        return
    told = ", ".join(
        f"{catalog.motion} {catalog.version} with {len(catalog.signals)} signals" for catalog in catalogs
    )
    yield ok("catalogs", f"here: {told}")


def check_active(
    sight: Sight, overlays: Sequence[Path] = (), reference: Path | None = None
) -> Iterator[Finding]:
    """What was activated on `control`, and whether this release takes it."""
    try:
        said = asyncio.run(activations(sight.settings.connection, sight.settings.prefix))
    except CannotRead as unread:
        yield warn("active catalogs", unread.message, "allow Read on control to have them checked")
        return
    try:
        system = load_system(reference_dir=reference, overlays=overlays)
    except CatalogError:
        return  # said by `check_files`
    last: dict[str, str] = {}
    refused: dict[str, str] = {}
    for activation in said:
        event = activation.event
        try:
            system = system.activate(system, event.motion, event.version, event.catalog)
        except CatalogError as wrong:
            refused[event.motion] = f"{event.motion} {event.version}: {wrong.problems[0]}"
        else:
            last[event.motion] = event.version
            refused.pop(event.motion, None)
    for sentence in refused.values():
        yield warn(
            "active catalogs",
            f"the last activation is refused, what ruled before rules on; {sentence}",
            "put it right and activate it again: twomotion catalog activate",
        )
    told = ", ".join(f"{motion} {version}" for motion, version in sorted(last.items()))
    yield ok("active catalogs", told or "none was activated: each worker runs what it was started with")


def _lock(catalog: Catalog) -> list[object]:
    lock = read_lock(bundled(catalog.motion) / LOCK)
    shown = f"{catalog.motion}/"
    return [*broken_promises(catalog, lock, shown), *stale_entries(catalog, lock, shown)]
