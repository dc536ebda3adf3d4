"""What a plot is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Final

from streams.story.roles import Role
from streams.story.script import Stage

USAGE_DROP: Final = "usage-drop"
KEY_USER_DROP: Final = "key-user-login-drop"
BACKLOG: Final = "support-backlog-rising"
SPONSOR_LEFT: Final = "sponsor-departed"
SEATS_FULL: Final = "seats-near-full"
TIER_LIMIT: Final = "tier-limit-sustained"
SPREAD: Final = "power-users-spread"
NEW_EXECUTIVE: Final = "new-executive"

PROTECT: Final = "protect_and_maintain"
EXPAND: Final = "expansion_target"
SAVE: Final = "save_the_customer"
FIX: Final = "fix_while_expanding"

# How long each may take to show, in days after the onset: the window, the hold after it, and some slack
# for a count that needs luck (a power user is one after 12 active days).
WITHIN: Final = {
    USAGE_DROP: 21,
    KEY_USER_DROP: 24,
    BACKLOG: 28,
    SPONSOR_LEFT: 2,
    SEATS_FULL: 16,
    TIER_LIMIT: 16,
    SPREAD: 32,
    NEW_EXECUTIVE: 2,
}
HISTORY_DAYS: Final = 72  # a level's own past: ten weeks of it stand before a fall begins
TICKET_HISTORY_DAYS: Final = 86  # twelve weeks of tickets


class Plot(ABC):
    """One thing that can happen to an account."""

    name: ClassVar[str]
    signals: ClassVar[tuple[str, ...]]  # that must be found; for a decoy those it resembles
    share: ClassVar[float]  # accounts of 200 that play it
    decoy: ClassVar[bool] = False
    role: ClassVar[Role] = Role()
    ends_in: ClassVar[str | None] = None  # the quadrant on the last day, where that is certain
    shares_account: ClassVar[bool] = (
        False  # light enough that another such plot may happen to the same account
    )
    grows: ClassVar[bool] = (
        False  # a plot of growth that shares its account: it would be held back while that is to be saved
    )
    needs_days: ClassVar[int] = 0  # the shortest story in which it shows
    area: ClassVar[str] = ""  # two plots of one area would mix

    @abstractmethod
    def direct(self, stage: Stage) -> None:
        """Write the script and the truth of one account."""
