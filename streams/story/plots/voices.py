"""What customers say: in surveys, in meetings, about competitors."""

from __future__ import annotations

from streams.story.plots.base import SAVE, Plot
from streams.story.plots.scenes import contact_leaves
from streams.story.script import Stage
from streams.story.times import iso_date

CSAT = "csat-decline"
NPS = "nps-decline"
SENTIMENT = "sentiment-negative"
COMPETITOR = "competitor-present"
SHOCK = "external-shock"


def csat(stage: Stage, day: int, score: int) -> None:
    answer = stage.name("csat")
    stage.on(
        day,
        lambda pen, at: pen.support(
            "csat.answered", at, answer_id=answer, score=score, scale_min=1, scale_max=5
        ),
    )


def nps(stage: Stage, day: int, contact_id: str, score: int) -> None:
    stage.event(
        day,
        "nps.answered",
        answer_id=stage.name("nps"),
        pulse_id=f"after-{day}",
        contact_id=contact_id,
        score=score,
    )


def note(
    stage: Stage, day: int, sentiment: str | None, contacts: list[str], context: str = "other", **more: object
) -> None:
    stage.event(
        day,
        "note.logged",
        note_id=stage.name("note"),
        author_id="csm-02",
        sentiment=sentiment,
        context=context,
        contact_ids=contacts,
        engagement_id=stage.name("talk"),
        **more,
    )


def plain_contacts(stage: Stage) -> list[str]:
    return [c.contact_id for c in stage.company.contacts if not c.roles]


class Disappointed(Plot):
    name = "answers-turn-bad"
    signals = (CSAT,)
    share = 2
    shares_account = True
    area = "answers"

    def direct(self, stage: Stage) -> None:
        stage.script.fair = False
        onset = stage.draw_onset(40, needs=10)
        for index in range(3):
            csat(stage, onset + 2 * index, stage.rng.choice((1, 2)))
        stage.is_true(CSAT, onset, 5, "Three bad answers within a week.")


class OneGrumble(Plot):
    name = "decoy-one-bad-answer"
    signals = (CSAT,)
    share = 0.6
    decoy = True
    shares_account = True
    area = "answers"

    def direct(self, stage: Stage) -> None:
        stage.script.fair = False
        onset = stage.draw_onset(40, needs=10)
        for index, score in enumerate((4, 5, 1, 4, 4)):
            csat(stage, onset + index, score)
        stage.looks_like(CSAT, onset, "One bad answer among good ones.")


class Detractor(Plot):
    name = "stakeholder-turns-detractor"
    signals = (NPS,)
    share = 2
    shares_account = True
    area = "opinions"

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(20, needs=6)
        champion = stage.company.champion.contact_id
        nps(stage, onset - 15, champion, 9)
        nps(stage, onset, champion, stage.rng.choice((3, 5, 6)))
        stage.is_true(NPS, onset, 2, "The champion would not recommend us any more.")


class OneOfMany(Plot):
    name = "decoy-one-plain-detractor"
    signals = (NPS,)
    share = 0.6
    decoy = True
    shares_account = True
    area = "opinions"

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(20, needs=6)
        nps(stage, onset, plain_contacts(stage)[0], 5)
        stage.looks_like(NPS, onset, "One person without a say would not recommend us.")


class BadTalks(Plot):
    name = "two-bad-meetings"
    signals = (SENTIMENT,)
    share = 2
    shares_account = True
    area = "notes"

    def direct(self, stage: Stage) -> None:
        stage.script.fair = False
        onset = stage.draw_onset(20, needs=6)
        someone = plain_contacts(stage)[:1]
        note(stage, onset - stage.rng.randint(3, 20), "negative", someone)
        note(stage, onset, "negative", someone)
        stage.is_true(SENTIMENT, onset, 2, "Two meetings within a month go badly.")


