"""Other places in the customer's company: teams, regions, departments, markets."""

from __future__ import annotations

from typing import ClassVar

from streams.story import world
from streams.story.company import draw_contact
from streams.story.plots.base import HISTORY_DAYS, PROTECT, Plot
from streams.story.plots.demand import BREADTH, RISING
from streams.story.plots.growth import SPREADING
from streams.story.plots.scenes import contact_joins
from streams.story.plots.voices import news
from streams.story.script import Stage
from streams.story.times import iso_date

REGION = "region-spread"
PAIN = "pain-in-new-department"
ACQUISITION = "acquisition-made"
MARKET = "market-expansion"
INITIATIVE = "initiative-mapped"
HIRING = "hiring-in-served-function"
UNCOVERED = "buying-centre-uncovered"
UNMAPPED = "buying-centres-unmapped"
CONTENT = "healthy-not-expanding"


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


class News(Plot):
    """Something in the papers. The variations say what."""

    name = "acquisition"
    signals = (ACQUISITION,)
    share: ClassVar[float] = 2
    shares_account = True
    area = "papers"
    kind = "acquisition_made"
    confidence = 0.9
    sentence = "They have bought another company."
    use_case: str | None = None

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(10, needs=6)
        news(
            stage,
            onset,
            self.kind,
            self.confidence,
            entity="Subsidiary",
            use_case_id=self.use_case,
            region="US",
        )
        if self.decoy:
            stage.looks_like(self.signals[0], onset, self.sentence)
        else:
            stage.is_true(self.signals[0], onset, 2, self.sentence)


class AcquisitionRumour(News):
    name = "decoy-acquisition-rumour"
    share = 0.6
    decoy = True
    confidence = 0.4
    sentence = "A rumour that they buy a company."


class MarketEntered(News):
    name = "market-entered"
    signals = (MARKET,)
    kind = "market_expansion"
    sentence = "They open a business abroad."


class Funded(News):
    name = "decoy-funded"
    signals = (MARKET,)
    share = 0.6
    decoy = True
    kind = "funding"
    sentence = "They have raised money; what for, nobody says."


class Initiative(News):
    name = "initiative-announced"
    signals = (INITIATIVE,)
    kind = "initiative"
    use_case = "operations-control"
    sentence = "They announce a programme that one of our use cases serves."


class OtherInitiative(News):
    name = "decoy-initiative-of-another-kind"
    signals = (INITIATIVE,)
    share = 0.6
    decoy = True
    kind = "initiative"
    sentence = "They announce a programme that has nothing to do with us."


class Hires(Plot):
    name = "hires-many"
    signals = (HIRING,)
    share = 2
    shares_account = True
    area = "hiring"

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(50, needs=20)
        _postings(stage, onset, stage.company.departments[0])
        stage.is_true(HIRING, onset, 18, "Nine openings within two weeks in a department that we serve.")


class HiresElsewhere(Plot):
    name = "decoy-hires-elsewhere"
    signals = (HIRING,)
    share = 0.6
    decoy = True
    shares_account = True
    area = "hiring"

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(50, needs=20)
        _postings(stage, onset, "facilities")
        stage.looks_like(HIRING, onset, "Nine openings in a department that no use case serves.")


def _postings(stage: Stage, onset: int, function: str) -> None:
    stage.company.is_worth(31_000, 99_000)
    for index in range(9):
        day = onset + index * 3 // 2
        stage.event(
            day,
            "hiring.observed",
            posting_id=stage.name("job"),
            function=function,
            opened_on=iso_date(day - 1),
            department=function,
        )


def _centre(stage: Stage, day: int) -> str:
    """From `day` on we know of a department with a problem of ours."""
    stage.company.is_worth(80_000, 400_000)
    department = stage.company.new_department()
    centre = stage.name("centre")
    stage.event(
        day,
        "buying_centre.changed",
        buying_centre_id=centre,
        name=department.replace("_", " ").title(),
        department=department,
        deployed=False,
        status="known",
        path="by way of the champion",
    )
    problem(stage, day, department, centre)
    return centre


class Uncovered(Plot):
    name = "centre-uncovered"
    signals = (UNCOVERED,)
    share = 2
    shares_account = True
    area = "map"

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(10, needs=38)
        _centre(stage, onset)
        stage.follows(PAIN, onset, 2, "The department has a problem.")
        stage.is_true(UNCOVERED, onset + 29, 4, "For a month nobody has met anybody there.")


class CoveredSoon(Plot):
    name = "decoy-centre-covered"
    signals = (UNCOVERED,)
    share = 0.6
    decoy = True
    shares_account = True
    area = "map"

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(10, needs=38)
        centre = _centre(stage, onset)
        department = stage.company.new_department()
        head = draw_contact(stage.company, stage.rng, "manager", department, (), -800)
        contact_joins(stage, head, onset)
        for day in range(onset + 20, stage.days, 40):
            stage.event(
                day,
                "engagement.logged",
                engagement_id=stage.name("x"),
                kind="meeting",
                contact_ids=[head.contact_id],
                initiated_by="vendor",
                held=True,
                buying_centre_id=centre,
            )
        stage.follows(PAIN, onset, 2, "The department has a problem.")
        stage.looks_like(UNCOVERED, onset, "Three weeks later somebody goes there.")


class Unmapped(Plot):
    name = "nobody-else-known"
    signals = (UNMAPPED,)
    share = 2
    shares_account = True
    area = "map"
    since = 180

    def direct(self, stage: Stage) -> None:
        company = stage.company
        company.is_worth(80_000, 400_000)
        onset = stage.draw_onset(10, needs=6)
        company.customer_since = onset - 180
        company.mapped = False
        stage.is_true(UNMAPPED, onset, 3, "After half a year we know nobody but the users' own departments.")


class NotYetMapped(Plot):
    name = "decoy-new-and-unmapped"
    signals = (UNMAPPED,)
    share = 0.6
    decoy = True
    shares_account = True
    area = "map"

    def direct(self, stage: Stage) -> None:
        company = stage.company
        company.is_worth(80_000, 400_000)
        company.customer_since = stage.days - 170
        company.mapped = False
        stage.looks_like(UNMAPPED, 0, "Too young a customer for a map.")


class Content(Plot):
    """Well, known for long, and buying nothing."""

    name = "content-and-still"
    signals = (CONTENT,)
    share = 2
    ends_in = PROTECT

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(12, needs=6)
        _known_for_long(stage, onset)
        stage.is_true(
            CONTENT, onset, 3, "Half a year in good shape, more than a year without buying anything."
        )


class BoughtLately(Plot):
    name = "decoy-bought-lately"
    signals = (CONTENT,)
    share = 0.6
    decoy = True
    ends_in = PROTECT

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(12, needs=6)
        _known_for_long(stage, onset)
        stage.event(
            2,
            "deal.changed",
            deal_id=stage.name("deal"),
            kind="expansion",
            stage="won",
            amount="5000.00",
            currency="EUR",
            created_on=iso_date(-60),
            closed_on=iso_date(1),
            sourced_by="am",
        )
        stage.looks_like(CONTENT, onset, "They have bought something a few months ago.")


def _known_for_long(stage: Stage, onset: int) -> None:
    stage.company.ends_day = 366  # the second year of two
    stage.company.known_since = onset - 180
