"""The map of buying centres: who could buy, who there knows us, what they need."""

from __future__ import annotations

from streams.detection.facts import Facts
from streams.detection.units import day_of
from streams.growth.centres import AccountMap, Centre, map_of
from tests.growth.support import SYSTEM
from tests.support.accounts import contract, facts_of
from tests.support.journal import at, date

Event = tuple[str, float, dict[str, object]]


def centre(name: str, /, **fields: object) -> Event:
    return ("buying_centre.changed", 0.0, {"buying_centre_id": f"b-{name}", "department": name, **fields})


def contact(number: int, **fields: object) -> Event:
    known = {"contact_id": f"c-{number}", "seniority": "manager", "roles": [], "discovered_via": "crm"}
    return ("contact.added", 0.0, {**known, **fields})


def problem(department: str, **fields: object) -> Event:
    known = {"problem_id": f"p-{department}", "department": department, "status": "open"}
    return ("problem.recorded", 3.0, {**known, **fields})


def met(contact_id: str, day: float, **fields: object) -> Event:
    known = {"engagement_id": f"e-{day}", "kind": "meeting", "contact_ids": [contact_id], "held": True}
    return ("engagement.logged", day, {**known, "initiated_by": "vendor", **fields})


def mapped(*events: Event, day: float = 40) -> AccountMap:
    return map_of(facts_of(*events), SYSTEM.packaging, day_of(at(day)))


def only(found: AccountMap) -> Centre:
    [one] = found.centres
    return one


def test_a_centre_has_its_people_its_owner_and_the_way_there() -> None:
    found = only(
        mapped(
            centre("marketing", name="Marketing Europe", owner_contact_id="c-1", path="ask the sponsor"),
            contact(1, department="marketing", seniority="director", roles=["budget_holder"]),
            contact(2, department="Marketing"),
            contact(3, department="finance"),
        )
    )

    assert (found.name, found.path) == ("Marketing Europe", "ask the sponsor")
    assert found.owner is not None and found.owner.id == "c-1"
    assert [person.id for person in found.people] == ["c-1", "c-2"]
    assert found.missing_roles == ("sponsor", "champion")


def test_a_contact_of_another_centre_is_not_taken_in_by_the_department() -> None:
    found = only(mapped(centre("marketing"), contact(1, department="marketing", buying_centre_id="b-else")))

    assert found.people == ()


def test_a_centre_is_covered_for_ninety_days_after_a_meeting() -> None:
    events = (centre("marketing"), contact(1, department="marketing"), met("c-1", 10))

    assert only(mapped(*events, day=99)).covered
    assert not only(mapped(*events, day=100)).covered


def test_a_meeting_that_did_not_take_place_covers_nothing() -> None:
    assert not only(
        mapped(centre("marketing"), contact(1, department="marketing"), met("c-1", 10, held=False))
    ).covered


def test_people_who_left_are_not_on_the_map() -> None:
    gone: Event = ("contact.left", 5.0, {"contact_id": "c-1", "left_on": date(4), "how": "left_company"})

    assert only(mapped(centre("marketing"), contact(1, department="marketing"), gone)).people == ()


def test_a_centres_problem_says_whether_a_use_case_answers_it() -> None:
    found = mapped(
        centre("marketing"),
        problem("marketing", use_case_id="revenue-insight"),
        (
            "problem.recorded",
            3.0,
            {"problem_id": "p-2", "department": "marketing", "use_case_id": "fairs", "status": "open"},
        ),
        ("problem.recorded", 3.0, {"problem_id": "p-3", "department": "marketing", "status": "solved"}),
    )

    assert [(need.use_case, need.fits) for need in only(found).problems] == [
        ("fairs", False),
        ("Revenue insight", True),
    ]


def test_departments_outside_every_centre_are_shown_with_what_is_known() -> None:
    found = mapped(
        centre("finance", deployed=True),
        contact(1, department="operations", roles=["influencer"]),
        problem("legal"),
        ("user.changed", 0.0, {"user_id": "u-1", "kind": "human", "status": "active", "department": "it"}),
    )

    assert [(d.name, d.deployed, d.served) for d in found.departments] == [
        ("it", True, True),
        ("legal", False, False),
        ("operations", False, True),
    ]


def test_key_people_without_a_department_are_not_lost() -> None:
    assert [p.id for p in mapped(contact(1, roles=["champion"]), contact(2)).elsewhere] == ["c-1"]


def test_white_space_is_what_no_contract_and_no_deployment_has() -> None:
    found = mapped(("contract.signed", 0.0, contract("50000")), centre("marketing", deployed=False))

    assert found.white_space == (
        "Atlas Analytics: business, enterprise above the present tier",
        "Atlas Planning is not in use",
        "marketing has no deployment",
    )


def test_an_account_of_which_nothing_is_known_has_an_empty_map() -> None:
    found = map_of(Facts(), SYSTEM.packaging, day_of(at(0)))

    assert (found.centres, found.departments, found.elsewhere) == ((), (), ())
