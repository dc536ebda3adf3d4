"""The parts of a customer that could work with us and do not."""

from __future__ import annotations

from streams.story.company import draw_contact
from streams.story.plots.base import PROTECT, Plot
from streams.story.plots.places import PAIN, problem
from streams.story.plots.scenes import contact_joins
from streams.story.script import Stage
from streams.story.times import iso_date

UNCOVERED = "buying-centre-uncovered"
UNMAPPED = "buying-centres-unmapped"
CONTENT = "healthy-not-expanding"


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
    grows = True

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
    grows = True
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


def still_after_a_year(stage: Stage) -> None:
    """In a long story every customer who is well and buys nothing comes to this."""
    stage.play(Content.name, recent=False)
    due = max(180, stage.company.starts_day + 365)
    if not any(line.signal == CONTENT for line in stage.truths):
        stage.follows(CONTENT, due - 3, 300, "A long time in good shape without buying anything.")


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
