"""The caps of every collection of facts, and what happens beyond them.

A cap is wide enough for the largest account the signals are meant for; beyond it the least useful entry
goes, and `facts.dropped` counts it under the name of the collection, so that an alert can say that it does
not know all. All caps together keep an account under 8 MB.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import nsmallest
from typing import Final, TypeVar

Value = TypeVar("Value")
Item = TypeVar("Item")

# Collection → entries. Users, features and levels have theirs beside their code (users.py, features.py,
# levels.py).
COUNTERS_CAP: Final = 128
"""Beyond it no further meter gets a counter of its blocks."""
TICKETS_OPEN_CAP: Final = 1_000
"""Beyond it the least severe goes, of these the one opened last: the ageing ones matter."""
TICKETS_CLOSED_CAP: Final = 300
"""Beyond it, and after 63 days, the one closed first goes."""
TICKETS_CLOSED_DAYS: Final = 63
CONTACTS_CAP: Final = 500
"""Beyond it: merged ones, then those without a role in the deal, of these the one heard of least recently."""
ENGAGEMENTS_CAP: Final = 200
ENGAGEMENTS_DAYS: Final = 200
NOTES_CAP: Final = 100
NOTES_DAYS: Final = 200
CSAT_CAP: Final = 300
NPS_CAP: Final = 300
GOALS_CAP: Final = 60
MILESTONES_CAP: Final = 100
PLANS_CAP: Final = 20
CONTRACTS_CAP: Final = 40
"""Beyond it the one that ends first goes."""
TERMS_CAP: Final = 16
"""Terms of one contract; beyond it the oldest goes."""
INTERESTS_CAP: Final = 100
PROBLEMS_CAP: Final = 200
"""Beyond it a solved one goes, else the oldest."""
CENTRES_CAP: Final = 200
NEWS_CAP: Final = 100
HIRING_CAP: Final = 500
HIRING_DAYS: Final = 200
DEALS_CAP: Final = 100
"""Beyond it a closed one goes, else the oldest."""
INVOICES_CAP: Final = 100
"""Beyond it a settled one goes, else the one due first."""
INTEGRATIONS_CAP: Final = 100
SEAT_REQUESTS_CAP: Final = 300
SEAT_REQUESTS_DAYS: Final = 128
BLOCKS_CAP: Final = 100
FEEDBACK_CAP: Final = 300
OWNERS_CAP: Final = 32
FEEDS_CAP: Final = 32
"""Source systems of one topic; beyond it the one silent for longest goes."""
LAST_VALUES: Final = 8
"""Dated values kept of what must be asked about a past day (engaged days, statuses, intents, due days)."""


def make_room(
    entries: dict[str, Value],
    cap: int,
    worth: Callable[[Value], object],
    dropped: dict[str, int],
    name: str,
) -> None:
    """Above the cap, drop what is worth least (ties: the smallest key), and count it.

    A twentieth of the cap is freed beyond the surplus: finding the worst means looking at all, and in a flood that
    must not happen at every event.
    """
    if len(entries) <= cap:
        return
    surplus = len(entries) - cap + cap // 20
    worst = nsmallest(surplus, entries, key=lambda key: (worth(entries[key]), key))
    for key in worst:
        del entries[key]
    dropped[name] = dropped.get(name, 0) + surplus


def drop_before(entries: dict[str, Value], moment: Callable[[Value], int], oldest: int) -> None:
    """Drop what is over by age. Not counted: a documented window is no loss."""
    outdated = [key for key, value in entries.items() if moment(value) < oldest]
    for key in outdated:
        del entries[key]


def put_dated(entries: list[tuple[int, Item]], at: int, value: Item, cap: int = LAST_VALUES) -> bool:
    """Insert into a list kept in order of time (after what is equally dated), the oldest goes beyond the cap.

    True if the entry is in the list afterwards and was not before.
    """
    entry = (at, value)
    if entry in entries:
        return False
    position = len(entries)
    while position and entries[position - 1][0] > at:
        position -= 1
    entries.insert(position, entry)
    if len(entries) > cap:
        del entries[0]
        return position > 0
    return True


def value_at(entries: list[tuple[int, Item]], at: int) -> Item | None:
    """The entry in force at a time, None before the first."""
    for since, value in reversed(entries):
        if since <= at:
            return value
    return None


def put_day(days: list[int], day: int, cap: int = LAST_VALUES) -> bool:
    """Note a day in a short ascending list without repeats; the oldest goes beyond the cap. True if it is
    new.
    """
    if day in days:
        return False
    if len(days) >= cap and day < days[0]:
        return False
    days.append(day)
    days.sort()
    if len(days) > cap:
        del days[0]
    return True


def note_change(entries: list[tuple[int, Item]], at: int, value: Item, cap: int = LAST_VALUES) -> bool:
    """`put_dated`, unless the value in force at that time is the same already (a nightly sync repeats
    itself).
    """
    if value_at(entries, at) == value:
        return False
    return put_dated(entries, at, value, cap)
