"""Customers who ask for more: seats, features, calls, products."""

from __future__ import annotations

from typing import ClassVar

from streams.story import world
from streams.story.plots.base import HISTORY_DAYS, PROTECT, Plot
from streams.story.roles import Role
from streams.story.script import Stage, Trouble
from streams.story.times import DAY_MS, HOUR_MS

REQUESTS = "seat-requests"
RISING = "active-users-rising"
ADJACENT = "adjacent-feature-wanted"
SURGE = "api-surge"
NEXT = "ready-for-next-use-case"
ASKS = "support-asks-for-more"
CROSS = "cross-sell-interest"
BREADTH = "team-breadth-rising"
BUSINESS = Role(users=(6, 30), tier="business")
GROWING = Role(users=(16, 30), seat_use=(0.50, 0.54), rate=(0.3, 0.4), organic=False)


def _request(stage: Stage, day: int) -> None:
    asking = stage.rng.choice(stage.company.humans())
    fields = {"request_id": stage.name("seat"), "user_id": asking.user_id, "outcome": "requested"}
    stage.on(day, lambda pen, at: pen.usage("seat.requested", at, product_id="atlas", **fields))


class SeatsAsked(Plot):
    name = "seats-asked-for"
    signals = (REQUESTS,)
    share = 2
    shares_account = True
    area = "seats"
    grows = True

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(20, needs=6)
        for day in (onset - 8, onset - 3, onset):
            _request(stage, day)
        stage.is_true(REQUESTS, onset, 2, "Three people ask for a seat within a week.")


class SeatsAskedRarely(Plot):
    name = "decoy-seats-asked-rarely"
    signals = (REQUESTS,)
    share = 0.6
    decoy = True
    shares_account = True
    area = "seats"

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(60, needs=6)
        for day in (onset - 40, onset - 20, onset):
            _request(stage, day)
        stage.looks_like(REQUESTS, onset - 40, "Three people ask for a seat within six weeks.")


class MorePeople(Plot):
    name = "more-people-come"
    signals = (RISING,)
    share = 2
    role = GROWING

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(HISTORY_DAYS, needs=30)
        more = round(len(stage.company.humans()) * 0.55)
        for index in range(more):
            stage.enrol(onset + index % 4).rate = 0.6
        stage.is_true(RISING, onset + 5, 25, f"{more} more people start within a week and come often.")
        stage.follows(BREADTH, onset, 60, "Some of them are the first of their team.")


class FewMorePeople(Plot):
    name = "decoy-few-more-people"
    signals = (RISING,)
    share = 0.6
    decoy = True
    role = GROWING
    ends_in = PROTECT

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(HISTORY_DAYS, needs=30)
        stage.enrol(onset).rate = 0.4
        stage.looks_like(RISING, onset, "One more among many.")


def _reach_for(stage: Stage, day: int, user_id: str, feature: str) -> None:
    moment = day * DAY_MS + 11 * HOUR_MS
    stage.on(
        day,
        lambda pen, at: pen.usage(
            "feature.used", moment, user_id=user_id, feature=feature, outcome="blocked", count=1
        ),
    )


class ReachingOver(Plot):
    name = "reaching-for-more"
    signals = (ADJACENT,)
    share = 2
    role = BUSINESS

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(20, needs=6)
        people = [user.user_id for user in stage.company.humans()][:4]
        for index, user_id in enumerate(people):
            _reach_for(
                stage, onset - 3 * (3 - index), user_id, stage.rng.choice(("workflow.built", "forecast.run"))
            )
        stage.is_true(ADJACENT, onset - 3, 6, "Four people try what their tier does not have.")


class TwoReach(Plot):
    name = "decoy-two-reach"
    signals = (ADJACENT,)
    share = 0.6
    decoy = True
    role = BUSINESS
    ends_in = PROTECT

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(20, needs=6)
        for user in stage.company.humans()[:2]:
            for day in (onset, onset + 1, onset + 2):
                _reach_for(stage, day, user.user_id, "workflow.built")
        stage.looks_like(ADJACENT, onset, "Two people try it again and again.")


