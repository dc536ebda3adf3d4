"""Who works, how far they are, what stands still, and which transactions stay open."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Mapping
from typing import Final

from streams.doctor.finding import Finding, count, fail, ok, warn
from streams.doctor.sight import CannotLook, Sight
from streams.worker.log_ends import engine_groups
from streams.worker.topics import JOURNAL, SOURCES

#: How long a partition with a lag may stand still, in s: a commit is due every two, its copy a second later.
WATCHED_S: Final = 6.0
_LOOK_S = 0.5

#: Topic (contract name) and partition -> how far the workers are, and the end.
_Places = Mapping[tuple[str, int], tuple[int, int]]


def check(sight: Sight) -> Iterator[Finding]:
    working = yield from _members(sight)
    places = _places(sight)
    behind = {where: end - at for where, (at, end) in places.items() if end > at}
    if not behind:
        yield ok("lag", "everything that was published is journalled and folded")
    elif not working:
        yield fail(
            "lag",
            f"{count(sum(behind.values()), 'record')} in {count(len(behind), 'partition')} wait, and nobody works",
            "start workers: twomotion worker",
        )
    else:
        yield from _moves(sight, places, behind)
    yield from _transactions(sight)


def _members(sight: Sight) -> Generator[Finding, None, bool]:
    """Findings; returns whether anybody works."""
    names = (*engine_groups(sight.settings), f"{sight.settings.whole_id}-door")
    groups = sight.admin.groups(names)
    working = {name: len(about["members"]) for name, about in groups.items() if about["members"]}  # type: ignore[arg-type]
    states = {name: str(groups[name].get("group_state", "")) for name in working}
    both, engine, door = names
    if not working:
        yield warn("groups", f"no worker is a member of {both}", "start workers: twomotion worker")
    elif both in working and len(working) > 1:
        yield fail(
            "groups",
            "workers of both stages and workers of one stage run together: they fence each other",
            "let all workers do both stages, or each one of them (--stages)",
        )
    elif both not in working and not (engine in working and door in working):
        alone, other = ("engine", "door") if engine in working else ("door", "engine")
        yield fail("groups", f"only the stage {alone} has workers", f"start workers with --stages {other}")
    else:
        for name, members in working.items():
            yield _group(name, members, states[name])
    return bool(working)


def _group(name: str, members: int, state: str) -> Finding:
    said = f"{name}: {count(members, 'worker')}, {state.lower() or 'state unknown'}"
    if state and state != "Stable":
        return warn(
            "groups", said, "look again in a minute; if it stays so, a worker keeps joining and leaving"
        )
    return ok("groups", said)


def _places(sight: Sight) -> _Places:
    admin, settings, topics = sight.admin, sight.settings, sight.topics
    groups = (*engine_groups(settings), f"{settings.whole_id}-door")
    places: dict[tuple[str, int], tuple[int, int]] = {}
    for name in (*SOURCES, JOURNAL):
        real = topics.real_name(name)
        done = admin.committed(groups, real)
        ends = admin.stable_ends(real, topics.partitions(name))
        for number, extent in admin.extents(real, topics.partitions(name)).items():
            end = min(extent.end, ends[number])
            places[name, number] = (max(done.get(number, 0), extent.begin), end)
    return places


def _moves(sight: Sight, first: _Places, behind: Mapping[tuple[str, int], int]) -> Iterator[Finding]:
    """Whether what is behind goes on."""
    still = set(behind)
    deadline = time.monotonic() + WATCHED_S
    while still and time.monotonic() < deadline:
        time.sleep(_LOOK_S)
        now = _places(sight)
        still = {
            where for where in still if now[where][0] == first[where][0] and now[where][0] < now[where][1]
        }
    if not still:
        yield ok("lag", f"{count(sum(behind.values()), 'record')} wait, every partition moves")
        return
    named = ", ".join(f"{topic}/{number}" for topic, number in sorted(still)[:5])
    more = f" and {len(still) - 5} more" if len(still) > 5 else ""
    waiting = sum(behind[where] for where in still)
    yield fail(
        "lag",
        f"{named}{more}: {count(waiting, 'record')} wait and nothing has moved for {WATCHED_S:.0f} s",
        "look at /readyz and the log of the worker that has the partition (/status says which), then restart it",
    )


def _transactions(sight: Sight) -> Iterator[Finding]:
    """Transactions that hold readers up: our own, and the publishers' on the source topics."""
    topics = sight.topics
    held: list[str] = []
    for name in topics.counts:
        real, partitions = topics.real_name(name), topics.partitions(name)
        stable = sight.admin.stable_ends(real, partitions)
        ends = sight.admin.extents(real, partitions)
        held += [f"{name}/{number}" for number, extent in ends.items() if extent.end > stable[number]]
    if not held:
        yield ok("open transactions", "none holds a reader up")
        return
    first = {where: _stable_end(sight, where) for where in held}
    deadline = time.monotonic() + WATCHED_S
    while first and time.monotonic() < deadline:
        time.sleep(_LOOK_S)
        first = {where: end for where, end in first.items() if _is_held(sight, where, end)}
    if not first:
        yield ok("open transactions", "none stays open")
        return
    named = ", ".join(sorted(first)[:5])
    try:
        own = sight.admin.transactions(f"{sight.settings.whole_id}-")
        whose = (
            ", ".join(f"{one} ({state})" for one, state, _ in own if state == "Ongoing") or "not a worker's"
        )
    except CannotLook as unknown:
        whose = str(unknown)
    yield fail(
        "open transactions",
        f"{named}: readers of committed records come no further for {WATCHED_S:.0f} s; whose: {whose}",
        "a worker's ends when another takes over, at the latest after 3 minutes; a publisher's: end it, or "
        "kafka-transactions.sh find-hanging and abort",
    )


def _stable_end(sight: Sight, where: str) -> int:
    name, number = where.rsplit("/", 1)
    real = sight.topics.real_name(name)
    return sight.admin.stable_ends(real, sight.topics.partitions(name))[int(number)]


def _is_held(sight: Sight, where: str, end: int) -> bool:
    name, number = where.rsplit("/", 1)
    real, partitions = sight.topics.real_name(name), sight.topics.partitions(name)
    extent = sight.admin.extents(real, partitions)[int(number)]
    return _stable_end(sight, where) == end < extent.end
