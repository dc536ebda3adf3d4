"""What counts as standing still."""

from __future__ import annotations

from faust.types import TP

from streams.worker.movement import Movement

SEVEN, EIGHT = TP("account-journal", 7), TP("account-journal", 8)


def test_a_partition_with_records_waiting_that_does_not_move_is_stuck() -> None:
    movement = Movement()
    for now in (0.0, 30.0, 60.0):
        movement.note({SEVEN: 1_200, EIGHT: 5}, {SEVEN: 41, EIGHT: now}, now)

    assert [(tp, standing.waiting) for tp, standing in movement.stuck(60.0, 60.0)] == [(SEVEN, 1_200)]
    assert movement.waits_s(SEVEN, 60.0) == 60.0
    assert movement.waits_s(EIGHT, 60.0) == 0.0


def test_what_has_nothing_to_do_is_not_stuck() -> None:
    movement = Movement()
    for now in (0.0, 3_600.0):
        movement.note({SEVEN: 0}, {SEVEN: 41}, now)

    assert movement.stuck(60.0, 3_600.0) == []
    assert movement.waits_s(SEVEN, 3_600.0) == 0.0


def test_a_partition_that_went_elsewhere_is_forgotten() -> None:
    movement = Movement()
    movement.note({SEVEN: 3}, {SEVEN: 41}, 0.0)
    movement.note({EIGHT: 3}, {EIGHT: 1}, 70.0)
    movement.note({SEVEN: 3}, {SEVEN: 41}, 80.0)

    assert movement.stuck(60.0, 80.0) == []
