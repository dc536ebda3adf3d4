"""Contracts one by one: value, renewal and seats of any day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import permutations

from streams.detection.facts import (
    Facts,
    acv,
    acv_by_currency,
    arr_by_currency,
    purchased_seats,
    renewal_date,
)
from streams.detection.units import date_of, day_from_date
from tests.detection.facts.support import D, noon, say

START = day_from_date(date(2026, 1, 1))
END = day_from_date(date(2026, 12, 31))


def line(seats: int | None) -> dict[str, object]:
    return {"product_id": "suite", "tier": "pro", "seats": seats, "scope_features": ["report"]}


def signed(
    facts: Facts, contract: str = "c", value: str = "50000", currency: str = "EUR", **fields: object
) -> int:
    given: dict[str, object] = {
        "products": [line(40)],
        "starts_on": date_of(START),
        "ends_on": date_of(END),
        "term_months": 12,
        "auto_renew": False,
        **fields,
    }
    return say(
        facts,
        "contract.signed",
        noon(START - 10),
        contract_id=contract,
        acv=value,
        arr=value,
        currency=currency,
        **given,
    )


def changed(
    facts: Facts, kind: str, day: int, recorded: int, value: str, seats: int, **fields: object
) -> int:
    return say(
        facts,
        kind,
        noon(recorded),
        contract_id="c",
        arr_before="50000",
        arr_after=value,
        acv_after=value,
        currency="EUR",
        products_after=[line(seats)],
        **({"effective_on": date_of(day)} if kind == "contract.amended" else {"starts_on": date_of(day)}),
        **fields,
    )


def test_value_and_renewal_come_from_the_contracts_in_force() -> None:
    facts = Facts()
    signed(facts)
    signed(facts, "d", "10000", ends_on=date(2026, 6, 30))

    assert acv(facts, START - 1) == (None, None)
    assert acv(facts, START) == (Decimal(60000), "EUR")
    assert renewal_date(facts, START) == date(2026, 6, 30)
    assert acv(facts, END) == (Decimal(50000), "EUR")
    assert renewal_date(facts, END) == date(2026, 12, 31)
    assert acv(facts, END + 1) == (None, None)


def test_several_currencies_are_not_added_up() -> None:
    facts = Facts()
    signed(facts)
    signed(facts, "d", "10000", "USD")

    assert acv(facts, START) == (None, None)
    assert acv_by_currency(facts, START) == {"EUR": Decimal(50000), "USD": Decimal(10000)}
    assert arr_by_currency(facts, START)["USD"] == Decimal(10000)


def test_an_amendment_counts_from_its_day_and_not_before() -> None:
    facts = Facts()
    signed(facts)
    changed(facts, "contract.amended", START + 100, START + 90, "70000", 60)

    assert (acv(facts, START + 99)[0], purchased_seats(facts, START + 99)) == (Decimal(50000), 40)
    assert (acv(facts, START + 100)[0], purchased_seats(facts, START + 100)) == (Decimal(70000), 60)
    assert renewal_date(facts, START + 100) == date(2026, 12, 31)


def test_a_renewal_moves_the_end() -> None:
    facts = Facts()
    signed(facts)
    changed(facts, "contract.renewed", END + 1, END - 30, "55000", 45, ends_on=date(2027, 12, 31))

    assert renewal_date(facts, END) == date(2026, 12, 31)
    assert renewal_date(facts, END + 1) == date(2027, 12, 31)
    assert acv(facts, END + 1)[0] == Decimal(55000)


def test_a_contract_that_renews_itself_rolls_on_unless_notice_is_given() -> None:
    facts = Facts()
    signed(facts, auto_renew=True)
    assert renewal_date(facts, END + 400) == date(2028, 12, 31)

    lost = {"arr_lost": "50000", "currency": "EUR", "stated_reason": "budget"}
    say(facts, "contract.notice_given", noon(START), contract_id="c", effective_on=date_of(END), **lost)
    assert renewal_date(facts, END + 400) is None
    assert facts.contracts["c"].notice_in_force is not None

    say(facts, "contract.notice_withdrawn", noon(START + 5), contract_id="c", withdrawn_on=date_of(START + 5))
    assert facts.contracts["c"].notice_in_force is None


def test_an_ended_contract_is_worth_nothing_from_that_day() -> None:
    facts = Facts()
    signed(facts)
    lost = {"arr_lost": "50000", "currency": "EUR", "stated_reason": "price"}
    say(facts, "contract.ended", noon(START + 50), contract_id="c", effective_on=date_of(START + 60), **lost)

    assert acv(facts, START + 59)[0] == Decimal(50000)
    assert acv(facts, START + 60) == (None, None)


def test_any_order_of_a_contracts_events_ends_in_the_same_contract() -> None:
    results = []
    for order in permutations(range(4)):
        facts = Facts()
        for step in order:
            if step == 0:
                signed(facts)
            elif step == 1:
                changed(facts, "contract.amended", START + 100, START + 90, "70000", 60)
            elif step == 2:
                changed(facts, "contract.amended", START + 100, START + 95, "65000", 55, reason="corrected")
            else:
                changed(facts, "contract.renewed", END + 1, END - 30, "80000", 70, ends_on=date(2027, 12, 31))
        results.append(facts.contracts["c"])

    assert all(contract == results[0] for contract in results)
    assert [term.kind for term in results[0].terms] == ["signed", "amended", "renewed"]
    assert results[0].terms[1].reason == "corrected"


def test_a_nightly_repetition_keeps_the_day_of_the_first_report() -> None:
    facts = Facts()
    signed(facts)
    assert changed(facts, "contract.amended", START + 100, START + 90, "40000", 30) > 0
    assert changed(facts, "contract.amended", START + 100, START + 91, "40000", 30) == 0

    assert facts.contracts["c"].terms[-1].mark.day == START + 90


def test_without_seats_in_a_contract_the_meters_limit_is_what_was_bought() -> None:
    facts = Facts()
    signed(facts, products=[line(None)])
    assert purchased_seats(facts, D) is None
    meter = {"meter": "seats_assigned", "unit": "seats", "kind": "gauge"}
    say(facts, "level.sampled", noon(D), value=20, limit=25, product_id="suite", **meter)
    say(facts, "level.sampled", noon(D), value=5, limit=10, product_id="addon", **meter)

    assert purchased_seats(facts, D) == 35
    assert purchased_seats(facts, D - 1) is None


def test_a_deal_and_an_invoice_remember_when_their_state_changed() -> None:
    facts = Facts()
    deal = {"deal_id": "d", "kind": "expansion", "amount": "1", "currency": "EUR", "sourced_by": "cs"}
    for day, stage in ((D, "identified"), (D + 9, "won"), (D + 10, "won")):
        say(facts, "deal.changed", noon(day), stage=stage, created_on=date_of(D), **deal)
    invoice = {"invoice_id": "i", "amount": "1", "currency": "EUR", "due_on": date_of(D)}
    for day, status in ((D + 16, "overdue"), (D + 20, "paid")):
        say(facts, "invoice.changed", noon(day), status=status, **invoice)

    assert facts.deals["d"].stages == [(noon(D), "identified"), (noon(D + 9), "won")]
    assert facts.deals["d"].mark is not None
    assert facts.deals["d"].mark.day == D + 9
    assert not facts.deals["d"].open
    assert facts.invoices["i"].statuses == [(noon(D + 16), "overdue"), (noon(D + 20), "paid")]
    assert not facts.invoices["i"].unpaid
