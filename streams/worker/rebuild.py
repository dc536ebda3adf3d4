"""States that are lost: noticed at the start of a worker, and folded anew from the journal.

The states' changelog was deleted, or made anew and empty. Whoever started now would fold the journal from its
beginning and tell everything a second time. So a worker refuses, unless nothing was told yet (a new system with a
journal that waits for its first engine), and `twomotion worker --rebuild` writes into each empty partition of the
changelog how far it has to be silent (`silence`). The worker itself then does what it always does.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping

from streams.worker.checks import NotReady, check_broker
from streams.worker.exactly_once import ExactlyOnceWriter
from streams.worker.lanes import new_producer
from streams.worker.log_ends import Extent, LogAdmin, engine_groups
from streams.worker.settings import WorkerSettings
from streams.worker.silence import MARK, is_of_rebuild, marks
from streams.worker.tails import last_keys
from streams.worker.told import ToldOfPartition, read_told
from streams.worker.topics import JOURNAL, STATE, Topics

_log = logging.getLogger(__name__)

#: Offsets of a partition of the changelog up to which it may hold no record at all.
_FEW = 200
#: How often the group is looked at while it empties, in s.
_LOOK_S = 0.25
#: How much longer than a session a worker that was killed may stay a member, in s.
_LEAVES_S = 10.0


def check_states(admin: LogAdmin, settings: WorkerSettings, topics: Topics) -> None:
    """Raises NotReady where the journal has been folded and told of, and the states of it are gone."""
    empty = _empty_partitions(admin, settings, topics)
    if not empty:
        return
    surely = admin.committed(engine_groups(settings), topics.journal)
    told = {number for number in empty if surely.get(number)}
    # Without transactions messages go first: a worker that ended between them and its first states has told of what
    # no state holds, and only what the group has committed says that there were states.
    if not told and settings.guarantee == "exactly_once":
        told = empty & asyncio.run(read_told(settings.connection, topics, surely, in_order=True)).keys()
    # Another worker may have committed its first states meanwhile, what it told among them.
    lost = sorted(told & _empty_partitions(admin, settings, topics))
    if lost:
        raise NotReady(
            f"{topics.state} holds no states of {_named(lost)}, and the engine has told of {JOURNAL} before: "
            "the states are lost. Folding from the beginning would tell everything again. To do: end all workers, "
            "then start one with `twomotion worker --rebuild`"
        )


def prepare(settings: WorkerSettings) -> list[int]:
    """Write into each empty partition of the changelog how far it has to be silent; returns the partitions.

    Done before any worker is started. What is prepared already is left as it is, so a worker that is started with
    `--rebuild` once more just goes on.

    Raises:
        BrokerUnreachable: no broker answers.
        NotReady: a worker is running, or the journal is another one than was told of.
    """
    with LogAdmin(settings.connection) as admin:
        topics = check_broker(admin, settings)
        journal = admin.extents(topics.journal, topics.journal_partitions)
        states = admin.extents(topics.state, topics.journal_partitions)
        lost = asyncio.run(_unprepared(settings, topics, states))
        if not lost:
            _log.info("no states are lost: nothing to rebuild")
            return []
        _wait_until_nobody_works(admin, settings)
        surely = admin.committed(engine_groups(settings), topics.journal)
    return asyncio.run(_prepare(settings, topics, journal, surely, lost))


async def _prepare(
    settings: WorkerSettings,
    topics: Topics,
    journal: Mapping[int, Extent],
    surely: Mapping[int, int],
    lost: set[int],
) -> list[int]:
    in_order = settings.guarantee == "exactly_once"
    if in_order:
        # A worker that was away and takes itself for the owner must not tell anything after we have looked.
        writer = ExactlyOnceWriter(settings.connection, settings.whole_id, topics)
        await writer.claim(frozenset(range(topics.journal_partitions)))
        await writer.close()
    told = await read_told(settings.connection, topics, surely, in_order=in_order)
    _check_journal(journal, told, surely, lost)
    producer = new_producer(settings.connection)
    await producer.start()
    try:
        # No transaction: one that is broken off leaves a partition that is not empty any more and holds nothing.
        for number in sorted(lost):
            part = told.get(number, ToldOfPartition())
            for key, value in marks(part, surely.get(number, 0), in_order=in_order):
                await producer.send_and_wait(topics.state, value, key, partition=number)
    finally:
        await producer.stop()
    accounts = sum(len(told[number].accounts) for number in lost if number in told)
    _log.info("states of %s are folded anew; %d accounts were told of", _named(sorted(lost)), accounts)
    return sorted(lost)


def _empty_partitions(admin: LogAdmin, settings: WorkerSettings, topics: Topics) -> set[int]:
    """Partitions without states whose journal is not empty."""
    states = admin.extents(topics.state, topics.journal_partitions)
    # The end of a transaction that was open when the topic was deleted is written to the new one of that name: a
    # partition may have offsets and no record.
    few = {number: extent for number, extent in states.items() if extent.end - extent.begin <= _FEW}
    if not few:
        return set()
    kept = asyncio.run(last_keys(settings.connection, topics.state, few))
    journal = admin.extents(topics.journal, topics.journal_partitions)
    return {number for number in few if number not in kept and journal[number].end > 0}


async def _unprepared(settings: WorkerSettings, topics: Topics, states: Mapping[int, Extent]) -> set[int]:
    """Partitions without records, and those in which a preparation did not come to its end: the mark is its last."""
    keys = await last_keys(settings.connection, topics.state, states)
    half = {number for number, key in keys.items() if is_of_rebuild(key) and key != MARK}
    return (states.keys() - keys.keys()) | half


def _wait_until_nobody_works(admin: LogAdmin, settings: WorkerSettings) -> None:
    deadline = time.monotonic() + settings.session_timeout_s + _LEAVES_S
    while busy := {group: count for group, count in admin.members(engine_groups(settings)).items() if count}:
        if time.monotonic() > deadline:
            named = ", ".join(f"{count} of group {group}" for group, count in busy.items())
            raise NotReady(f"workers are running ({named}): end all of them before the states are rebuilt")
        time.sleep(_LOOK_S)


def _check_journal(
    journal: Mapping[int, Extent],
    told: Mapping[int, ToldOfPartition],
    surely: Mapping[int, int],
    lost: set[int],
) -> None:
    for number in sorted(lost):
        reached = max(surely.get(number, 0), told[number].last + 1 if number in told else 0)
        if reached > journal[number].end:
            raise NotReady(
                f"{JOURNAL} ends at offset {journal[number].end} in partition {number}, and was told of up to "
                f"{reached}: it is not the journal that the states were made of. Without it and without "
                f"{STATE} nothing can be rebuilt (docs/operations.md, lost journal)"
            )
    begun_late = [number for number in sorted(lost) if journal[number].begin > 0]
    if begun_late:
        _log.warning(
            "the journal of %s begins after its first record (retention): what is older is not in the new states. "
            "Let the sources send snapshots, and activate your own catalogs again",
            _named(begun_late),
        )


def _named(partitions: list[int]) -> str:
    shown = ", ".join(map(str, partitions[:5]))
    more = f" and {len(partitions) - 5} more" if len(partitions) > 5 else ""
    return f"journal partition{'s' if len(partitions) > 1 else ''} {shown}{more}"
