"""Looks like growth and is none."""

from __future__ import annotations

from streams.story import world
from streams.story.company import draw_contact
from streams.story.plots.base import (
    HISTORY_DAYS,
    NEW_EXECUTIVE,
    PROTECT,
    SEATS_FULL,
    SPREAD,
    TIER_LIMIT,
    Plot,
)
from streams.story.plots.growth import SPREADING
from streams.story.plots.scenes import contact_joins, newcomers_follow
from streams.story.records import Pen
from streams.story.roles import Role
from streams.story.script import Fade, Stage
from streams.story.times import DAY_MS, HOUR_MS, month_of


class ContractorWeek(Plot):
    name = "decoy-contractor-week"
    signals = (SEATS_FULL,)
    share = 0.6
    decoy = True
    role = Role(users=(14, 30), seat_use=(0.7, 0.74), organic=False)

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(HISTORY_DAYS, needs=20)
        company = stage.company
        for _ in range(round(company.seats * 0.95) - len(company.humans())):
            stage.script.departures[onset + 4].append(stage.enrol(onset))
        newcomers_follow(stage, onset)
        stage.looks_like(SEATS_FULL, onset, "Contractors fill the seats for four days and are gone.")


class FullButUnused(Plot):
    name = "decoy-full-but-unused"
    signals = (SEATS_FULL,)
    share = 0.6
    decoy = True
    role = Role(users=(16, 30), seat_use=(0.86, 0.88), rate=(0.25, 0.4), organic=False)

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(HISTORY_DAYS, needs=20)
        company = stage.company
        ordinary = frozenset(user.user_id for user in company.humans() if not user.key)
        idle = frozenset(sorted(ordinary)[: round(len(company.humans()) * 0.65)])
        stage.script.fades.append(Fade(0, 1, 0.0, idle))  # they never came
        for _ in range(max(1, round(company.seats * 0.95) - len(company.humans()))):
            stage.enrol(onset).rate = 0.0
        stage.follows("seats-unused", 20, 200, "Most seats have nobody who comes.")
        stage.looks_like(
            SEATS_FULL, onset, "Logins are handed out to nearly all seats, most of which nobody uses."
        )


class SmallAndFull(Plot):
    name = "decoy-small-contract-full"
    signals = (SEATS_FULL,)
    share = 0.6
    decoy = True
    role = Role(users=(7, 8), seat_use=(1.0, 1.0), organic=False)
    ends_in = PROTECT

    def direct(self, stage: Stage) -> None:
        stage.looks_like(SEATS_FULL, 0, "A contract of under ten seats is always full; nobody asks for more.")


class FullAndContent(Plot):
    name = "decoy-full-and-content"
    signals = (SEATS_FULL,)
    share = 0.6
    decoy = True
    role = Role(users=(19, 26), seat_use=(0.93, 0.95), rate=(0.3, 0.45), organic=False)
    ends_in = PROTECT

    def direct(self, stage: Stage) -> None:
        stage.looks_like(SEATS_FULL, 0, "As full as on the day of signing: no seat added, none asked for.")


class OneDaySpike(Plot):
    name = "decoy-storage-spike"
    signals = (TIER_LIMIT,)
    share = 0.6
    decoy = True
    role = Role(users=(6, 30))
    ends_in = PROTECT

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(HISTORY_DAYS, needs=20)
        stage.script.storage = lambda day: 0.97 if onset <= day < onset + 2 else 0.55
        stage.looks_like(TIER_LIMIT, onset, "A migration fills the storage for two days and is cleaned up.")


class HighPlateau(Plot):
    name = "decoy-storage-plateau"
    signals = (TIER_LIMIT,)
    share = 0.6
    decoy = True
    role = Role(users=(6, 30))
    ends_in = PROTECT

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(HISTORY_DAYS, needs=20)
        stage.script.storage = lambda day: 0.6 + 0.24 * min(1.0, max(0, day - onset + 30) / 30)
        stage.looks_like(TIER_LIMIT, onset, "Storage rises to 84 % of the limit and stops there.")