class CallsSurge(Plot):
    name = "calls-surge"
    signals = (SURGE,)
    share = 2
    shares_account = True
    area = "api"
    grows = True

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(HISTORY_DAYS, needs=22)
        stage.company.has_api = True
        stage.script.api_level = stage.rng.uniform(600, 2_000)
        times = stage.rng.uniform(1.9, 2.8)
        stage.script.api = lambda day: times if day >= onset else 1.0
        stage.is_true(SURGE, onset + 6, 16, f"Twice as many calls as before ({times:.1f} times).")


class CallsSpike(Plot):
    name = "decoy-calls-spike"
    signals = (SURGE,)
    share = 0.6
    decoy = True
    shares_account = True
    area = "api"

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(HISTORY_DAYS, needs=22)
        stage.company.has_api = True
        stage.script.api_level = stage.rng.uniform(600, 2_000)
        stage.script.api = lambda day: 3.0 if day == onset else 1.0
        stage.looks_like(SURGE, onset, "A migration brings three times the calls on one day.")


def _learn(stage: Stage, day: int, share: float) -> None:
    core = world.packaging().products[world.MAIN_PRODUCT].core
    people = stage.company.humans()
    for user in people[: round(len(people) * share)]:
        user.rate = max(user.rate, 0.45)
        stage.script.habits[day].append((user, core))


class Mastered(Plot):
    name = "core-mastered"
    signals = (NEXT,)
    needs_days = 146
    share = 2
    role = Role(users=(10, 25), rate=(0.35, 0.45), organic=False)

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(60, needs=64)
        _learn(stage, onset, 1.0)
        stage.is_true(NEXT, onset + 20, 42, "After a training all use all of the core features.")


class HalfMastered(Plot):
    name = "decoy-a-few-mastered"
    signals = (NEXT,)
    needs_days = 146
    share = 0.6
    decoy = True
    role = Role(users=(12, 25), rate=(0.35, 0.45), organic=False)
    ends_in = PROTECT

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(60, needs=64)
        _learn(stage, onset, 0.4)
        stage.looks_like(NEXT, onset, "A few people use all of the core features.")


class AsksForMore(Plot):
    name = "tickets-ask-for-more"
    signals = (ASKS,)
    share = 2
    role = BUSINESS
    capability = "audit_log"

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(50, needs=6)
        for day in (onset - stage.rng.randint(5, 40), onset):
            stage.script.troubles.append(Trouble(day, 1.5, "feature_request", 4, capability=self.capability))
        stage.is_true(ASKS, onset, 3, "Two tickets ask for what a higher tier has.")


class AsksForOwned(Plot):
    name = "decoy-asks-for-what-is-there"
    signals = (ASKS,)
    share = 0.6
    decoy = True
    role = BUSINESS
    ends_in = PROTECT

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(50, needs=6)
        for day in (onset - 20, onset):
            stage.script.troubles.append(Trouble(day, 1.5, "question", 4, capability="sso"))
        stage.looks_like(ASKS, onset - 20, "Two tickets ask for what the tier has.")


class Interested(Plot):
    name = "interested-in-planning"
    signals = (CROSS,)
    share: ClassVar[float] = 2
    shares_account = True
    area = "interest"
    grows = True
    product = "atlas-planning"

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(10, needs=6)
        self.record(stage, onset)
        stage.is_true(CROSS, onset, 2, "They ask about the planning product.")

    def record(self, stage: Stage, day: int) -> None:
        stage.event(
            day,
            "interest.recorded",
            interest_id=stage.name("i"),
            product_id=self.product,
            source="meeting",
            contact_id=stage.company.champion.contact_id,
        )


class InterestedInOwned(Interested):
    name = "decoy-interested-in-what-is-there"
    share = 0.6
    decoy = True
    product = "atlas"

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(10, needs=6)
        self.record(stage, onset)
        stage.looks_like(CROSS, onset, "They ask about the product that they have.")
