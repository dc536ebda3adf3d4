"""Four quadrants from two axes, and the patience between them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.board import AccountQuadrant, HoldReason, QuadrantChange
from streams.board import PointsBoard
from streams.detection.rules import Rule
from streams.detection.system import AccountView, BoardState, HeldSignal, Hold, Verdict, Where
from tests.board.support import IDLE, SEATS, SPREAD, TICKETS, TIER, USAGE, D, true

BOARD = PointsBoard()
ACME = AccountView("acme", "Acme Ltd", "smb")
WHERE = Where(partition=3, offset=77)


def place(*verdicts: Verdict, state: BoardState | None = None, now: int = 100 * D) -> BoardState:
    return BOARD.place(state or BoardState(), verdicts, now).state


@pytest.mark.parametrize(
    ("verdicts", "quadrant"),
    [
        ((), "protect_and_maintain"),
        ((true(USAGE),), "protect_and_maintain"),
        ((true(USAGE, 1),), "save_the_customer"),
        ((true(SEATS),), "protect_and_maintain"),
        ((true(SPREAD),), "protect_and_maintain"),
        ((true(SEATS), true(TIER)), "expansion_target"),
        ((true(SEATS), true(IDLE)), "protect_and_maintain"),
        ((true(USAGE, 1), true(SEATS), true(SPREAD)), "fix_while_expanding"),
    ],
)
def test_verdicts_place_an_account(verdicts: tuple[Verdict, ...], quadrant: str) -> None:
    assert place(*verdicts).quadrant == quadrant


def test_the_first_placing_comes_from_nowhere() -> None:
    assert BOARD.place(BoardState(), (), 5 * D).moved_from == ""


def test_an_account_stays_three_days_and_then_moves_by_time_alone() -> None:
    start = place(now=100 * D)

    waiting = BOARD.place(start, (true(USAGE, 1),), 101 * D)
    moved = BOARD.place(waiting.state, (true(USAGE, 1),), 103 * D)

    assert (waiting.moved_from, waiting.recheck_at) == (None, 103 * D)
    assert (moved.moved_from, moved.state.quadrant) == ("protect_and_maintain", "save_the_customer")


def test_risk_is_low_again_after_seven_calm_days() -> None:
    high = place(true(USAGE, 1), now=100 * D)

    calming = BOARD.place(high, (true(TICKETS),), 110 * D)
    still = BOARD.place(calming.state, (true(TICKETS),), 117 * D - 1)
    low = BOARD.place(calming.state, (true(TICKETS),), 117 * D)

    assert (calming.moved_from, calming.recheck_at) == (None, 117 * D)
    assert still.moved_from is None
    assert low.state.quadrant == "protect_and_maintain"


def test_half_of_the_points_keeps_an_axis_high() -> None:
    high = place(true(USAGE, 1), now=100 * D)

    kept = BOARD.place(high, (true(USAGE), true(TICKETS)), 110 * D)

    assert kept.state.risk_high
    assert kept.recheck_at is None


def test_a_relapse_ends_the_calm() -> None:
    high = place(true(USAGE, 1), now=100 * D)
    calming = place(state=high, now=110 * D)

    relapsed = place(true(USAGE, 1), state=calming, now=114 * D)
    again = BOARD.place(relapsed, (), 118 * D)

    assert again.state.risk_high
    assert again.recheck_at == 125 * D


def test_held_verdicts_count_so_that_a_growing_account_leaves_save_the_customer() -> None:
    saved = place(true(USAGE, 1), now=100 * D)

    fixed = place(true(USAGE, 1), true(SEATS), true(SPREAD), state=saved, now=110 * D)

    assert fixed.quadrant == "fix_while_expanding"


def test_a_change_says_both_axes_and_never_one_number() -> None:
    placed = BOARD.place(BoardState(), (true(USAGE, 1), true(SEATS), true(TIER)), 100 * D)

    sent = BOARD.change(ACME, placed, (true(USAGE, 1), true(SEATS), true(TIER)), 100 * D, WHERE)
    change = QuadrantChange.model_validate_json(sent.value)

    assert (sent.topic, sent.key) == ("quadrant-changes", b"acme")
    assert (change.from_quadrant, change.to_quadrant) == (None, "fix_while_expanding")
    assert (change.risk.level, change.risk.points, change.risk.signals) == ("high", 3, ("usage-drop",))
    assert change.growth.signals == ("seats-near-full", "tier-limit-sustained")
    assert (change.journal.partition, change.journal.offset) == (3, 77)


def test_a_change_of_an_account_that_stayed_is_an_error() -> None:
    state = place(now=100 * D)

    with pytest.raises(ValueError, match="did not move"):
        BOARD.change(ACME, BOARD.place(state, (), 101 * D), (), 101 * D, WHERE)


def test_the_shown_place_names_every_hold_and_its_reason() -> None:
    state = place(true(USAGE, 1), true(SEATS), now=100 * D)
    held = (HeldSignal(SEATS, Hold("save-the-customer"), 99 * D),)

    sent = BOARD.shown(
        ACME,
        state,
        (true(USAGE, 1), true(SEATS)),
        held,
        {"seats-near-full": 2, "usage-drop": 0},
        101 * D,
        WHERE,
    )
    shown = AccountQuadrant.model_validate_json(sent.value)

    assert sent.topic == "account-quadrants"
    assert (shown.account.id, shown.account.name, shown.account.segment) == ("acme", "Acme Ltd", "smb")
    assert [(hold.signal, hold.motion, hold.reason) for hold in shown.holds] == [
        ("seats-near-full", "growth", "save-the-customer")
    ]
    assert shown.ordinals == {"seats-near-full": 2}


def test_a_hold_for_a_reason_that_the_contract_does_not_know_is_an_error() -> None:
    held = (HeldSignal(SEATS, Hold("because"), 99 * D),)

    with pytest.raises(ValueError, match="'because' is not a valid HoldReason"):
        BOARD.shown(ACME, place(), (), held, {}, 101 * D, WHERE)


@given(
    account=st.builds(
        AccountView,
        id=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=9).filter(str.strip),
        name=st.none() | st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
        segment=st.sampled_from([None, "", "smb", "mid_market", "enterprise"]),
    ),
    levels=st.lists(st.integers(0, 1), max_size=2),
    held=st.lists(
        st.tuples(
            st.sampled_from([SEATS, USAGE]),
            st.builds(Hold, st.sampled_from([*HoldReason]), st.none() | st.just("crm-changes/a b")),
            st.integers(0, 40_000 * D),
        ),
        max_size=3,
    ),
    ordinals=st.dictionaries(st.sampled_from(["usage-drop", "seats-near-full", "a"]), st.integers(0, 3)),
    now=st.integers(0, 40_000 * D),
)
def test_the_shown_place_is_byte_for_byte_what_its_contract_would_write(
    account: AccountView,
    levels: list[int],
    held: list[tuple[Rule, Hold, int]],
    ordinals: dict[str, int],
    now: int,
) -> None:
    verdicts = tuple(true(rule, level) for rule, level in zip((USAGE, SEATS), levels, strict=False))
    signals = tuple(HeldSignal(*each) for each in held)

    sent = BOARD.shown(account, place(*verdicts, now=now), verdicts, signals, ordinals, now, WHERE)

    assert sent.value == AccountQuadrant.model_validate_json(sent.value).model_dump_json().encode()


CHANGES = st.lists(
    st.tuples(
        st.integers(min_value=0, max_value=12 * 24),
        st.lists(
            st.sampled_from(
                [true(USAGE), true(USAGE, 1), true(TICKETS), true(SEATS), true(TIER), true(SPREAD)]
            ),
            max_size=5,
            unique_by=lambda verdict: verdict.rule.id,
        ),
    ),
    max_size=12,
)
"""Hours until the verdicts change, and what they are then."""


@settings(deadline=None)
@given(CHANGES)
def test_two_moves_are_never_less_than_three_days_apart(changes: list[tuple[int, list[Verdict]]]) -> None:
    state, now, moves = BoardState(), 1_000 * D, []
    for hours, verdicts in changes:
        for _ in range(hours + 1):
            placed = BOARD.place(state, tuple(verdicts), now)
            state = placed.state
            if placed.moved_from is not None:
                moves.append(now)
            now += D // 24

    assert all(later - earlier >= 3 * D for earlier, later in pairwise(moves))


@settings(deadline=None)
@given(CHANGES, st.integers(min_value=1, max_value=60))
def test_nothing_changes_before_the_recheck_and_asking_twice_changes_nothing(
    changes: list[tuple[int, list[Verdict]]], early: int
) -> None:
    state, now = BoardState(), 1_000 * D
    for hours, verdicts in changes:
        placed = BOARD.place(state, tuple(verdicts), now)
        again = BOARD.place(placed.state, tuple(verdicts), now)
        assert (again.state, again.moved_from, again.recheck_at) == (placed.state, None, placed.recheck_at)

        recheck = placed.recheck_at
        assert recheck is None or recheck > now
        later = now + early * D if recheck is None else now + (recheck - now - 1) * early // 60
        assert BOARD.place(placed.state, tuple(verdicts), later).state == placed.state
        state, now = placed.state, now + hours * D // 24


@settings(deadline=None)
@given(CHANGES)
def test_looking_more_often_gives_the_same_moves(changes: list[tuple[int, list[Verdict]]]) -> None:
    """Only at changes and rechecks, or every hour as well: the same history."""

    def moves(step: int | None) -> list[tuple[int, str]]:
        state, now, found = BoardState(), 1_000 * D, []
        for hours, verdicts in changes:
            end = now + hours * D // 24
            while True:
                placed = BOARD.place(state, tuple(verdicts), now)
                state = placed.state
                if placed.moved_from is not None:
                    found.append((now, state.quadrant))
                dues = [due for due in (placed.recheck_at, now + step if step else None) if due]
                if not dues or min(dues) >= end:
                    break
                now = min(dues)
            now = end
        return found

    assert moves(None) == moves(D // 24)
