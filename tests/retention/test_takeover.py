"""People stop coming because a program does their work: held, visibly, and not for ever."""

from __future__ import annotations

from typing import Any

import pytest

from streams.assembly import load_system
from streams.detection.system import System
from tests.support.journal import Journal, at, fold_all, sessions, told, working_day


@pytest.fixture(scope="module")
def system() -> System:
    return load_system()


def account(*, users: int, calls: int, until: int, back: int = 1_000, key_users: bool = False) -> Journal:
    """Twenty users and 2,000 calls a day; from day 84 on `users` and `calls`, from day `back` 2,000 calls again."""
    journal = Journal()
    journal.event("acme", "account.changed", at(0), lifecycle="live", segment="mid_market")
    for number in range(20 if key_users else 0):
        role = {"product_role": "admin", "kind": "human", "status": "active"}
        journal.event("acme", "user.changed", at(0), user_id=f"u{number}", **role)
    for day in journal.days(0, until):
        if working_day(day):
            sessions(journal, "acme", day, 20 if day < 84 else users)
        changed = 84 <= day < back
        journal.event("acme", "api.called", at(day, 12), count=calls if changed else 2_000)
    return journal


def alerts(system: System, journal: Journal, *signals: str) -> tuple[list[str], list[dict[str, Any]]]:
    """Which of the signals opened, and what was shown as held because the API took over."""
    messages, _ = fold_all(system, journal.records)
    said = [
        f"{alert['signal']['id']} {alert['status']}"
        for alert in told(messages, "retention-alerts")
        if alert["signal"]["id"] in signals
    ]
    shown = told(messages, "account-quadrants")[-1]["holds"]
    return said, [hold for hold in shown if hold["reason"] == "api-takeover"]


def test_logins_fall_to_a_fifth_while_calls_rise_fivefold(system: System) -> None:
    said, held = alerts(system, account(users=4, calls=10_000, until=130), "usage-drop")

    assert said == []
    assert ("usage-drop", "retention") in [(hold["signal"], hold["motion"]) for hold in held]


def test_a_fall_of_the_key_users_is_explained_the_same_way(system: System) -> None:
    journal = account(users=4, calls=10_000, until=120, key_users=True)

    said, held = alerts(system, journal, "usage-drop", "key-user-login-drop")

    assert said == []
    assert {hold["signal"] for hold in held} == {"usage-drop", "key-user-login-drop"}


def test_an_account_without_any_people_left_is_held_at_five_times_the_calls(system: System) -> None:
    said, held = alerts(system, account(users=0, calls=10_000, until=120), "usage-silence", "usage-drop")

    assert said == []
    assert {hold["signal"] for hold in held} >= {"usage-silence", "usage-drop"}


def test_twice_the_calls_do_not_explain_four_fifths_of_the_people(system: System) -> None:
    said, held = alerts(system, account(users=4, calls=4_000, until=120), "usage-drop")

    assert said[0] == "usage-drop opened"
    assert held == []


def test_people_who_left_are_told_when_the_calls_go_back(system: System) -> None:
    said, held = alerts(system, account(users=4, calls=10_000, until=150, back=120), "usage-drop")

    assert said == ["usage-drop opened"]
    assert held == []


def test_after_ninety_days_a_takeover_explains_nothing_any_more(system: System) -> None:
    before, held = alerts(system, account(users=4, calls=10_000, until=175), "usage-drop")
    after, _ = alerts(system, account(users=4, calls=10_000, until=190), "usage-drop")

    assert before == [] and held
    assert after[0] == "usage-drop opened"
