"""All checks, in the order in which one explains the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from streams.doctor import catalogs, clock, cluster, contract, states, work
from streams.doctor.finding import Finding, fail, warn
from streams.doctor.sight import CannotLook, Looking, Sight
from streams.worker.admin import BrokerUnreachable, Forbidden
from streams.worker.settings import WorkerSettings

_Check = Callable[[Sight], Iterator[Finding]]


def examine(
    settings: WorkerSettings, overlays: Sequence[Path] = (), reference: Path | None = None
) -> Iterator[Finding]:
    """Every finding as it is found: of a worker with these settings and catalogs, started here.

    Without a broker only what needs none is looked at; without the topics nothing that lies on them. Takes a second,
    and some six more where a partition has a lag: it is watched for whether it moves.
    """
    yield from catalogs.check_files(overlays, reference)
    try:
        admin = Looking(settings.connection)
    except BrokerUnreachable as unreachable:
        yield fail("broker", str(unreachable), "nothing else can be looked at without it")
        return
    with admin:
        sight = Sight(settings, admin)
        yield from _guarded("rights", contract.check_rights, sight)
        yield from _guarded("broker", cluster.check, sight)
        yield from _guarded("topics", contract.check, sight)
        if not _all_there(sight):
            return
        yield from _guarded("clock", clock.check, sight)
        if "engine" in settings.stages:
            yield from _guarded("states", states.check, sight)
        yield from _guarded("groups", work.check, sight)
        yield from _guarded(
            "active catalogs", lambda sight: catalogs.check_active(sight, overlays, reference), sight
        )


def _all_there(sight: Sight) -> bool:
    try:
        return sight.there
    except BrokerUnreachable:
        return False


def _guarded(name: str, check: _Check, sight: Sight) -> Iterator[Finding]:
    """A check that cannot look says so, and the others go on."""
    try:
        yield from check(sight)
    except (CannotLook, Forbidden) as unknown:
        yield warn(name, str(unknown), "the lines about rights say what to allow")
    except BrokerUnreachable as gone:
        yield fail(name, str(gone), "look again when the broker is back")
