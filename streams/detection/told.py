"""What people were told of an account before its state was lost, and how a state that was folded anew agrees with it.

A journal that still holds everything gives back the state as it was. One that begins later, or another catalog, may
count fewer openings of a signal than were told: its next alert would take the id of an old one. And it may hold an
alert for told that nobody was told of.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from streams.detection.account import AccountState
from streams.detection.lifecycle import SignalState


class Told(msgspec.Struct, array_like=True, gc=False):
    """Of one signal of one account: the latest opening that was told, and how it ended."""

    ordinal: int
    revision: int = 0
    """Of its last message; 0 where that message is not there any more."""
    open: bool | None = None
    """Whether its last message leaves the alert open; None where that message is not there any more."""


def agree(state: AccountState, told: Mapping[str, Told]) -> tuple[bool, list[str]]:
    """Bring a state that was folded anew in line with what was told; doing it twice changes nothing more.

    - No ordinal is lower than the last one told, so that no alert id is given twice.
    - An alert that is open in both is the same one: it goes on under the id and revision that people know.
    - An alert that is open in the state alone was never told: it is taken for a verdict that waits to be said, and
      is said as a new opening when the account is judged next.

    Returns whether anything changed, and the signals of which an alert was told and not closed while the state holds
    none: nothing will close it.
    """
    changed, orphans = False, []
    for signal, said in told.items():
        own = state.signals.get(signal)
        if own is None:
            own = state.signals[signal] = SignalState()
        ordinal, revision = own.ordinal, own.revision
        if own.opened and (said.open or (said.open is None and own.ordinal <= said.ordinal)):
            own.ordinal, own.revision = said.ordinal, max(own.revision, said.revision)
        elif own.opened:
            _untold(own)
            own.ordinal = max(ordinal, said.ordinal)
            changed = True
        else:
            own.ordinal = max(ordinal, said.ordinal)
            if said.open:
                orphans.append(signal)
        changed |= (own.ordinal, own.revision) != (ordinal, revision)
    for signal, own in state.signals.items():
        if own.opened and signal not in told:
            _untold(own)
            changed = True
    return changed, orphans


def _untold(own: SignalState) -> None:
    own.opened = own.level = own.revision = own.case_since = 0
    for subject in own.subjects.values():
        subject.opened = 0
