"""Early warnings of three kinds make a save plan; three of one kind do not, and warnings join a plan that is open."""

from __future__ import annotations

from typing import Any

import pytest

from streams.assembly import load_system
from streams.detection.system import System
from tests.support.accounts import contract
from tests.support.journal import Journal, at, date, fold_all, told

RENEWAL = 300
"""The contract's last day; the third warning of the plans below comes nine months before it."""


@pytest.fixture(scope="module")
def system() -> System:
    return load_system()


def customer(**profile: object) -> Journal:
    """A live customer with a contract that ends on day 300, whose first step is done, and one champion."""
    journal = Journal()
    journal.event("acme", "account.changed", at(0), lifecycle="live", **profile)  # type: ignore[arg-type]
    terms = contract("60000", starts_on=date(-64), ends_on=date(RENEWAL))
    journal.event("acme", "contract.signed", at(0), **terms)  # type: ignore[arg-type]
    done = {"contract_id": "k-1", "step": "T-270", "done_on": date(0)}
    journal.event("acme", "renewal.step_done", at(0), **done)
    champion(journal, 0, "c-1")
    return journal


def champion(journal: Journal, day: int, contact_id: str) -> None:
    journal.event(
        "acme",
        "contact.added",
        at(day),
        contact_id=contact_id,
        seniority="manager",
        roles=["champion"],
        discovered_via="crm",
    )


def bad_mood(journal: Journal, day: int, number: int) -> None:
    journal.event(
        "acme",
        "note.logged",
        at(day),
        note_id=f"n-{number}",
        author_id="p-1",
        sentiment="negative",
        context="qbr",
        engagement_id=f"e-{number}",
    )


def competitor(journal: Journal, day: int, context: str = "qbr") -> None:
    journal.event(
        "acme",
        "note.logged",
        at(day, 11),
        note_id=f"k-{day}",
        author_id="p-1",
        context=context,
        competitors=["Fleetmind"],
    )


def champion_leaves(journal: Journal, day: int) -> None:
    journal.event(
        "acme", "contact.left", at(day), contact_id="c-1", left_on=date(day - 1), how="left_company"
    )


def three_kinds(until: int) -> Journal:
    """A bad mood, a competitor and a lost champion; the third on day 30."""
    journal = customer()
    for day in journal.days(0, until):
        if day in (10, 12):
            bad_mood(journal, day, day)
        if day == 20:
            competitor(journal, day)
        if day == 30:
            champion_leaves(journal, day)
        if day == 31:
            # Due on day 20, hence late from day 36 on.
            journal.event(
                "acme",
                "invoice.changed",
                at(day),
                invoice_id="i-1",
                status="open",
                due_on=date(20),
                amount="900",
                currency="EUR",
            )
    return journal


def alerts(system: System, journal: Journal) -> list[dict[str, Any]]:
    messages, _ = fold_all(system, journal.records)
    return told(messages, "retention-alerts")


def said(found: list[dict[str, Any]], signal: str) -> list[str]:
    return [alert["status"] for alert in found if alert["signal"]["id"] == signal]


def test_three_early_indicators_of_three_families_nine_months_before_renewal_ask_for_a_save_plan(
    system: System,
) -> None:
    found = alerts(system, three_kinds(until=31))

    [plan] = [alert for alert in found if alert["signal"]["id"] == "save-plan-review"]
    assert (plan["status"], plan["severity"], plan["days_to_renewal"]) == ("opened", "critical", 270)
    assert plan["strikes"] == {
        "relationship": ["champion-lost"],
        "commercial": ["competitor-present"],
        "sentiment": ["sentiment-negative"],
    }
    assert {subject["kind"] for subject in plan["subjects"]} == {"signal"}
    assert plan["play"]["id"] == "save-plan" and plan["mitigation"][0]["by"] == "csm_manager"


def test_three_early_indicators_of_one_family_ask_for_nothing(system: System) -> None:
    journal = customer()
    for day in journal.days(0, 40):
        if day == 10:
            competitor(journal, day)
        if day == 20:
            news = {"news_id": "w-1", "kind": "budget_cut", "happened_on": date(19), "confidence": 0.9}
            journal.event("acme", "company.news", at(day), **news)  # type: ignore[arg-type]
        if day == 30:
            journal.event("acme", "renewal.intent_recorded", at(day), contract_id="k-1", intent="undecided")

    found = alerts(system, journal)

    for signal in ("competitor-present", "external-shock", "renewal-intent-weak"):
        assert said(found, signal) == ["opened"]
    assert said(found, "save-plan-review") == []


def test_a_new_warning_joins_the_open_plan_and_is_no_alert_of_its_own(system: System) -> None:
    found = alerts(system, three_kinds(until=37))

    plan = [alert for alert in found if alert["signal"]["id"] == "save-plan-review"]
    assert [alert["status"] for alert in plan] == ["opened", "updated"]
    assert "payment-overdue" in {subject["id"] for subject in plan[1]["subjects"]}
    assert said(found, "payment-overdue") == []


def test_what_an_open_plan_has_taken_in_is_shown_as_held(system: System) -> None:
    messages, _ = fold_all(system, three_kinds(until=37).records)

    shown = told(messages, "account-quadrants")[-1]
    assert ("payment-overdue", "inhibited") in {(hold["signal"], hold["reason"]) for hold in shown["holds"]}


def test_what_is_critical_speaks_for_itself_beside_the_plan(system: System) -> None:
    found = alerts(system, three_kinds(until=67))

    [payment] = [alert for alert in found if alert["signal"]["id"] == "payment-overdue"]
    assert (payment["status"], payment["severity"]) == ("opened", "critical")
    assert payment["evidence"]["details"]["days"] == 46


def test_a_plan_whose_review_was_held_ends_and_lets_go_of_what_it_held(system: System) -> None:
    journal = three_kinds(until=37)
    journal.event(
        "acme",
        "feedback.play_finished",
        at(38),
        topic="retention-feedback",
        alert_id="save-plan-review/acme/1",
        actor_id="p-1",
        result="held",
    )
    for _ in journal.days(38, 40):
        pass

    found = alerts(system, journal)

    assert said(found, "save-plan-review") == ["opened", "updated", "resolved"]
    assert said(found, "payment-overdue") == ["opened"]
