"""At whom an opportunity is aimed."""

from __future__ import annotations

from streams.detection.facts import Facts
from streams.detection.system import Verdict
from streams.growth.aim import Aim, aim_of, stakeholders_of
from tests.growth.support import evidence, notice, true
from tests.growth.test_holds import FIX, centre, sponsor, user
from tests.support.accounts import facts_of


def aimed(
    signal: str,
    facts: Facts,
    *verdicts: Verdict,
    at: tuple[str, ...] = (),
    quadrant: str = "expansion_target",
) -> Aim:
    return aim_of(notice(signal, facts, evidence(departments=at), *verdicts, quadrant=quadrant))


def test_seats_are_sold_where_the_product_is_in_use() -> None:
    aim = aimed(
        "seats-near-full", facts_of(centre("finance", deployed=False), centre("operations", deployed=True))
    )

    assert aim.reach == "existing"
    assert aim.centre is not None
    assert (aim.centre.id, aim.centre.to_be_mapped) == ("b-operations", False)


def test_an_account_without_any_known_centre_has_none_for_seats() -> None:
    assert aimed("seats-near-full", facts_of()).centre is None


def test_a_department_that_a_centre_stands_for_is_aimed_at_through_it() -> None:
    aim = aimed("power-users-spread", facts_of(centre("marketing", deployed=False)), at=("Marketing",))

    assert aim.centre is not None
    assert (aim.centre.id, aim.reach, aim.known) == ("b-marketing", "new_buying_centre", True)


def test_a_department_without_a_centre_is_to_be_mapped() -> None:
    aim = aimed("new-executive", facts_of(), at=("marketing",))

    assert aim.centre is not None
    assert (aim.centre.name, aim.centre.to_be_mapped, aim.reach) == ("marketing", True, "new_buying_centre")


def test_an_executive_of_a_department_that_uses_the_product_is_no_new_centre() -> None:
    aim = aimed("new-executive", facts_of(user(1, "marketing")), at=("marketing",))

    assert aim.centre is not None
    assert (aim.centre.name, aim.centre.to_be_mapped, aim.reach) == ("marketing", False, "existing")


def test_a_department_that_has_just_begun_to_use_the_product_is_a_new_centre() -> None:
    aim = aimed("power-users-spread", facts_of(user(1, "marketing")), at=("marketing",))

    assert aim.centre is not None
    assert (aim.centre.name, aim.centre.to_be_mapped, aim.reach) == ("marketing", True, "new_buying_centre")


def test_fixing_while_expanding_steers_away_from_the_centre_at_risk() -> None:
    facts = facts_of(centre("finance", deployed=True), centre("marketing", deployed=False))
    risk = true("support-backlog-rising", 1, departments=("finance",))

    aim = aimed("new-executive", facts, risk, at=("finance",), quadrant=FIX)

    assert aim.centre is not None
    assert (aim.centre.id, aim.reach) == ("b-marketing", "new_buying_centre")


def test_fixing_while_expanding_asks_for_a_map_where_no_other_centre_is_known() -> None:
    facts = facts_of(centre("finance", deployed=True))
    risk = true("usage-drop", 1)

    aim = aimed("new-executive", facts, risk, at=("finance",), quadrant=FIX)

    assert aim.centre is not None
    assert (aim.centre.id, aim.centre.to_be_mapped) == (None, True)
    assert aim.centre.name == "another buying centre than finance"


def test_stakeholders_are_those_of_the_evidence_then_those_who_can_introduce_us() -> None:
    facts = facts_of(
        sponsor("operations"),
        (
            "contact.added",
            0,
            {
                "contact_id": "c-2",
                "seniority": "c_level",
                "roles": [],
                "department": "finance",
                "discovered_via": "crm",
            },
        ),
        (
            "contact.added",
            0,
            {"contact_id": "c-3", "seniority": "manager", "roles": ["champion"], "discovered_via": "crm"},
        ),
    )
    about = notice("new-executive", facts, evidence(contacts=("c-2",), departments=("finance",)))

    people = stakeholders_of(about, aim_of(about))

    assert [person.contact_id for person in people] == ["c-2", "c-3", "c-1"]


def test_people_who_left_are_no_stakeholders() -> None:
    facts = facts_of(
        sponsor("operations"),
        ("contact.left", 1, {"contact_id": "c-1", "left_on": "2026-01-06", "how": "left_company"}),
    )
    about = notice("seats-near-full", facts, evidence())

    assert stakeholders_of(about, aim_of(about)) == ()


def test_the_centre_that_the_evidence_names_is_aimed_at() -> None:
    facts = facts_of(centre("finance", deployed=True), centre("marketing", deployed=False))

    aim = aim_of(notice("cross-sell-interest", facts, evidence(buying_centre_id="b-marketing")))

    assert aim.centre is not None
    assert (aim.centre.id, aim.reach) == ("b-marketing", "new_buying_centre")


def test_an_acquired_company_is_a_centre_to_be_mapped_until_it_is_on_the_map() -> None:
    bought = evidence(place="Brightwater Ltd")
    charted = facts_of(("buying_centre.changed", 0, {"buying_centre_id": "b-1", "entity": "Brightwater Ltd"}))

    unknown = aim_of(notice("acquisition-made", facts_of(), bought))
    known = aim_of(notice("acquisition-made", charted, bought))

    assert unknown.centre is not None and known.centre is not None
    assert (unknown.centre.name, unknown.centre.to_be_mapped, unknown.reach) == (
        "Brightwater Ltd",
        True,
        "new_buying_centre",
    )
    assert (known.centre.id, known.known, known.reach) == ("b-1", True, "new_buying_centre")


def test_the_owner_of_the_centre_is_named_among_the_stakeholders() -> None:
    facts = facts_of(
        (
            "buying_centre.changed",
            0,
            {"buying_centre_id": "b-1", "department": "it", "owner_contact_id": "c-9"},
        ),
        (
            "contact.added",
            0,
            {"contact_id": "c-9", "seniority": "director", "roles": [], "discovered_via": "crm"},
        ),
    )
    about = notice("buying-centre-uncovered", facts, evidence(buying_centre_id="b-1"))

    assert [person.contact_id for person in stakeholders_of(about, aim_of(about))] == ["c-9"]


def test_fixing_while_expanding_leaves_a_named_centre_that_is_at_risk() -> None:
    facts = facts_of(centre("finance", deployed=True), centre("marketing", deployed=False))
    risk = true("support-backlog-rising", 1, departments=("finance",))

    aim = aim_of(
        notice(
            "buying-centre-uncovered",
            facts,
            evidence(departments=("finance",), buying_centre_id="b-finance"),
            risk,
            quadrant=FIX,
        )
    )

    assert aim.centre is not None
    assert (aim.centre.id, aim.reach) == ("b-marketing", "new_buying_centre")
