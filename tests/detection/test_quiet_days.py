"""Holidays: days on which little use means nothing, by the country of the account."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.assembly import load_packaging, load_system
from streams.detection.detectors.working import working_levels
from streams.detection.quiet import QuietDays, between, reach_back, reach_on
from streams.detection.system import System
from streams.detection.units import day_from_date
from tests.support.accounts import facts_of
from tests.support.journal import MONDAY, Journal, at, fold_all, sessions, told, working_day

CHRISTMAS = (date(2026, 12, 21) - MONDAY.date()).days
"""The timeline's day of Monday, 21 December 2026."""
FALLS = ("usage-drop", "key-user-login-drop", "usage-silence")


@pytest.fixture(scope="module")
def system() -> System:
    return load_system()


def account(*, country: str | None, users: int, away: range, left: float = 0.0, until: int) -> Journal:
    """Everybody on every working day from twelve weeks before Christmas on, and hardly anybody on the days `away`."""
    journal = Journal()
    fields = {"country": country} if country else {}
    start = CHRISTMAS - 84
    journal.event("acme", "account.changed", at(start), lifecycle="live", **fields)
    for day in journal.days(start, until):
        if working_day(day):
            sessions(journal, "acme", day, round(users * left) if day in away else users)
    return journal


def falls(system: System, journal: Journal) -> list[str]:
    messages, _ = fold_all(system, journal.records)
    alerts = told(messages, "retention-alerts")
    return [f"{a['signal']['id']} {a['status']}" for a in alerts if a["signal"]["id"] in FALLS]


@pytest.mark.parametrize("users", [4, 10, 50])
@pytest.mark.parametrize("left", [0.0, 0.2])
def test_two_holiday_weeks_are_no_fall_where_the_country_has_them(
    system: System, users: int, left: float
) -> None:
    away = range(CHRISTMAS, CHRISTMAS + 14)

    assert falls(system, account(country="DE", users=users, away=away, left=left, until=CHRISTMAS + 45)) == []


def test_the_same_two_weeks_are_a_fall_where_nobody_is_on_holiday(system: System) -> None:
    away = range(CHRISTMAS, CHRISTMAS + 14)

    assert "usage-drop opened" in falls(
        system, account(country="CN", users=50, away=away, until=CHRISTMAS + 30)
    )


def test_who_does_not_come_back_after_the_holidays_is_missed(system: System) -> None:
    away = range(CHRISTMAS, CHRISTMAS + 60)
    journal = account(country="DE", users=50, away=away, left=0.2, until=CHRISTMAS + 45)

    assert "usage-drop opened" in falls(system, journal)


def test_a_fall_before_the_holidays_is_still_found_after_them(system: System) -> None:
    away = range(CHRISTMAS - 12, CHRISTMAS + 60)
    journal = account(country="DE", users=50, away=away, left=0.3, until=CHRISTMAS + 40)

    assert "usage-drop opened" in falls(system, journal)


def test_too_little_left_of_a_window_is_shown_as_a_hold(system: System) -> None:
    away = range(CHRISTMAS, CHRISTMAS + 14)
    journal = account(country="DE", users=50, away=away, until=CHRISTMAS + 13)

    messages, _ = fold_all(system, journal.records)

    holds = told(messages, "account-quadrants")[-1]["holds"]
    assert ("usage-drop", "quiet-days") in [(hold["signal"], hold["reason"]) for hold in holds]


def test_the_bundled_days_hold_the_holidays_that_everybody_knows() -> None:
    quiet = load_packaging().quiet_days
    germany = quiet.of(facts_of(("account.changed", 0.0, {"country": "DE"})))
    states = quiet.of(facts_of(("account.changed", 0.0, {"country": "US"})))

    assert day_from_date(date(2027, 10, 3)) in germany
    assert day_from_date(date(2026, 11, 26)) in states
    assert day_from_date(date(2025, 12, 25)) in germany and day_from_date(date(2025, 12, 25)) in states


def test_without_a_country_the_region_of_most_users_counts() -> None:
    quiet = QuietDays(regions={"DE": {2026: "10-03"}, "*": {2026: "12-24..12-26"}})
    human: dict[str, object] = {"kind": "human", "status": "active"}
    users = [
        ("user.changed", 0.0, {"user_id": "a", "region": "DE-BY", **human}),
        ("user.changed", 0.0, {"user_id": "b", "region": "DE-BY", **human}),
        ("user.changed", 0.0, {"user_id": "c", "region": "FR", **human}),
    ]

    assert quiet.of(facts_of(*users)) == (day_from_date(date(2026, 10, 3)),)
    assert len(quiet.of(facts_of())) == 3


@pytest.mark.parametrize("text", ["24-12", "12-26..12-24", "02-30", "christmas"])
def test_a_day_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="DE 2026"):
        QuietDays(regions={"DE": {2026: text}})


DAYS = st.sets(st.integers(min_value=-40, max_value=40), max_size=30).map(lambda days: tuple(sorted(days)))


@given(quiet=DAYS, last=st.integers(-20, 20), days=st.integers(1, 30))
def test_a_window_that_reaches_back_has_as_many_days_as_were_asked_for(
    quiet: tuple[int, ...], last: int, days: int
) -> None:
    first = reach_back(quiet, last, days)
    assert last - first + 1 - len(between(quiet, first, last)) == days
    end = reach_on(quiet, last, days)
    assert end - last - len(between(quiet, last + 1, end)) == days


@given(
    daily=st.lists(st.integers(0, 9), min_size=49, max_size=60),
    quiet=st.sets(st.integers(0, 59), max_size=20),
)
def test_moving_the_windows_on_gives_what_counting_anew_gives(daily: list[int], quiet: set[int]) -> None:
    moved = list(working_levels(daily, frozenset(quiet), 28, 14))
    for start, level in enumerate(moved):
        part = daily[start : start + 42]
        shifted = frozenset(day - start for day in quiet if 0 <= day - start < 42)
        assert level == pytest.approx(next(working_levels(part, shifted, 28, 14)))
    assert len(moved) == len(daily) - 41


def test_the_generated_file_covers_this_year_and_the_next_two() -> None:
    years = {year for country in load_packaging().quiet_days.regions.values() for year in country}
    assert years >= {MONDAY.year, MONDAY.year + 1, (MONDAY + timedelta(days=730)).year}
