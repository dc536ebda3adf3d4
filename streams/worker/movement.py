"""Which partitions have records waiting and do not move."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import NamedTuple

from faust.types import TP


class Standing(NamedTuple):
    """What was last seen of a partition that has records waiting."""

    moved: Hashable  #: differs when something was done since
    since: float  #: when it was first seen so, by the monotonic clock
    waiting: int


class Movement:
    """Since when each partition has had records waiting of which none was done."""

    def __init__(self) -> None:
        self._standing: dict[TP, Standing] = {}

    def note(self, waiting: Mapping[TP, int], moved: Mapping[TP, Hashable], now_s: float) -> None:
        """Look at all partitions of the assignment; those that are not named are forgotten."""
        standing: dict[TP, Standing] = {}
        for tp, records in waiting.items():
            if not records:
                continue
            before = self._standing.get(tp)
            since = before.since if before is not None and before.moved == moved[tp] else now_s
            standing[tp] = Standing(moved[tp], since, records)
        self._standing = standing

    def waits_s(self, tp: TP, now_s: float) -> float:
        """How long this partition has not moved with records waiting; 0 where none waits."""
        found = self._standing.get(tp)
        return 0.0 if found is None else max(0.0, now_s - found.since)

    def stuck(self, longer_s: float, now_s: float) -> list[tuple[TP, Standing]]:
        """The partitions that have not moved for longer than this, the longest first."""
        found = [(tp, each) for tp, each in self._standing.items() if now_s - each.since >= longer_s]
        return sorted(found, key=lambda stuck: stuck[1].since)
