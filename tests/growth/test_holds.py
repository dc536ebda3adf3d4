"""What keeps an opportunity back while an account is at risk."""

from __future__ import annotations

from streams.detection.facts import Facts
from streams.detection.system import Verdict
from tests.growth.support import GROWTH, RULES, evidence, true
from tests.support.accounts import facts_of

FIX = "fix_while_expanding"
SAVE = "save_the_customer"


def user(number: int, department: str) -> tuple[str, float, dict[str, object]]:
    fields = {"user_id": f"u{number}", "kind": "human", "status": "active", "department": department}
    return ("user.changed", 0.0, dict(fields))


def sponsor(department: str) -> tuple[str, float, dict[str, object]]:
    fields = {"contact_id": "c-1", "seniority": "vp", "roles": ["sponsor"], "department": department}
    return ("contact.added", 0.0, {**fields, "discovered_via": "crm"})


def centre(name: str, *, deployed: bool) -> tuple[str, float, dict[str, object]]:
    return (
        "buying_centre.changed",
        0.0,
        {"buying_centre_id": f"b-{name}", "department": name, "deployed": deployed, "status": "known"},
    )


def held(
    signal: str, quadrant: str, facts: Facts, *verdicts: Verdict, at: tuple[str, ...] = ()
) -> str | None:
    hold = GROWTH.hold(RULES[signal], facts, evidence(departments=at), quadrant, verdicts)
    return hold.reason if hold else None


def test_nothing_is_offered_to_an_account_that_must_be_saved() -> None:
    for signal in ("seats-near-full", "tier-limit-sustained", "power-users-spread", "new-executive"):
        assert held(signal, SAVE, facts_of(), true("usage-drop", 1)) == "save-the-customer"


def test_a_healthy_account_holds_nothing() -> None:
    for quadrant in ("expansion_target", "protect_and_maintain"):
        assert held("seats-near-full", quadrant, facts_of(), true("usage-drop")) is None


def test_a_risk_of_the_whole_account_holds_seats_and_features() -> None:
    facts = facts_of(user(1, "finance"), user(2, "operations"))

    for signal in ("seats-near-full", "tier-limit-sustained"):
        assert held(signal, FIX, facts, true("usage-drop", 1)) == "fix-while-expanding"


def test_strategic_opportunities_are_aimed_elsewhere_instead_of_held() -> None:
    assert held("new-executive", FIX, facts_of(), true("usage-drop", 1), at=("finance",)) is None


def test_a_risk_in_one_of_two_departments_leaves_the_accounts_seats_alone() -> None:
    facts = facts_of(user(1, "finance"), user(2, "operations"), sponsor("finance"))

    assert held("seats-near-full", FIX, facts, true("sponsor-departed", contacts=("c-1",))) is None


def test_a_risk_in_the_only_department_holds_the_accounts_seats() -> None:
    facts = facts_of(user(1, "finance"), sponsor("Finance"))

    assert (
        held("seats-near-full", FIX, facts, true("sponsor-departed", contacts=("c-1",)))
        == "fix-while-expanding"
    )


def test_seats_of_the_department_at_risk_are_held_and_those_of_another_are_not() -> None:
    facts = facts_of(user(1, "finance"), user(2, "operations"))
    risk = true("support-backlog-rising", 1, departments=("finance",))

    assert held("seats-near-full", FIX, facts, risk, at=("Finance",)) == "fix-while-expanding"
    assert held("seats-near-full", FIX, facts, risk, at=("operations",)) is None


def test_contacts_say_the_buying_centre_before_departments_do() -> None:
    facts = facts_of(centre("operations", deployed=True), sponsor("finance"))
    facts.contacts["c-1"].buying_centre_id = "b-operations"
    risk = true("sponsor-departed", contacts=("c-1",), departments=("finance",))

    assert held("seats-near-full", FIX, facts, risk, at=("operations",)) == "fix-while-expanding"
    assert held("seats-near-full", FIX, facts, risk, at=("finance",)) is None


def test_other_opportunities_are_no_risk() -> None:
    assert held("seats-near-full", FIX, facts_of(user(1, "finance")), true("new-executive")) is None
