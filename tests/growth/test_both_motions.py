"""An account that is at risk and growing: two motions, two messages, one quadrant, and never one number."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from schemas.board import AccountQuadrant, QuadrantChange
from schemas.growth import ExpansionOpportunity
from schemas.retention import RetentionAlert
from streams.detection.system import Outgoing
from tests.growth.support import SYSTEM
from tests.support.accounts import contract, owner
from tests.support.journal import Journal, at, date, fold_all, told

FIX, SAVE = "fix_while_expanding", "save_the_customer"
LONG = {"starts_on": "2025-12-01", "ends_on": "2028-11-30", "term_months": 36}


def customer(journal: Journal, acv: str = "60000") -> None:
    """A customer of finance, with everything on record before the first day of the story."""
    journal.event("acme", "account.changed", at(0), name="Acme", lifecycle="live", segment="mid_market")
    journal.event("acme", "contract.signed", at(0), **contract(acv, **LONG))  # type: ignore[arg-type]
    journal.event("acme", "owner.changed", at(0), **owner("csm", "kim"))  # type: ignore[arg-type]
    journal.event("acme", "owner.changed", at(0), **owner("expansion_ae", "lee"))  # type: ignore[arg-type]
    for number in range(3):
        journal.event(
            "acme",
            "user.changed",
            at(0),
            user_id=f"u{number}",
            kind="human",
            status="active",
            department="finance",
        )
    for department, deployed in (("finance", True), ("marketing", False)):
        journal.event(
            "acme",
            "buying_centre.changed",
            at(0),
            buying_centre_id=f"b-{department}",
            department=department,
            deployed=deployed,
            status="known",
        )
    journal.event(
        "acme",
        "contact.added",
        at(0),
        contact_id="c-sponsor",
        seniority="vp",
        department="finance",
        roles=["sponsor"],
        discovered_via="crm",
        origin="snapshot",
    )


def sponsor_leaves(journal: Journal, day: int) -> None:
    journal.event(
        "acme", "contact.left", at(day), contact_id="c-sponsor", left_on=date(day), how="left_company"
    )


def executive_arrives(journal: Journal, day: int) -> None:
    journal.event(
        "acme",
        "contact.added",
        at(day),
        contact_id="c-new",
        seniority="vp",
        department="marketing",
        roles=[],
        joined_company_on=date(day - 20),
        discovered_via="crm",
    )


def interest(journal: Journal, day: int) -> None:
    journal.event(
        "acme",
        "interest.recorded",
        at(day),
        interest_id="i-1",
        product_id="atlas-planning",
        source="meeting",
    )


def story(*, acv: str = "60000", until: int = 30) -> list[Outgoing]:
    """Sponsor gone on day 5, an executive of another department on day 8, interest in a product on day 10."""
    journal = Journal()
    customer(journal, acv)
    for day in journal.days(0, until):
        if day == 5:
            sponsor_leaves(journal, day)
        if day == 8:
            executive_arrives(journal, day)
        if day == 10:
            interest(journal, day)
    return fold_all(SYSTEM, journal.records)[0]


def place(messages: list[Outgoing]) -> dict[str, Any]:
    return told(messages, "account-quadrants")[-1]


def held(messages: list[Outgoing]) -> dict[str, str]:
    """What the growth motion holds back in the end, and why."""
    return {h["signal"]: h["reason"] for h in place(messages)["holds"] if h["motion"] == "growth"}


@pytest.mark.parametrize("acv", ["20000", "60000", "160000"])
def test_an_account_at_risk_and_growing_has_one_alert_in_each_topic_with_its_own_owner_and_play(
    acv: str,
) -> None:
    messages = story(acv=acv)

    [alert] = told(messages, "retention-alerts")
    [chance] = told(messages, "expansion-opportunities")
    assert (alert["signal"]["id"], chance["signal"]["id"]) == ("sponsor-departed", "new-executive")
    assert (alert["owner"]["person_id"], alert["owner"]["queue"]) != (
        chance["owner"]["person_id"],
        chance["owner"]["queue"],
    )
    assert alert["owner"]["queue"] != chance["owner"]["queue"]
    assert alert["play"]["id"] != chance["play"]["id"]
    assert place(messages)["quadrant"] == FIX
    assert chance["quadrant"] == FIX


def test_above_the_upper_band_two_people_own_the_two_motions() -> None:
    messages = story(acv="160000")

    assert told(messages, "retention-alerts")[0]["owner"]["person_id"] == "kim"
    assert told(messages, "expansion-opportunities")[0]["owner"]["person_id"] == "lee"


def test_in_fix_while_expanding_the_play_is_steered_to_the_centre_without_the_risk() -> None:
    [chance] = told(story(), "expansion-opportunities")

    assert (chance["buying_centre"]["id"], chance["reach"]) == ("b-marketing", "new_buying_centre")


def test_what_belongs_to_the_centre_at_risk_is_held_and_seen() -> None:
    assert held(story()) == {"cross-sell-interest": "fix-while-expanding"}


def test_an_account_to_be_saved_that_begins_to_grow_is_no_deadlock() -> None:
    messages = story()
    moves = [move["to_quadrant"] for move in told(messages, "quadrant-changes")]

    assert moves[-2:] == [SAVE, FIX]


def test_what_save_the_customer_held_is_said_once_the_quadrant_has_changed() -> None:
    journal = Journal()
    customer(journal)
    for day in journal.days(0, 9):
        if day == 5:
            sponsor_leaves(journal, day)
        if day == 8:
            executive_arrives(journal, day)
    before = fold_all(SYSTEM, journal.records)[0]
    for day in journal.days(10, 14):
        if day == 10:
            interest(journal, day)
    after = fold_all(SYSTEM, journal.records)[0]

    assert told(before, "expansion-opportunities") == []
    assert held(before) == {"new-executive": "save-the-customer"}
    assert place(before)["quadrant"] == SAVE
    assert [chance["signal"]["id"] for chance in told(after, "expansion-opportunities")] == ["new-executive"]
    assert place(after)["quadrant"] == FIX


def test_the_hand_over_tells_the_growth_owner_of_the_risk() -> None:
    [chance] = told(story(), "expansion-opportunities")

    assert [risk.split(" (")[0] for risk in chance["handover"]["open_risks"]] == [
        told(story(), "retention-alerts")[0]["signal"]["title"]
    ]


SINGLE_NUMBERS = ("score", "health", "index", "overall", "combined", "total")


def names_in(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inside in value.items():
            yield name
            yield from names_in(inside)
    elif isinstance(value, list):
        for inside in value:
            yield from names_in(inside)


def test_no_message_carries_a_number_over_both_motions() -> None:
    messages = story()
    for message in messages:
        names = set(names_in(json.loads(message.value)))
        assert not [name for name in names if any(word in name for word in SINGLE_NUMBERS)], message.topic
    for quadrant in told(messages, "account-quadrants"):
        assert set(quadrant["risk"]) == set(quadrant["growth"]) == {"level", "points", "signals"}
        assert not any(
            isinstance(value, int | float) for n, value in quadrant.items() if n != "schema_version"
        )


@pytest.mark.parametrize("model", [RetentionAlert, ExpansionOpportunity, QuadrantChange, AccountQuadrant])
def test_the_contract_has_no_field_for_such_a_number(model: type[BaseModel]) -> None:
    fields = set(names_in(model.model_json_schema()))

    assert not [name for name in fields if any(word in name for word in SINGLE_NUMBERS)]


def test_each_motion_ranks_by_terms_of_its_own() -> None:
    messages = story()
    [alert] = told(messages, "retention-alerts")
    [chance] = told(messages, "expansion-opportunities")

    assert "expansion_target" in chance["priority"]["terms"]
    assert "severity" in alert["priority"]["terms"]
    assert not {"severity", "days_to_renewal"} & set(chance["priority"]["terms"])
    assert not {"strength", "expansion_target"} & set(alert["priority"]["terms"])
