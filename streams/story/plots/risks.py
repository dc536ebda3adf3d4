"""Things that go wrong."""

from __future__ import annotations

from typing import ClassVar

from streams.story.plots.base import (
    BACKLOG,
    HISTORY_DAYS,
    KEY_USER_DROP,
    SAVE,
    SPONSOR_LEFT,
    TICKET_HISTORY_DAYS,
    USAGE_DROP,
    WITHIN,
    Plot,
)
from streams.story.plots.product import use_falls
from streams.story.plots.scenes import sponsor_leaves, tickets_pile_up
from streams.story.roles import Role
from streams.story.script import Fade, Stage


class QuietSponsorExit(Plot):
    name = "quiet-sponsor-exit"
    signals = (SPONSOR_LEFT,)
    share = 4
    ends_in = SAVE

    def direct(self, stage: Stage) -> None:
        sponsor_leaves(stage, stage.draw_onset(45, needs=8))


class UnresolvedTickets(Plot):
    name = "unresolved-tickets"
    signals = (BACKLOG,)
    share = 4
    role = Role(ticket_rate=1.6)
    ends_in = SAVE

    def direct(self, stage: Stage) -> None:
        tickets_pile_up(stage, stage.draw_onset(TICKET_HISTORY_DAYS, needs=WITHIN[BACKLOG]))


class UsageCollapse(Plot):
    """Almost everybody stops within a few days."""

    name = "usage-collapse"
    signals = (USAGE_DROP,)
    share = 3
    role = Role(users=(50, 75), rate=(0.2, 0.4), key_users=(8, 12))
    ends_in: ClassVar[str | None] = SAVE
    left = (0.08, 0.14)  # share of the activity that remains

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(HISTORY_DAYS, needs=WITHIN[KEY_USER_DROP])
        left = stage.rng.uniform(*self.left)
        stage.script.fades.append(Fade(onset, stage.rng.randint(2, 5), left))
        sentence = f"The whole company falls to {left:.0%} of its activity and stays there."
        stage.is_true(USAGE_DROP, onset, WITHIN[USAGE_DROP], sentence)
        use_falls(stage, onset)


class UsageSlump(UsageCollapse):
    """Use falls by somewhat over seventy percent: bad, and not yet the end."""

    name = "usage-slump"
    share = 3
    ends_in = None
    left = (0.22, 0.28)


class KeyUsersFading(Plot):
    """Admins and power users stop; the many who look in now and then do not notice."""

    name = "key-users-fading"
    signals = (KEY_USER_DROP,)
    share = 5
    role = Role(users=(70, 82), rate=(0.26, 0.36), key_users=(6, 7))

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(HISTORY_DAYS, needs=WITHIN[KEY_USER_DROP])
        left = stage.rng.uniform(0.06, 0.2)
        key = frozenset(user.user_id for user in stage.company.humans() if user.key)
        stage.script.fades.append(Fade(onset, stage.rng.randint(2, 5), left, key))
        sentence = (
            f"{len(key)} admins and power users fall to {left:.0%} of their activity; the others go on."
        )
        stage.is_true(KEY_USER_DROP, onset, WITHIN[KEY_USER_DROP], sentence)
        use_falls(stage, onset)