class OneBadTalk(Plot):
    name = "decoy-one-bad-meeting"
    signals = (SENTIMENT,)
    share = 0.6
    decoy = True
    shares_account = True
    area = "notes"

    def direct(self, stage: Stage) -> None:
        stage.script.fair = False
        onset = stage.draw_onset(50, needs=6)
        someone = plain_contacts(stage)[:1]
        note(stage, onset - 40, "negative", someone)
        note(stage, onset, "negative", someone)
        stage.looks_like(SENTIMENT, onset - 40, "Two bad meetings with six weeks between them.")


class CompetitorNamed(Plot):
    name = "competitor-named"
    signals = (COMPETITOR,)
    share = 2
    shares_account = True
    area = "rivals"

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(20, needs=6)
        note(stage, onset, "neutral", plain_contacts(stage)[:1], competitors=["Chartly"])
        stage.is_true(COMPETITOR, onset, 2, "Somebody has been shown another product.")


class NothingNamed(Plot):
    name = "decoy-no-name-dropped"
    signals = (COMPETITOR,)
    share = 0.6
    decoy = True
    shares_account = True
    area = "rivals"

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(20, needs=6)
        note(stage, onset, "neutral", plain_contacts(stage)[:1], "growth", competitors=[])
        stage.looks_like(COMPETITOR, onset, "A talk about the market in which nobody is named.")


class BudgetCut(Plot):
    name = "company-in-trouble"
    signals = (SHOCK,)
    share = 2
    shares_account = True
    area = "news"

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(15, needs=6)
        news(stage, onset, stage.rng.choice(("budget_cut", "layoffs", "acquired")), 0.85)
        stage.is_true(SHOCK, onset, 2, "The customer's company has to save, or has been bought.")


class Rumour(Plot):
    name = "decoy-rumour"
    signals = (SHOCK,)
    share = 0.6
    decoy = True
    shares_account = True
    area = "news"

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(15, needs=6)
        news(stage, onset, "layoffs", 0.4)
        stage.looks_like(SHOCK, onset, "A rumour of layoffs that nobody confirms.")


def news(stage: Stage, day: int, kind: str, confidence: float, **more: object) -> None:
    stage.event(
        day,
        "company.news",
        news_id=stage.name("news"),
        kind=kind,
        happened_on=iso_date(day - 2),
        confidence=confidence,
        **more,
    )


class ThreeCracks(Plot):
    """Three small things of three kinds, long before the renewal."""

    name = "three-cracks"
    signals = ("save-plan-review", "champion-lost", COMPETITOR, SENTIMENT)
    share = 2
    ends_in = SAVE

    def direct(self, stage: Stage) -> None:
        stage.script.fair = False
        onset = stage.draw_onset(40, needs=8)
        first, second = onset - stage.rng.randint(15, 25), onset - stage.rng.randint(3, 12)
        contact_leaves(stage, stage.company.champion, first, "left_company")
        stage.is_true("champion-lost", first, 2, "The champion has gone.")
        note(stage, second, "neutral", plain_contacts(stage)[:1], competitors=["Chartly"])
        stage.is_true(COMPETITOR, second, 2, "A competitor has been heard of.")
        note(stage, onset - 2, "negative", plain_contacts(stage)[:1])
        note(stage, onset, "negative", plain_contacts(stage)[:1])
        stage.is_true(SENTIMENT, onset, 2, "Meetings have turned sour.")
        stage.is_true("save-plan-review", onset, 2, "Three signs of three kinds are true at once.")


class TwoCracks(Plot):
    name = "decoy-two-cracks"
    signals = ("save-plan-review",)
    share = 0.6
    decoy = True

    def direct(self, stage: Stage) -> None:
        stage.script.fair = False
        onset = stage.draw_onset(40, needs=8)
        contact_leaves(stage, stage.company.champion, onset - 10, "left_company")
        stage.follows("champion-lost", onset - 10, 2, "The champion has gone.")
        note(stage, onset, "neutral", plain_contacts(stage)[:1], competitors=["Chartly"])
        stage.follows(COMPETITOR, onset, 2, "A competitor has been heard of.")
        stage.looks_like("save-plan-review", onset, "Two signs are not three.")
