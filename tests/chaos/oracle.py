"""What must be there: the journal, folded by the pure core as it grows."""

from __future__ import annotations

from collections.abc import Sequence

from streams.detection.account import Account, Header, is_erased
from streams.detection.engine import JournalRecord, PartitionEngine
from streams.detection.partition import PartitionState
from streams.detection.system import Outgoing, System
from tests.chaos.tally import Tally

_TEXT = b"\0catalog-"
_HEADER_BYTES = len(Account.erased(0))


class Oracle:
    """One engine per journal partition, each folding every record once."""

    def __init__(self, system: System, partitions: int) -> None:
        self._rests: list[dict[bytes, bytes]] = [{} for _ in range(partitions)]
        self._engines = [PartitionEngine(system, n, rest) for n, rest in enumerate(self._rests)]

    def fold(self, partition: int, records: Sequence[JournalRecord]) -> list[Outgoing]:
        """The messages that these records make, the next ones of the partition."""
        return self._engines[partition].process(records)

    def compare(self, partition: int, state: dict[bytes, bytes]) -> Tally:
        """The compacted state topic of one partition against what rests here.

        Equal but for where the commits were: the offset in an account's header, which feeds got which bit (one
        whose only account was erased between two commits gets none), and what is left of an erased account or of
        a catalog that rules no more until it is removed.
        """
        engine, rest = self._engines[partition], self._rests[partition]
        engine.flush()
        engine.committed()
        tally = Tally()
        key = engine.partition_record()[0]
        mine, theirs = _partition(rest.get(key)), _partition(state.get(key))
        names = ("next_offset", "positions", "clocks", "catalogs")
        unlike = [name for name in names if getattr(mine, name) != getattr(theirs, name)]
        if set(mine.stalled or ()) != set(theirs.stalled or ()):
            unlike.append("stalled")
        if unlike:
            tally.wrong += 1
            tally.say(f"state: partition record {partition} differs in {', '.join(unlike)}")
        expected = {name: _resting(name, value, mine) for name, value in rest.items() if name != key}
        found = {name: _resting(name, value, theirs) for name, value in state.items() if name != key}
        for name in sorted(expected.keys() | found.keys()):
            one, other = expected.get(name), found.get(name)
            if one != other:
                tally.wrong += 1
                tally.say(f"state: {name!r} in partition {partition} {_unlike(one, other)}")
        return tally


def _partition(value: bytes | None) -> PartitionState:
    return PartitionState.decode(value) if value else PartitionState()


def _resting(key: bytes, value: bytes, of: PartitionState) -> tuple[object, ...] | None:
    """A state without what a commit's place decides; None for one that the next commits remove."""
    if key.startswith(_TEXT):
        named = {sha256[:24].encode() for _, sha256 in of.catalogs.values()}
        return (value,) if key[len(_TEXT) :] in named else None
    if is_erased(value):
        return None
    header = Header.of(value)
    feeds = {feed for bit, feed in enumerate(of.feeds) if header.feed_bits >> bit & 1}
    return header.wakes, frozenset(feeds), value[_HEADER_BYTES:]


def _unlike(one: tuple[object, ...] | None, other: tuple[object, ...] | None) -> str:
    if one is None or other is None:
        return "is missing" if other is None else "should not be there"
    parts = ("wake-ups", "feeds", "facts or verdicts")
    return "differs in " + ", ".join(
        part for part, mine, theirs in zip(parts, one, other, strict=False) if mine != theirs
    )
