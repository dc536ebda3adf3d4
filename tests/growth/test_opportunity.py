"""The ExpansionOpportunity: every field from facts and evidence."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from streams.detection.system import Status, SubjectView
from tests.growth.support import evidence, notice, opportunity, true
from tests.support.accounts import contract, facts_of, owner
from tests.support.journal import at

SEEN = evidence(value=18.0, limit=20.0, share=0.9, days_near=10, blocked_days=0, meter="seats_assigned")
FACTS = facts_of(
    ("account.changed", 0, {"name": "Acme", "segment": "mid_market", "lifecycle": "live"}),
    ("contract.signed", 0, contract("50000", seats_self_serve=True, upgrade_needs_amendment=True)),
    ("owner.changed", 0, owner("csm", "kim")),
    ("note.logged", 30, {"note_id": "n-1", "author_id": "kim", "context": "qbr", "competitors": ["Rival"]}),
)


def test_an_opportunity_says_who_what_and_why() -> None:
    found = opportunity(
        notice("seats-near-full", FACTS, SEEN, true("seats-near-full"), quadrant="expansion_target")
    )

    assert (found.alert_id, found.revision, found.status) == ("seats-near-full/acme/2", 1, "opened")
    assert (found.account.name, found.account.acv, found.account.currency) == (
        "Acme",
        Decimal("50000.00"),
        "EUR",
    )
    assert found.account.renewal_date == date(2027, 1, 4)
    assert found.why.startswith("18 of 20 seats are assigned (90%), at the ceiling on 10 of the last 14 days")
    assert found.value_narrative.startswith("18 people of Acme")
    assert found.ask == "Add seats to the 20 that you have, enough for the next two quarters."
    assert (found.owner.person_id, found.owner.queue) == ("kim", "growth-csm")
    assert (found.engine, found.strength, found.quadrant) == ("seat", "low", "expansion_target")
    assert (found.purchase_path, found.reach, found.competitor) == ("self_serve", "existing", "Rival")
    assert found.case_id == "acme/seat/2026-02-14"
    assert [step.due_on for step in found.play.steps][:2] == [date(2026, 2, 14), date(2026, 2, 16)]
    assert found.evidence.window.end == datetime(2026, 2, 14, 23, 59, 59, 999000, tzinfo=UTC)
    assert (found.journal.partition, found.journal.offset) == (4, 1234)


def test_the_hand_over_tells_the_open_risks() -> None:
    found = opportunity(notice("seats-near-full", FACTS, SEEN, true("usage-drop", 1)))

    assert found.handover.open_risks == (
        "Usage has fallen far below the account's own level (critical, since 2026-02-12)",
    )
    assert "Renewal in 324 days" in found.handover.notes


@pytest.mark.parametrize(
    ("status", "said", "answered"),
    [
        (Status.OPENED, "opened", True),
        (Status.RAISED, "strengthened", True),
        (Status.EASED, "weakened", True),
        (Status.CLEARED, "lapsed", False),
        (Status.EXPIRED, "lapsed", False),
        (Status.RETRACTED, "retracted", False),
        (Status.HISTORICAL, "historical", False),
    ],
)
def test_growth_has_its_own_words_for_what_happens(status: Status, said: str, answered: bool) -> None:
    found = opportunity(notice("seats-near-full", FACTS, SEEN, status=status))

    assert found.status == said
    assert (found.respond_by is not None) is answered


def test_expansion_targets_come_first_then_strength_then_acv() -> None:
    calm = notice("seats-near-full", FACTS, SEEN)
    poor = notice("seats-near-full", facts_of(("contract.signed", 0, contract("900"))), SEEN)

    ranks = [
        opportunity(poor).priority.rank,
        opportunity(calm).priority.rank,
        opportunity(poor, level=2).priority.rank,
        opportunity(poor, quadrant="expansion_target").priority.rank,
    ]

    assert ranks == sorted(ranks)
    assert opportunity(calm).priority.terms == {
        "expansion_target": 0.0,
        "competitor": 0.0,
        "strength": 0.0,
        "acv": 50000.0,
    }


def test_ready_means_a_second_signal_and_somebody_to_talk_to() -> None:
    centre = {"buying_centre_id": "b-1", "department": "finance", "deployed": True, "status": "known"}
    known = facts_of(("buying_centre.changed", 0, dict(centre)))
    alone = notice("seats-near-full", known, SEEN, true("seats-near-full"))
    both = notice("seats-near-full", known, SEEN, true("seats-near-full"), true("tier-limit-sustained"))
    unknown = notice("seats-near-full", facts_of(), SEEN, true("tier-limit-sustained"))

    assert [opportunity(of).readiness for of in (alone, both, unknown)] == ["building", "ready", "building"]


def test_features_go_by_amendment_where_the_contract_says_so() -> None:
    seen = evidence(meter="storage_gb", value=92.0, limit=100.0, share=0.92, days_near=10, blocked_days=0)

    found = opportunity(notice("tier-limit-sustained", FACTS, seen))

    assert found.purchase_path == "amendment"
    assert found.ask == "Move to the tier whose limit for storage_gb fits the use of today."


def test_a_refused_seat_makes_it_urgent() -> None:
    facts = facts_of(
        ("contract.signed", 0, contract("50000")),
        ("owner.changed", 0, owner("csm", "kim")),
        ("seat.requested", 38, {"request_id": "r-1", "user_id": "u-9", "outcome": "refused"}),
    )

    found = opportunity(notice("seats-near-full", facts, SEEN))

    assert found.respond_by == datetime(2026, 2, 16, 17, tzinfo=UTC)  # decided on a Saturday


def test_subjects_are_named_with_their_kind() -> None:
    about = notice(
        "power-users-spread", FACTS, evidence(departments=("marketing",), group="marketing", users=3)
    )

    found = opportunity(about, subjects=(SubjectView("marketing", at(39), 0),))

    assert [(s.kind, s.id, s.strength) for s in found.subjects] == [("department", "marketing", "medium")]


def test_a_competitor_at_the_initiative_goes_before_strength_and_after_the_quadrant() -> None:
    named = {"kind": "initiative", "happened_on": "2026-01-05", "confidence": 0.9}
    facts = facts_of(
        ("company.news", 1, {"news_id": "n-1", "competitor": "Rival", **named}),
        ("company.news", 2, {"news_id": "n-2", **named}),
    )
    about = notice("initiative-mapped", facts, evidence())

    contested, alone, target = (
        opportunity(about, subjects=(SubjectView(news, at(39), 0),), quadrant=quadrant, level=level)
        for news, quadrant, level in (
            ("n-1", "protect_and_maintain", 0),
            ("n-2", "protect_and_maintain", 0),
            ("n-2", "expansion_target", 0),
        )
    )

    assert alone.priority.rank < contested.priority.rank < target.priority.rank
    assert (contested.competitor, contested.priority.terms["competitor"]) == ("Rival", 1.0)
    assert alone.priority.terms["competitor"] == 0.0


def test_a_small_account_that_can_buy_by_itself_is_shown_how_first() -> None:
    small, middle = (
        opportunity(
            notice(
                "seats-near-full",
                facts_of(("contract.signed", 0, contract(acv, seats_self_serve=True))),
                SEEN,
            )
        )
        for acv in ("20000", "40000")
    )

    assert small.purchase_path == middle.purchase_path == "self_serve"
    assert small.ask.startswith("First show where they can add it themselves")
    assert middle.ask.startswith("Add seats")


def test_what_only_asks_for_a_map_neither_corroborates_nor_is_ready() -> None:
    centre = {"buying_centre_id": "b-1", "department": "finance", "deployed": True, "status": "known"}
    known = facts_of(("buying_centre.changed", 0, dict(centre)))

    beside = opportunity(notice("seats-near-full", known, SEEN, true("buying-centres-unmapped")))
    itself = opportunity(notice("buying-centres-unmapped", known, evidence(), true("seats-near-full")))

    assert (beside.readiness, itself.readiness) == ("building", "building")


def test_the_hand_over_begins_with_the_centre_that_is_aimed_at() -> None:
    facts = facts_of(
        (
            "buying_centre.changed",
            0,
            {"buying_centre_id": "b-1", "name": "Marketing", "department": "marketing"},
        ),
        (
            "problem.recorded",
            3,
            {
                "problem_id": "p-1",
                "department": "marketing",
                "use_case_id": "revenue-insight",
                "status": "open",
            },
        ),
    )

    found = opportunity(notice("pain-in-new-department", facts, evidence(departments=("marketing",))))

    assert found.handover.notes[:2] == (
        "Marketing: nobody met yet",
        "Marketing: open problem p-1, which Revenue insight serves (since 2026-01-08)",
    )
