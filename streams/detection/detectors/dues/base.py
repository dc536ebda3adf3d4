"""What can be overdue: how such things are found in the facts, as long as they are not done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import msgspec

from streams.detection.facts import Facts
from streams.detection.packaging import Packaging
from streams.detection.reading import ACCOUNT, Detail
from streams.detection.units import Day


class Due(msgspec.Struct, frozen=True, gc=False):
    """One thing that is not done. Days are counted from `since`: the day it is due on, or the day it was last done.

    `late_already` where somebody said so, whatever the day. `ends` is the last day on which it makes sense (a
    contract's). `polled`: what does it is read at midnight only. `label` is what it is, `about` more of it, both for
    sentences."""

    since: Day
    subject: str = ACCOUNT
    label: str = ""
    about: str = ""
    ends: Day | None = None
    late_already: bool = False
    polled: bool = False
    event_ids: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    details: dict[str, Detail] = {}


@dataclass(slots=True, frozen=True)
class DueKind:
    """How a kind is found. `changes_on` is the next day on which time alone makes other things due than those that
    are found now (a contract that rolls on), None where it does not."""

    touches: int
    subject_kind: str
    find: Callable[[Facts, Packaging, Day], Iterator[Due]]
    changes_on: Callable[[Facts, Day], Day | None] | None = None
