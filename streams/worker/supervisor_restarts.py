"""When a process that ended is started again, and when not any more. Pure: told what happened and when."""

from __future__ import annotations

from typing import Final

#: Pause before the first start anew, in s; it doubles with every failure in a row, up to the longest.
_FIRST_S: Final = 0.5
_LONGEST_S: Final = 30.0
#: A process that was ready for this long, in s, has not failed in a row.
_HEALTHY_S: Final = 60.0
#: Starts in a row that must be refused before nothing is started any more.
REFUSALS: Final = 5

#: Exit codes with which a worker refuses to start as things are: settings, catalogs or topics (1, 2), no broker (3).
_REFUSED: Final = frozenset((1, 2, 3))
_NO_BROKER: Final = 3


class Restarts:
    """The failures in a row of one process."""

    def __init__(self) -> None:
        self._failures = 0
        self._refusals = 0

    def ended(self, exit_code: int, ready_for_s: float | None) -> float:
        """The pause in s before it is started again.

        Args:
            exit_code: negative for the signal that ended it.
            ready_for_s: how long it was ready; None when it never was.
        """
        if ready_for_s is not None:
            self._refusals = 0
            if ready_for_s >= _HEALTHY_S:
                self._failures = 0
        elif exit_code in _REFUSED:
            self._refusals += 1
        self._failures += 1
        return min(_LONGEST_S, _FIRST_S * 2.0 ** min(self._failures - 1, 16))

    def is_hopeless(self, exit_code: int, *, one_is_ready: bool, one_was_ready: bool) -> bool:
        """Whether to give up: it refused to start many times in a row, and it is not this process alone.

        While another process works, what it does is worth more than a clear end; and a broker that answered once
        will answer again.
        """
        if self._refusals < REFUSALS or one_is_ready:
            return False
        return exit_code != _NO_BROKER or not one_was_ready
