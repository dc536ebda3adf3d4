"""What is in the papers about a customer, and whom it is looking for."""

from __future__ import annotations

from typing import ClassVar

from streams.story.plots.base import Plot
from streams.story.plots.voices import news
from streams.story.script import Stage
from streams.story.times import iso_date

ACQUISITION = "acquisition-made"
MARKET = "market-expansion"
INITIATIVE = "initiative-mapped"
HIRING = "hiring-in-served-function"


class News(Plot):
    """Something in the papers. The variations say what."""

    name = "acquisition"
    signals = (ACQUISITION,)
    share: ClassVar[float] = 2
    shares_account = True
    area = "papers"
    grows = True
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
    grows = True

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
