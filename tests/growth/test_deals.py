"""The CRM's deals beside our opportunities."""

from __future__ import annotations

import pytest

from streams.detection.facts import Facts
from streams.detection.reading import Evidence
from streams.detection.system import Status
from tests.growth.support import GROWTH, RULES, SYSTEM, evidence, notice, opportunity
from tests.growth.test_both_motions import customer, executive_arrives
from tests.growth.test_holds import centre
from tests.support.accounts import contract, facts_of
from tests.support.journal import Journal, at, date, fold_all, told


def deal(**fields: object) -> tuple[str, float, dict[str, object]]:
    known = {"deal_id": "d-1", "kind": "expansion", "engine": "strategic", "stage": "qualified"}
    money = {"amount": "9000", "currency": "EUR", "created_on": "2026-01-05", "sourced_by": "cs"}
    return ("deal.changed", 1.0, {**known, **money, **fields})


def reason(facts: Facts, seen: Evidence, signal: str = "new-executive") -> str | None:
    hold = GROWTH.hold(RULES[signal], facts, seen, "expansion_target", ())
    return hold.reason if hold else None


def test_an_open_deal_of_the_same_engine_holds_an_opportunity_back() -> None:
    assert reason(facts_of(deal()), evidence()) == "deal-open"


@pytest.mark.parametrize(
    "fields", [{"engine": "seat"}, {"stage": "won"}, {"stage": "lost"}, {"kind": "renewal"}]
)
def test_other_deals_hold_nothing(fields: dict[str, object]) -> None:
    assert reason(facts_of(deal(**fields)), evidence()) is None


def test_a_deal_that_came_of_the_signal_holds_it_whatever_its_engine() -> None:
    facts = facts_of(deal(engine="seat", alert_id="new-executive/acme/1"))

    assert reason(facts, evidence()) == "deal-open"
    assert reason(facts, evidence(), "power-users-spread") is None


def test_a_deal_of_another_buying_centre_is_another_matter() -> None:
    facts = facts_of(centre("marketing", deployed=False), deal(buying_centre_id="b-marketing"))

    assert reason(facts, evidence(departments=("operations",))) is None
    assert reason(facts, evidence(departments=("Marketing",))) == "deal-open"


def test_a_deal_about_another_product_is_another_matter() -> None:
    facts = facts_of(deal(engine="feature", product_ids=["atlas"]))

    assert reason(facts, evidence(product_id="atlas-planning"), "cross-sell-interest") is None
    assert reason(facts, evidence(product_id="atlas"), "cross-sell-interest") == "deal-open"


def test_a_won_deal_converts_the_alert_that_it_names_and_a_lost_one_does_not() -> None:
    rule, alert = RULES["new-executive"], "new-executive/acme/1"
    won, lost = (facts_of(deal(stage=stage, alert_id=alert)) for stage in ("won", "lost"))

    ending = GROWTH.ending(rule, won, alert)
    assert ending is not None and (ending.status, ending.reason) == (Status.CONVERTED, "deal d-1 is won")
    assert GROWTH.ending(rule, won, "new-executive/acme/2") is None
    assert GROWTH.ending(rule, lost, alert) is None


def test_a_converted_opportunity_asks_nobody_for_an_answer() -> None:
    found = opportunity(notice("new-executive", facts_of(), evidence()), status=Status.CONVERTED)

    assert (found.status, found.respond_by) == ("converted", None)


def test_an_opportunity_ends_as_converted_when_its_deal_is_won() -> None:
    journal = Journal()
    customer(journal)
    executive_arrives(journal, 8)
    for day, stage in ((12, "qualified"), (20, "lost"), (30, "won")):
        journal.event(
            "acme",
            "deal.changed",
            at(day),
            deal_id="d-1" if stage == "lost" else "d-2",
            kind="expansion",
            engine="strategic",
            stage=stage,
            amount="20000",
            currency="EUR",
            created_on=date(12),
            sourced_by="cs",
            alert_id="new-executive/acme/1",
        )
    chances = told(fold_all(SYSTEM, journal.records)[0], "expansion-opportunities")

    assert [(chance["status"], chance["reason"]) for chance in chances] == [
        ("opened", None),
        ("converted", "deal d-2 is won"),
    ]


def test_a_deal_that_is_lost_lets_a_held_opportunity_speak() -> None:
    journal = Journal()
    customer(journal)
    for day, stage in ((2, "qualified"), (15, "lost")):
        journal.event(
            "acme",
            "deal.changed",
            at(day),
            deal_id="d-1",
            kind="expansion",
            engine="strategic",
            stage=stage,
            amount="20000",
            currency="EUR",
            created_on=date(2),
            sourced_by="am",
        )
        if day == 2:
            executive_arrives(journal, 8)
    messages = fold_all(SYSTEM, journal.records)[0]

    [chance] = told(messages, "expansion-opportunities")
    assert (chance["status"], chance["journal"]["offset"]) == ("opened", journal.records[-1].offset)
    holds = [hold for place in told(messages, "account-quadrants") for hold in place["holds"]]
    assert {h["reason"] for h in holds if h["signal"] == "new-executive"} == {"deal-open"}


@pytest.mark.parametrize("acv", ["9000", "60000", "200000"])
def test_a_product_that_no_contract_has_goes_to_sales_whatever_the_size(acv: str) -> None:
    facts = facts_of(("contract.signed", 0, contract(acv)))

    found = opportunity(notice("cross-sell-interest", facts, evidence(product_id="atlas-planning")))

    assert (found.owner.role, found.owner.queue) == ("sales", "growth-sales")
    assert "csm" in [told.role for told in found.also_notify]


def test_a_use_case_that_no_contract_serves_goes_to_sales_and_one_of_theirs_does_not() -> None:
    facts = facts_of(("contract.signed", 0, contract("60000")))
    new, known = (
        opportunity(notice("initiative-mapped", facts, evidence(use_case_id=case)))
        for case in ("budget-planning", "operations-control")
    )

    assert (new.owner.role, known.owner.role) == ("sales", "csm")


def test_without_a_contract_on_record_nothing_is_called_new() -> None:
    found = opportunity(notice("cross-sell-interest", facts_of(), evidence(product_id="atlas-planning")))

    assert (found.owner.role, found.owner.queue) == ("csm", "growth-triage")
