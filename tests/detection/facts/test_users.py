"""Who the users are, and which of them count, have power or are key."""

from __future__ import annotations

import pytest

from streams.detection.facts import Facts, Touch, key_mask, roster
from streams.detection.facts.touch import RETURNS
from tests.detection.facts.support import D, noon, say


def active(facts: Facts, user: str, *days: int) -> None:
    for day in days:
        say(facts, "session.started", noon(day), user_id=user)


def describe(facts: Facts, user: str, day: int = D, **fields: object) -> int:
    given: dict[str, object] = {"kind": "human", "status": "active", **fields}
    return say(facts, "user.changed", noon(day), user_id=user, **given)


def names(facts: Facts, mask: int | None) -> list[str]:
    assert mask is not None
    return facts.users.names_of(mask)


def test_everybody_counts_until_somebody_is_a_machine_or_ours() -> None:
    facts = Facts()
    active(facts, "ann", D)
    describe(facts, "ben")
    assert facts.users.mask_counted() is None

    describe(facts, "robot", kind="service")
    describe(facts, "consultant", kind="vendor_staff")
    active(facts, "eve", D)

    assert names(facts, facts.users.mask_counted()) == ["ann", "ben", "eve"]


def test_groups_hold_the_users_of_each_value() -> None:
    facts = Facts()
    describe(facts, "ann", department="Sales", product_role="admin")
    describe(facts, "ben", department="Sales", team="North")
    describe(facts, "cem", department="Finance")
    active(facts, "eve", D)

    by_department = {name: names(facts, mask) for name, mask in facts.users.groups("department").items()}

    assert by_department == {"Sales": ["ann", "ben"], "Finance": ["cem"]}
    assert names(facts, facts.users.mask_where(role="admin", department="Sales")) == ["ann"]
    assert names(facts, facts.users.mask_where(status="active")) == ["ann", "ben", "cem"]
    assert facts.users.groups("role") == {"admin": 1}


def test_an_outdated_description_changes_nothing_and_fills_gaps() -> None:
    facts = Facts()
    describe(facts, "ann", D, department="Sales")
    touched = describe(facts, "ann", D - 3, department="Finance", status="deprovisioned")
    describe(facts, "ann", D - 2, team="North")

    slot = facts.users.slot_of("ann")
    assert touched == 0
    assert slot == 0
    assert facts.users.value(0, "department") == "Sales"
    assert facts.users.value(0, "status") == "active"
    assert facts.users.value(0, "team") == "North"


def test_a_department_learned_later_is_dated_and_one_known_from_the_start_is_not() -> None:
    facts = Facts()
    describe(facts, "ann", D - 30, department="Sales")
    active(facts, "ann", D - 29)
    active(facts, "ben", D - 30)
    describe(facts, "ben", D, department="Sales")

    users = facts.users
    assert (users.since(0, "department"), users.since(1, "department")) == (0, D)
    assert users.since(0, "team") is None


def test_power_users_are_active_on_12_of_28_days_with_three_features() -> None:
    facts = Facts()
    active(facts, "ann", *range(D - 11, D + 1))
    active(facts, "ben", *range(D - 11, D + 1))
    active(facts, "cem", *range(D - 10, D + 1))
    for user in ("ann", "cem"):
        for feature in ("report", "export", "share"):
            say(facts, "feature.used", noon(D), user_id=user, feature=feature, outcome="used")

    assert names(facts, facts.users.power_mask(D)) == ["ann"]
    assert names(facts, facts.users.power_mask(D, by_days_alone=True)) == ["ann", "ben"]
    active(facts, "cem", D - 11)
    assert names(facts, facts.users.power_mask(D)) == ["ann", "cem"]


def test_key_users_are_admins_power_users_and_champions_who_are_still_there() -> None:
    facts = Facts()
    describe(facts, "admin", product_role="admin")
    describe(facts, "gone", product_role="admin", status="deprovisioned")
    describe(facts, "champion", contact_id="k-1")
    describe(facts, "other", contact_id="k-2")
    active(facts, "power", *range(D - 11, D + 1))
    active(facts, "linked", D)
    contact = {"seniority": "manager", "discovered_via": "crm"}
    say(facts, "contact.added", noon(D), contact_id="k-1", roles=["champion"], **contact)
    say(facts, "contact.added", noon(D), contact_id="k-2", roles=["sponsor"], **contact)
    say(facts, "contact.added", noon(D), contact_id="k-3", roles=["champion"], user_id="linked", **contact)

    assert names(facts, key_mask(facts, D)) == ["admin", "champion", "power", "linked"]
    say(facts, "contact.left", noon(D), contact_id="k-1", left_on="2026-01-01", how="left_company")
    assert names(facts, key_mask(facts, D)) == ["admin", "power", "linked"]


def test_a_repeated_session_of_the_day_changes_nothing() -> None:
    facts = Facts()
    touches = [say(facts, "session.started", noon(day), user_id="ann") for day in (D, D, D + 1, D - 1, D - 1)]

    assert touches == [Touch.ACTIVITY | Touch.USERS | RETURNS, 0, Touch.ACTIVITY, Touch.ACTIVITY | RETURNS, 0]
    assert facts.first_usage_day == D - 1


def test_who_comes_back_is_marked_by_how_long_they_stayed_away() -> None:
    facts = Facts()
    days = (D, D + 7, D + 15, D + 30, D + 59)
    touches = [say(facts, "session.started", noon(day), user_id="ann") for day in days]

    week, fortnight = Touch.RETURN_7, Touch.RETURN_7 | Touch.RETURN_14
    assert touches[1:] == [Touch.ACTIVITY | away for away in (0, week, fortnight, RETURNS)]


def test_a_use_is_new_after_four_weeks_without() -> None:
    facts = Facts()
    touches = [
        say(facts, "feature.used", noon(day), user_id="ann", feature="report", outcome="used")
        for day in (D, D + 28, D + 57)
    ]

    assert [bool(touch & Touch.NEW_USE) for touch in touches] == [True, False, True]


def test_a_trial_is_no_activity_and_a_use_is() -> None:
    facts = Facts()
    say(facts, "feature.used", noon(D), user_id="ann", feature="forecast", outcome="trial")
    say(facts, "feature.used", noon(D), user_id="ben", feature="forecast", outcome="blocked")
    assert facts.users.grid.user_days(D, D) == 0
    assert facts.users.users_who_tried("forecast", D, D).bit_count() == 2

    touched = say(facts, "feature.used", noon(D), user_id="ann", feature="report", outcome="used")

    assert touched == Touch.ACTIVITY | RETURNS | Touch.FEATURE | Touch.NEW_USE
    assert facts.users.features_used(0, D, D) == 1


def test_beyond_the_cap_the_least_recently_active_users_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roster, "USERS_CAP", 200)
    facts = Facts()
    for number in range(200):
        active(facts, f"user-{number}", D + number // 4)

    active(facts, "newcomer", D + 60)

    assert facts.dropped == {"users": 2}
    assert facts.users.slot_of("user-0") is None
    assert facts.users.slot_of("user-199") is not None
    assert facts.users.grid.daily(D + 60, D + 60) == [1]
    assert facts.users.count == 199


def test_ids_of_any_length_stay_apart_in_bounded_space() -> None:
    facts = Facts()
    active(facts, "x" * 190 + "1", D)
    active(facts, "x" * 190 + "2", D)
    repeated = say(facts, "session.started", noon(D), user_id="x" * 190 + "1")

    assert repeated == 0
    assert facts.users.count == 2
    assert facts.users.slot_of("x" * 190 + "2") == 1
    assert all(len(name) <= 64 for name in facts.users.names)
