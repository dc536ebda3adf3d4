"""The people we know at the customer: who leaves, who goes quiet, whom nobody meets."""

from __future__ import annotations

from streams.story.company import draw_contact
from streams.story.plots.base import Plot
from streams.story.plots.scenes import contact_leaves
from streams.story.script import Stage

DORMANT = "stakeholders-dormant"
SINGLE = "single-threaded"
UNENGAGED = "executive-unengaged"
_KEY = frozenset({"sponsor", "budget_holder", "influencer", "champion"})


def met_last(stage: Stage, contact_id: str, day: int, kind: str = "call") -> None:
    """Somebody of ours met the contact on `day`, and nobody has since."""
    stage.script.absent[contact_id] = day
    fields: dict[str, object] = {
        "engagement_id": stage.name("x"),
        "kind": kind,
        "contact_ids": [contact_id],
        "initiated_by": "vendor",
        "held": True,
        "purpose": "relationship",
    }
    stage.event(day, "engagement.logged", **fields)


class ChampionGone(Plot):
    name = "champion-gone"
    signals = ("champion-lost",)
    share = 2
    shares_account = True
    area = "people"

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(30, needs=6)
        contact_leaves(
            stage, stage.company.champion, onset, stage.rng.choice(("left_company", "changed_role"))
        )
        stage.is_true("champion-lost", onset, 2, "The champion has gone and nobody takes up the cause.")
        stage.follows(SINGLE, onset, 100, "The champion was one of the few whom we met.")


class ChampionPromoted(Plot):
    name = "decoy-champion-promoted"
    signals = ("champion-lost",)
    share = 0.6
    decoy = True
    shares_account = True
    area = "people"

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(30, needs=6)
        champion = stage.company.champion
        stage.event(
            onset, "contact.changed", contact_id=champion.contact_id, title=f"Senior {champion.title}"
        )
        stage.looks_like("champion-lost", onset, "The champion has a new title and stays the champion.")


class StakeholdersQuiet(Plot):
    name = "stakeholders-quiet"
    signals = (DORMANT,)
    needs_days = 136
    share = 2
    shares_account = True
    area = "people"

    def direct(self, stage: Stage) -> None:
        stage.company.is_worth(35_000, 400_000)
        last = stage.rng.randint(3, max(4, stage.days - 134))
        key = [c for c in stage.company.contacts if _KEY & set(c.roles)]
        for contact in key:
            met_last(stage, contact.contact_id, last)
        stage.is_true(DORMANT, last + 119, 5, "Nobody with a say in the renewal has met us for four months.")
        stage.follows(UNENGAGED, last + 88, 200, "The executives are among those who do not come any more.")
        stage.follows(SINGLE, last + 88, 200, "Few others are left who meet us.")
        stage.follows("health-check-overdue", last + 88, 200, "Reviews are held with the people who decide.")


class HalfOfThemQuiet(Plot):
    name = "decoy-one-stakeholder-quiet"
    signals = (DORMANT,)
    needs_days = 136
    share = 0.6
    decoy = True
    shares_account = True
    area = "people"

    def direct(self, stage: Stage) -> None:
        stage.company.is_worth(35_000, 400_000)

        for _ in range(3):  # among so many one is no half
            stage.company.contacts.append(
                draw_contact(
                    stage.company, stage.rng, "director", stage.company.departments[0], ("influencer",), -900
                )
            )
        met_last(stage, stage.company.contacts[-1].contact_id, 5)
        stage.looks_like(DORMANT, 125, "One of several stakeholders has not come for months; the others do.")


class OneContactLeft(Plot):
    name = "one-contact-left"
    signals = (SINGLE,)
    share = 2
    shares_account = True
    area = "people"

    def direct(self, stage: Stage) -> None:
        company = stage.company
        company.is_worth(35_000, 400_000)
        last = stage.rng.randint(6, max(7, stage.days - 100))
        for contact in company.contacts:
            if contact is not company.sponsor:
                met_last(stage, contact.contact_id, last)
        stage.script.alone = True
        stage.is_true(SINGLE, last + 89, 5, "Only the sponsor still meets us.")
        stage.follows(DORMANT, last + 118, 200, "The other stakeholders are among those who stay away.")


class TwoContactsLeft(Plot):
    name = "decoy-two-contacts-left"
    signals = (SINGLE,)
    share = 0.6
    decoy = True
    shares_account = True
    area = "people"

    def direct(self, stage: Stage) -> None:
        company = stage.company
        company.is_worth(35_000, 400_000)
        for contact in company.contacts:
            if contact not in (company.sponsor, company.champion):
                met_last(stage, contact.contact_id, 8)
        stage.script.alone = True
        stage.looks_like(SINGLE, 98, "Two people still meet us regularly, and nobody else does.")
        stage.follows(DORMANT, 126, 200, "The other stakeholders stay away.")


class ExecutiveAway(Plot):
    name = "executive-away"
    signals = (UNENGAGED,)
    share = 2
    shares_account = True
    area = "people"

    def direct(self, stage: Stage) -> None:
        stage.company.is_worth(35_000, 400_000)
        last = stage.rng.randint(6, max(7, stage.days - 100))
        for contact in stage.company.contacts:
            if contact.seniority in ("vp", "c_level"):
                met_last(stage, contact.contact_id, last, "exec_sync")
        stage.is_true(UNENGAGED, last + 89, 5, "The executives send their people and come no more.")
        stage.follows(DORMANT, last + 118, 200, "Where they are half of those who count, half is away.")


class ExecutiveRarely(Plot):
    name = "decoy-executive-rarely"
    signals = (UNENGAGED,)
    share = 0.6
    decoy = True
    shares_account = True
    area = "people"

    def direct(self, stage: Stage) -> None:
        stage.company.is_worth(35_000, 400_000)
        executives = [c.contact_id for c in stage.company.contacts if c.seniority in ("vp", "c_level")]
        for contact_id in executives:
            for day in range(30, stage.days, 80):
                met_last(stage, contact_id, day, "exec_sync")
            stage.script.absent[contact_id] = 2
        stage.looks_like(UNENGAGED, 0, "The executives come once in eighty days, and they do come.")


class OldAddressBook(Plot):
    name = "old-address-book"
    signals = ("contacts-stale",)
    share = 2
    shares_account = True
    area = "contract"

    def direct(self, stage: Stage) -> None:
        company = stage.company
        company.is_worth(35_000, 400_000)
        onset = stage.rng.randint(20, stage.days - 10)
        company.ends_day = onset + stage.rng.randint(110, 170)
        stage.script.verified_on = onset - 180
        stage.is_true(
            "contacts-stale", onset - 1, 3, "Nobody has checked for half a year whom to ask at the renewal."
        )


class RenewalFarAway(Plot):
    name = "decoy-old-address-book-renewal-far"
    signals = ("contacts-stale",)
    share = 0.6
    decoy = True
    shares_account = True
    area = "contract"

    def direct(self, stage: Stage) -> None:
        stage.company.is_worth(35_000, 400_000)
        stage.company.ends_day = stage.days + 240
        stage.script.verified_on = -150
        stage.looks_like("contacts-stale", 30, "The address book is old and the renewal most of a year away.")
