"""At risk and growing at the same time: one account, two lanes.

Growth shows first, so that it is not held back by a risk that is already there; the risk opens into an
account that is an expansion target, which from then on is to be fixed while it expands.
"""

from __future__ import annotations

from streams.story.plots.base import (
    BACKLOG,
    FIX,
    NEW_EXECUTIVE,
    SEATS_FULL,
    SPONSOR_LEFT,
    SPREAD,
    TICKET_HISTORY_DAYS,
    WITHIN,
    Plot,
)
from streams.story.plots.growth import FILLING, SPREADING
from streams.story.plots.scenes import (
    department_starts,
    executive_joins,
    seats_fill,
    sponsor_leaves,
    tickets_pile_up,
)
from streams.story.roles import Role
from streams.story.script import Stage


class GrowingWithoutSponsor(Plot):
    name = "both-motions-sponsor"
    signals = (SPREAD, NEW_EXECUTIVE, SPONSOR_LEFT)
    share = 2
    role = SPREADING
    ends_in = FIX

    def direct(self, stage: Stage) -> None:
        spread = stage.draw_onset(64, needs=WITHIN[SPREAD] + 28)
        department_starts(stage, spread)
        executive_joins(stage, stage.rng.randint(spread - 4, spread + WITHIN[SPREAD]))
        earliest = stage.shown_by(spread, WITHIN[SPREAD]) + 3
        sponsor_leaves(stage, stage.draw_onset(earliest, needs=8))


class GrowingWithTickets(Plot):
    name = "both-motions-tickets"
    signals = (SEATS_FULL, NEW_EXECUTIVE, BACKLOG)
    share = 2
    role = Role(
        users=FILLING.users, seat_use=FILLING.seat_use, rate=FILLING.rate, organic=False, ticket_rate=1.6
    )
    ends_in = FIX

    def direct(self, stage: Stage) -> None:
        seats = stage.draw_onset(58, needs=max(stage.days - 70, WITHIN[BACKLOG] + WITHIN[SEATS_FULL]))
        seats_fill(stage, seats)
        executive_joins(stage, seats + stage.rng.randint(0, 12))
        tickets = max(TICKET_HISTORY_DAYS, stage.shown_by(seats, WITHIN[SEATS_FULL]) + 3)
        tickets_pile_up(stage, stage.draw_onset(tickets, needs=WITHIN[BACKLOG]))
