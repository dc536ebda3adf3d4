"""What an event changed, as bits: a signal is evaluated when it reads one of them."""

from __future__ import annotations


class Touch:
    """Flags that `fold` returns, to be combined with `|`. Plain integers: they are tested at every event."""

    ACTIVITY = 1 << 0
    """A user's first sign of life on a day."""
    FEATURE = 1 << 1
    """A user's newest use of a feature moved to another day."""
    USERS = 1 << 2
    """A user appeared, or an attribute of one changed."""
    API = 1 << 3
    LEVEL = 1 << 4
    BLOCKED = 1 << 5
    SEATS = 1 << 6
    """A seat was requested, granted or refused."""
    INTEGRATION = 1 << 7
    MILESTONE = 1 << 8
    GOAL = 1 << 9
    TICKETS = 1 << 10
    SCORES = 1 << 11
    """CSAT or NPS."""
    PROFILE = 1 << 12
    CONTRACT = 1 << 13
    CONTACTS = 1 << 14
    ENGAGEMENT = 1 << 15
    NOTES = 1 << 16
    INTEREST = 1 << 17
    PROBLEM = 1 << 18
    CENTRES = 1 << 19
    PLAN = 1 << 20
    """A success plan, not a play."""
    NEWS = 1 << 21
    HIRING = 1 << 22
    DEALS = 1 << 23
    INVOICES = 1 << 24
    OWNERS = 1 << 25
    FEEDBACK = 1 << 26
    RENEWAL = 1 << 27
    """A renewal step or intent."""
    TRIED = 1 << 28
    """A user's newest trial of, or block at, a feature moved to another day."""
    OVERFLOW = 1 << 29
    """A cap dropped other entries than the one that the event is about."""
    RETURN_7 = 1 << 30
    """A user is active who was not in the seven days before; with ACTIVITY, as the next two."""
    RETURN_14 = 1 << 31
    RETURN_28 = 1 << 32
    NEW_USE = 1 << 33
    """A user uses a feature that was not their own in the 28 days before; with FEATURE."""


RETURNS = Touch.RETURN_7 | Touch.RETURN_14 | Touch.RETURN_28


def return_of(window: int) -> int:
    """The flag without which, of the day in progress, nobody comes into a window of so many days (7 or more)."""
    if window < 14:
        return Touch.RETURN_7
    return Touch.RETURN_14 if window < 28 else Touch.RETURN_28
