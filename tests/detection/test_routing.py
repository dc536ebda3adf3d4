"""Whose an alert is, and by when."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from streams.assembly import load_system
from streams.detection.catalog.routing import Routing
from streams.detection.facts import Facts
from streams.detection.routing import Route, route, working_day_end, zone_of
from streams.detection.rules import Rule
from streams.detection.units import millis_of
from streams.growth.motion import Growth
from streams.retention.motion import Retention
from tests.support.accounts import contract, facts_of, owner
from tests.support.journal import at

SYSTEM = load_system()
RULES = {rule.id: rule for rule in SYSTEM.rules}
ROUTINGS: dict[str, Routing] = {
    motion.name: motion.catalog.routing for motion in SYSTEM.motions if isinstance(motion, Retention | Growth)
}


def routed(signal: str, facts: Facts, level: str = "warning", day: float = 8, **details: object) -> Route:
    rule: Rule = RULES[signal]
    return route(ROUTINGS[rule.motion], rule, level, facts, at(day), details)


def account(acv: str, *owners: dict[str, object], currency: str = "EUR") -> Facts:
    return facts_of(
        ("contract.signed", 0, contract(acv, currency=currency)),
        *(("owner.changed", 0.1 + number / 100, fields) for number, fields in enumerate(owners)),
    )


@pytest.mark.parametrize(
    ("acv", "band"),
    [("29999.99", "small"), ("30000", "middle"), ("100000", "middle"), ("100000.01", "large")],
)
def test_bands_begin_and_end_where_they_say(acv: str, band: str) -> None:
    assert routed("usage-drop", account(acv, owner("csm", "kim"))).band == band


def test_acv_is_taken_in_the_reference_currency() -> None:
    assert routed("usage-drop", account("32000", currency="USD")).band == "small"
    assert routed("usage-drop", account("26000", currency="GBP")).band == "middle"


def test_the_named_owner_gets_it_in_the_motions_own_queue() -> None:
    facts = account("50000", owner("csm", "kim"), owner("account_manager", "lou"))

    defensive, offensive = routed("usage-drop", facts), routed("seats-near-full", facts, "low")

    assert (defensive.owner.person_id, defensive.owner.queue) == ("kim", "retention-csm")
    assert (offensive.owner.person_id, offensive.owner.queue) == ("kim", "growth-csm")
    assert [(told.role, told.person_id) for told in offensive.also_notify] == [("account_manager", "lou")]


def test_large_accounts_have_an_expansion_ae_for_growth_and_the_csm_for_risk() -> None:
    facts = account("250000", owner("csm", "kim"), owner("expansion_ae", "ray"), owner("csm_manager", "max"))

    defensive, offensive = routed("usage-drop", facts, "critical"), routed("new-executive", facts, "medium")

    assert (defensive.owner.role, offensive.owner.role) == ("csm", "expansion_ae")
    assert [told.role for told in defensive.also_notify] == ["senior_ae", "csm_manager"]
    assert [told.role for told in offensive.also_notify] == ["csm"]


def test_a_small_account_without_a_named_owner_is_pooled() -> None:
    owned = routed("usage-drop", account("9000")).owner

    assert (owned.person_id, owned.queue) == (None, "retention-csm-pool")
    assert owned.note == "no csm is named: pooled"


def test_a_queue_of_the_crm_is_used_as_it_is() -> None:
    owned = routed("usage-drop", account("50000", owner("csm", None, queue="csm-north"))).owner

    assert (owned.person_id, owned.queue) == (None, "csm-north")


def test_an_unknown_owner_goes_to_triage_and_says_so() -> None:
    owned = routed("usage-drop", account("50000")).owner

    assert owned.queue == "retention-triage"
    assert owned.note == "no csm is named for the account"


def test_a_child_account_without_an_owner_names_its_parent() -> None:
    facts = account("50000")
    facts.profile.parent_account_id = "group"

    assert routed("usage-drop", facts).owner.note == "no csm is named for the account, whose parent is group"


@pytest.mark.parametrize("facts", [facts_of(), account("50000", currency="JPY")])
def test_an_unknown_acv_goes_to_triage_and_says_so(facts: Facts) -> None:
    found = routed("seats-near-full", facts, "low")

    assert (found.band, found.owner.queue) == (None, "growth-triage")
    assert found.owner.note == "ACV unknown, so no band's owner: growth-triage decides"


def test_support_trouble_goes_to_support_and_tells_the_csm() -> None:
    found = routed("support-backlog-rising", account("50000", owner("csm", "kim")))

    assert (found.owner.role, found.owner.queue) == ("support_lead", "retention-support")
    assert [(told.role, told.person_id) for told in found.also_notify] == [("csm", "kim")]


@pytest.mark.parametrize(
    ("signal", "level", "details", "due"),
    [
        ("usage-drop", "critical", {}, 13),
        ("usage-drop", "warning", {}, 15),
        ("seats-near-full", "low", {}, 19),
        ("seats-near-full", "low", {"refused": True}, 13),
        ("new-executive", "medium", {}, 14),
    ],
)
def test_the_answer_is_due_after_working_days(
    signal: str, level: str, details: dict[str, object], due: int
) -> None:
    facts = account("50000", owner("csm", "kim"))

    found = routed(signal, facts, level, day=7, **details)  # Monday, 12 January

    assert found.respond_by == datetime(2026, 1, due, 17, tzinfo=UTC)


def test_the_day_ends_in_the_owners_time_zone() -> None:
    facts = account("50000", owner("csm", "kim", time_zone="America/New_York"))

    found = routed("usage-drop", facts, "critical", day=7)

    assert found.respond_by == datetime(2026, 1, 13, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("decided", "days", "due"),
    [
        (datetime(2026, 1, 9, 10, tzinfo=UTC), 1, datetime(2026, 1, 12, 17, tzinfo=UTC)),
        (datetime(2026, 1, 10, 10, tzinfo=UTC), 1, datetime(2026, 1, 12, 17, tzinfo=UTC)),
        (datetime(2026, 1, 9, 10, tzinfo=UTC), 0, datetime(2026, 1, 9, 17, tzinfo=UTC)),
        (datetime(2026, 1, 9, 18, tzinfo=UTC), 0, datetime(2026, 1, 12, 17, tzinfo=UTC)),
        (datetime(2026, 1, 11, 10, tzinfo=UTC), 0, datetime(2026, 1, 12, 17, tzinfo=UTC)),
    ],
)
def test_weekends_are_no_working_days(decided: datetime, days: int, due: datetime) -> None:
    assert working_day_end(millis_of(decided), days, UTC) == due


@pytest.mark.parametrize("name", [None, "", "Mars/Olympus", "../etc/passwd", "Europe"])
def test_an_unknown_time_zone_is_utc(name: str | None) -> None:
    assert zone_of(name) is UTC
