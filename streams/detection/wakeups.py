"""Who must be looked at when: four calendars, one per clock, over accounts that are asleep."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from streams.detection.rules import Clock
from streams.detection.units import Millis

_CLOCKS = tuple(Clock)  # to make a member of an enum from its number is a call


class Wakeups:
    """Wake-ups of accounts by clock: the earliest one that was asked for, so that an account whose time moves on with
    its every event lies here once. It may be outdated (the account's own record decides: whoever pops one puts the
    account's real time back in), never missing.

    An account whose clock is held while its topic's goes on is *parked*: due, but not yet; it is asked again when
    a feed of the topic moves.
    """

    def __init__(self) -> None:
        self._due: list[list[tuple[Millis, bytes]]] = [[] for _ in Clock]
        self._queued: list[dict[bytes, Millis]] = [{} for _ in Clock]  # what of the heap counts
        self._parked: tuple[dict[bytes, Millis], ...] = tuple({} for _ in Clock)

    def add(self, clock: int, due: Millis, key: bytes) -> None:
        queued = self._queued[clock]
        known = queued.get(key)
        if known is None or due < known:
            queued[key] = due
            heapq.heappush(self._due[clock], (due, key))

    def park(self, clock: Clock, due: Millis, key: bytes) -> None:
        self._parked[clock][key] = due

    def unpark(self, clock: Clock) -> None:
        """The clock's feeds have moved: everybody who was parked is due again."""
        parked = self._parked[clock]
        for key, due in parked.items():
            self.add(clock, due, key)
        parked.clear()

    def fill(self, clock: Clock, dues: list[tuple[Millis, bytes]]) -> None:
        """Begin with these entries of one clock, one of an account."""
        heapq.heapify(dues)
        self._due[clock] = dues
        self._queued[clock] = {key: due for due, key in dues}

    def pop(self, until: Sequence[Millis]) -> tuple[Clock, Millis, bytes] | None:
        """The earliest entry over all clocks that is due by `until[clock]`; ties go by clock, then by account."""
        best, earliest = -1, 0
        for clock, heap in enumerate(self._due):
            while heap:
                due, key = heap[0]
                if due > until[clock]:
                    break
                if self._queued[clock].get(key) == due:
                    if best < 0 or due < earliest:
                        best, earliest = clock, due
                    break
                heapq.heappop(heap)
        if best < 0:
            return None
        due, key = heapq.heappop(self._due[best])
        del self._queued[best][key]
        return _CLOCKS[best], due, key
