"""The rival finds what it is there to find: a rival that does nothing would be no rival."""

from __future__ import annotations

from bench.stock_faust import has_dropped, no_activity, note


def after(days: int, users: int, then: int, then_users: int) -> bool:
    activity = no_activity()
    for day in range(1, days + then + 1):
        for user in range(users if day <= days else then_users):
            note(activity, f"u{user}", day)
            note(activity, f"u{user}", day)
    return has_dropped(activity)


def test_half_the_users_gone_for_two_weeks_is_a_drop() -> None:
    assert after(60, 10, 15, 5)


def test_the_same_users_as_ever_are_no_drop() -> None:
    assert not after(60, 10, 15, 10)


def test_too_little_history_says_nothing() -> None:
    assert not after(30, 10, 15, 5)


def test_days_without_anybody_count_as_empty() -> None:
    activity = no_activity()
    for day in range(1, 61):
        note(activity, "u1", day)
    note(activity, "u1", 76)
    assert has_dropped(activity)
    assert len(activity["counts"]) == 70