class BusyMonth(Plot):
    name = "decoy-busy-month"
    signals = (TIER_LIMIT,)
    share = 0.6
    decoy = True
    role = Role(users=(6, 30))
    ends_in = PROTECT

    def direct(self, stage: Stage) -> None:
        first = month_of(month_of(HISTORY_DAYS)[1])[0]
        following = month_of(first)[1]
        stage.script.runs = lambda day: 0.93 if first <= day < following else 0.4
        stage.script.even_runs = True
        stage.looks_like(
            TIER_LIMIT, first, "One month ends just under its limit of runs; the next is ordinary again."
        )


class BlockedTwice(Plot):
    name = "decoy-blocked-twice"
    signals = (TIER_LIMIT,)
    share = 0.6
    decoy = True
    role = Role(users=(6, 30))
    ends_in = PROTECT

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(HISTORY_DAYS, needs=20)
        stage.script.blocked.update({onset: 3, onset + 1: 2})
        stage.looks_like(TIER_LIMIT, onset, "A burst of runs is turned away on two days, never again.")


class TwoPowerUsers(Plot):
    name = "decoy-two-power-users"
    signals = (SPREAD,)
    share = 0.6
    decoy = True
    role = SPREADING

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(HISTORY_DAYS, needs=32)
        department = stage.company.new_department()
        for index in range(4):
            stage.enrol(onset, department, power=index < 2)
        newcomers_follow(stage, onset)
        stage.looks_like(SPREAD, onset, f"Two of {department} use it daily, two look in now and then.")


class LightUsers(Plot):
    name = "decoy-light-users"
    signals = (SPREAD,)
    share = 0.6
    decoy = True
    role = SPREADING

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(HISTORY_DAYS, needs=32)
        department = stage.company.new_department()
        for _ in range(5):
            stage.enrol(onset, department).rate = 0.25
        newcomers_follow(stage, onset)
        stage.looks_like(SPREAD, onset, f"Five of {department} look at dashboards about once a week.")


class DepartmentNamed(Plot):
    """People whose department nobody had entered get one: known now, not new."""

    name = "decoy-department-named"
    signals = (SPREAD,)
    share = 0.6
    decoy = True
    role = SPREADING
    ends_in = PROTECT

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(HISTORY_DAYS, needs=32)
        department = stage.company.new_department()
        for _ in range(4):
            user = stage.enrol(2, power=True)
            user.department = None

            def scene(pen: Pen, at: int, user_id: str = user.user_id) -> None:
                moment = onset * DAY_MS + at % HOUR_MS
                pen.usage(
                    "user.changed",
                    moment,
                    user_id=user_id,
                    kind="human",
                    status="active",
                    department=department,
                )

            stage.on(onset, scene)
        stage.looks_like(SPREAD, onset, f"Four long-standing users turn out to belong to {department}.")


class OldHand(Plot):
    name = "decoy-old-hand"
    signals = (NEW_EXECUTIVE,)
    share = 0.6
    decoy = True
    ends_in = PROTECT

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(30, needs=8)
        contact = draw_contact(stage.company, stage.rng, "vp", stage.company.departments[0], (), onset - 730)
        contact_joins(stage, contact, onset)
        stage.looks_like(NEW_EXECUTIVE, onset, "We meet a vice president who has been there for two years.")


class UnservedFunction(Plot):
    name = "decoy-unserved-function"
    signals = (NEW_EXECUTIVE,)
    share = 0.6
    decoy = True
    ends_in = PROTECT

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(30, needs=8)
        function = stage.rng.choice(world.UNSERVED)
        contact = draw_contact(stage.company, stage.rng, "vp", function, (), onset - 20)
        contact_joins(stage, contact, onset)
        stage.looks_like(
            NEW_EXECUTIVE, onset, f"A new vice president of {function}, which no use case serves."
        )


class NewDirector(Plot):
    name = "decoy-new-director"
    signals = (NEW_EXECUTIVE,)
    share = 0.6
    decoy = True
    ends_in = PROTECT

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(30, needs=8)
        contact = draw_contact(
            stage.company, stage.rng, "director", stage.company.departments[0], (), onset - 20
        )
        contact_joins(stage, contact, onset)
        stage.looks_like(NEW_EXECUTIVE, onset, "A new director: heard of, but no executive.")
