"""How long a process rests before it is started again, and when nothing is started any more."""

from __future__ import annotations

import pytest

from streams.worker.supervisor_restarts import REFUSALS, Restarts

KILLED = -9
FAIL_STOP = 70


def test_the_pause_doubles_with_every_failure_in_a_row_up_to_half_a_minute() -> None:
    restarts = Restarts()

    pauses = [restarts.ended(FAIL_STOP, None) for _ in range(9)]

    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_after_a_healthy_minute_the_pause_is_short_again() -> None:
    restarts = Restarts()
    for _ in range(5):
        restarts.ended(KILLED, 10.0)

    assert restarts.ended(KILLED, 59.0) == 16
    assert restarts.ended(KILLED, 60.0) == 0.5


@pytest.mark.parametrize("code", [1, 2, 3])
def test_a_process_that_always_refuses_to_start_is_given_up(code: int) -> None:
    restarts = Restarts()
    hopeless = []
    for _ in range(REFUSALS):
        restarts.ended(code, None)
        hopeless.append(restarts.is_hopeless(code, one_is_ready=False, one_was_ready=False))

    assert hopeless == [False] * (REFUSALS - 1) + [True]


@pytest.mark.parametrize("code", [KILLED, FAIL_STOP])
def test_a_process_that_was_ended_or_stopped_itself_is_never_given_up(code: int) -> None:
    restarts = Restarts()
    for _ in range(100):
        restarts.ended(code, None)

    assert not restarts.is_hopeless(code, one_is_ready=False, one_was_ready=False)


def test_nothing_is_given_up_while_another_process_works() -> None:
    restarts = Restarts()
    for _ in range(100):
        restarts.ended(1, None)

    assert not restarts.is_hopeless(1, one_is_ready=True, one_was_ready=True)


def test_a_broker_that_answered_once_is_waited_for() -> None:
    restarts = Restarts()
    for _ in range(100):
        restarts.ended(3, None)

    assert not restarts.is_hopeless(3, one_is_ready=False, one_was_ready=True)
    assert restarts.is_hopeless(1, one_is_ready=False, one_was_ready=True)


def test_a_start_that_went_well_ends_the_row_of_refusals() -> None:
    restarts = Restarts()
    for _ in range(REFUSALS - 1):
        restarts.ended(1, None)
    restarts.ended(KILLED, 5.0)
    restarts.ended(1, None)

    assert not restarts.is_hopeless(1, one_is_ready=False, one_was_ready=False)
