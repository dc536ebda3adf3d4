"""Other places in the customer's company: teams, regions, departments."""

from __future__ import annotations

from typing import ClassVar

from streams.story import world
from streams.story.plots.base import HISTORY_DAYS, Plot
from streams.story.plots.demand import BREADTH, RISING
from streams.story.plots.growth import SPREADING
from streams.story.script import Stage

REGION = "region-spread"
PAIN = "pain-in-new-department"


class TeamsJoin(Plot):
    name = "teams-join"
    signals = (BREADTH,)
    share = 2
    role = SPREADING

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(HISTORY_DAYS, needs=34)
        served = [d for d in world.packaging().served_departments() if d not in stage.company.departments]
        for index in range(6):
            user = stage.enrol(onset + index % 3, [*served, "legal", "facilities"][index % 3])
            user.rate = 0.6
        stage.is_true(BREADTH, onset + 5, 27, "Two people each of three departments begin.")
        stage.follows(RISING, onset, 60, "More people come.")


class OneTeamJoins(Plot):
    name = "decoy-one-team-joins"
    signals = (BREADTH,)
    share = 0.6
    decoy = True
    role = SPREADING

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(HISTORY_DAYS, needs=34)
        department = stage.company.departments[0]
        for user in stage.company.humans():
            user.team = f"{user.department}-1"
        for _ in range(2):
            user = stage.enrol(onset, department)
            user.team, user.rate = f"{department}-3", 0.5
        stage.looks_like(BREADTH, onset, "One more team of a known department.")
        stage.follows(RISING, onset, 60, "More people come.")


class RegionJoins(Plot):
    name = "region-joins"
    signals = (REGION,)
    share: ClassVar[float] = 2
    role = SPREADING
    people = 5

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(HISTORY_DAYS, needs=20)
        self.come(stage, onset)
        stage.is_true(REGION, onset, 16, "People of a country without users start to work with it.")

    def come(self, stage: Stage, onset: int) -> None:
        region = next(region for region in sorted(world.REGIONS) if region not in stage.company.regions)
        for _ in range(self.people):
            user = stage.enrol(onset)
            user.region, user.rate = region, 0.6
        stage.follows(RISING, onset, 60, "More people come.")
        stage.follows(BREADTH, onset, 60, "Some of them are the first of their team.")


class TwoAbroad(RegionJoins):
    name = "decoy-two-abroad"
    share = 0.6
    decoy = True
    people = 2

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(HISTORY_DAYS, needs=20)
        self.come(stage, onset)
        stage.looks_like(REGION, onset, "Two people move abroad.")


def problem(stage: Stage, day: int, department: str, centre: str | None = None) -> None:
    stage.event(
        day,
        "problem.recorded",
        problem_id=stage.name("pain"),
        department=department,
        buying_centre_id=centre,
        status="open",
    )


class PainElsewhere(Plot):
    name = "pain-elsewhere"
    signals = (PAIN,)
    share = 2
    shares_account = True
    area = "map"
    grows = True

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(10, needs=6)
        problem(stage, onset, stage.company.new_department())
        stage.is_true(PAIN, onset, 2, "A department that does not work with us tells of a problem.")


class PainAtHome(Plot):
    name = "decoy-pain-at-home"
    signals = (PAIN,)
    share = 0.6
    decoy = True
    shares_account = True
    area = "map"

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(10, needs=6)
        problem(stage, onset, stage.company.departments[0])
        stage.looks_like(PAIN, onset, "A department that works with us tells of a problem.")
