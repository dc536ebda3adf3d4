"""People who come, and people who come back."""

from __future__ import annotations

from streams.story.company import draw_contact
from streams.story.plots.base import Plot
from streams.story.plots.scenes import contact_joins
from streams.story.script import Stage


class BudgetHolderNamed(Plot):
    """A new budget holder appears: somebody to win."""

    name = "new-budget-holder"
    signals = ("committee-member-new",)
    share = 2
    shares_account = True
    area = "people"
    grows = True

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(30, needs=6)
        _add(
            stage,
            onset,
            "director",
            (stage.rng.choice(("budget_holder", "influencer")),),
            onset - stage.rng.randint(10, 80),
        )
        stage.is_true("committee-member-new", onset, 2, "Somebody new has a say in the money.")


class AssistantJoined(Plot):
    name = "decoy-assistant-joined"
    signals = ("committee-member-new",)
    share = 0.6
    decoy = True
    shares_account = True
    area = "people"

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(30, needs=6)
        _add(stage, onset, "individual", (), onset - 20)
        stage.looks_like("committee-member-new", onset, "Somebody new without a say.")


class ExecutiveBack(Plot):
    name = "executive-back"
    signals = ("executive-reengaged",)
    share = 2

    def direct(self, stage: Stage) -> None:
        company = stage.company
        onset = stage.draw_onset(20, needs=6)
        company.ends_day = max(company.ends_day, onset + 120)
        contact = _veteran(stage, onset - stage.rng.randint(125, 170))
        _writes(stage, onset, contact)
        stage.is_true(
            "executive-reengaged", onset, 2, "A vice president comes to us after four silent months."
        )


class ExecutiveInvited(Plot):
    name = "decoy-executive-invited"
    signals = ("executive-reengaged",)
    share = 0.6
    decoy = True
    shares_account = True
    area = "people"

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(20, needs=6)
        contact = _veteran(stage, onset - 150)
        _writes(stage, onset, contact, "vendor")
        stage.looks_like("executive-reengaged", onset, "The vice president comes because we asked.")


def _add(stage: Stage, day: int, seniority: str, roles: tuple[str, ...], joined: int) -> None:

    company = stage.company
    contact_joins(
        stage, draw_contact(company, stage.rng, seniority, company.departments[0], roles, joined), day
    )


def _veteran(stage: Stage, met: int) -> str:
    """A vice president whom we met on `met` for the last time; the CRM knows it from the start."""

    company = stage.company
    company.is_worth(32_000, 400_000)
    contact = draw_contact(company, stage.rng, "vp", company.departments[0], (), -1500)
    company.contacts.append(contact)
    stage.script.absent[contact.contact_id] = met
    stage.script.remembered.append((met, contact.contact_id))
    return contact.contact_id


def _writes(stage: Stage, day: int, contact_id: str, by: str = "customer") -> None:
    stage.event(
        day,
        "engagement.logged",
        engagement_id=stage.name("x"),
        kind="call",
        contact_ids=[contact_id],
        initiated_by=by,
        held=True,
        purpose="relationship",
    )
