"""Things that go well."""

from __future__ import annotations

from streams.story.plots.base import (
    EXPAND,
    HISTORY_DAYS,
    NEW_EXECUTIVE,
    PROTECT,
    SEATS_FULL,
    SPREAD,
    TIER_LIMIT,
    WITHIN,
    Plot,
)
from streams.story.plots.scenes import department_starts, executive_joins, seats_fill, storage_fills
from streams.story.roles import Role
from streams.story.script import Stage
from streams.story.times import month_of

FILLING = Role(users=(19, 34), seat_use=(0.74, 0.77), rate=(0.3, 0.45), organic=False)
# Enough spare seats that six newcomers come nowhere near the end of them.
SPREADING = Role(users=(10, 35), seat_use=(0.46, 0.52), organic=False)


class SeatsFilling(Plot):
    name = "seats-filling"
    signals = (SEATS_FULL,)
    share = 3
    role = FILLING

    def direct(self, stage: Stage) -> None:
        seats_fill(stage, stage.draw_onset(HISTORY_DAYS, needs=WITHIN[SEATS_FULL]))


class StorageCeiling(Plot):
    name = "tier-ceiling-storage"
    signals = (TIER_LIMIT,)
    share = 2
    role = Role(users=(6, 30))
    ends_in = PROTECT

    def direct(self, stage: Stage) -> None:
        storage_fills(stage, stage.draw_onset(HISTORY_DAYS, needs=WITHIN[TIER_LIMIT]))


class MonthlyCeiling(Plot):
    """From the first of a month on, workflows run at a pace that uses up the month by its twentieth day."""

    name = "tier-ceiling-monthly"
    signals = (TIER_LIMIT,)
    share = 2
    role = Role(users=(6, 30))
    ends_in = PROTECT
    within = 24

    def direct(self, stage: Stage) -> None:
        months, day = [], HISTORY_DAYS
        while (day := month_of(day)[1]) + self.within <= stage.days - 2:
            months.append(day)
        onset = stage.rng.choice(months)
        before, after = stage.rng.uniform(0.3, 0.45), stage.rng.uniform(1.45, 1.7)
        stage.script.runs = lambda day: after if day >= onset else before
        sentence = f"Workflow runs went from {before:.0%} to a pace of {after:.0%} of the month's limit."
        stage.is_true(TIER_LIMIT, onset, self.within, sentence)


class BlockedAtCeiling(Plot):
    """Users are turned away several days a week."""

    name = "tier-ceiling-blocked"
    signals = (TIER_LIMIT,)
    share = 2
    role = Role(users=(6, 30))
    ends_in = PROTECT

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(HISTORY_DAYS, needs=WITHIN[TIER_LIMIT])
        for day in range(onset, stage.days):
            if day == onset or (day % 7 < 5 and stage.rng.random() < 0.7):
                stage.script.blocked[day] = stage.rng.randint(1, 3)
        stage.script.runs = lambda day: 0.4
        sentence = "Users are blocked by the limit of workflow runs on most working days."
        stage.is_true(TIER_LIMIT, onset, WITHIN[TIER_LIMIT], sentence)


class DepartmentSpread(Plot):
    name = "department-spread"
    signals = (SPREAD,)
    share = 3
    role = SPREADING

    def direct(self, stage: Stage) -> None:
        department_starts(stage, stage.draw_onset(HISTORY_DAYS, needs=WITHIN[SPREAD]))


class NewExecutive(Plot):
    name = "new-executive"
    signals = (NEW_EXECUTIVE,)
    share = 2
    ends_in = PROTECT

    def direct(self, stage: Stage) -> None:
        executive_joins(stage, stage.draw_onset(35, needs=8))


class FullHouse(Plot):
    """Seats and storage run out together: two engines that point the same way."""

    name = "full-house"
    signals = (SEATS_FULL, TIER_LIMIT)
    share = 2
    role = FILLING
    ends_in = EXPAND

    def direct(self, stage: Stage) -> None:
        seats_fill(stage, stage.draw_onset(HISTORY_DAYS, needs=24))
        storage_fills(stage, stage.draw_onset(HISTORY_DAYS, needs=24))


class NewBossNewDepartment(Plot):
    """A new executive, and a new department that takes to the product."""

    name = "new-boss-new-department"
    signals = (NEW_EXECUTIVE, SPREAD)
    share = 2
    role = SPREADING
    ends_in = EXPAND

    def direct(self, stage: Stage) -> None:
        department_starts(stage, stage.draw_onset(HISTORY_DAYS, needs=WITHIN[SPREAD] + 6))
        executive_joins(stage, stage.draw_onset(HISTORY_DAYS, needs=12))
