"""A state that was folded anew, beside what people had been told before."""

from __future__ import annotations

import pytest

from streams.detection.account import AccountState
from streams.detection.lifecycle import SignalState, SubjectState, ready_to_open
from streams.detection.told import Told, agree

SIGNAL = "usage-drop"


def state(ordinal: int, *, opened: int = 0, revision: int = 0) -> AccountState:
    subjects = {"": SubjectState(standing=5, opened=opened)} if opened else {}
    own = SignalState(ordinal=ordinal, revision=revision, opened=opened, subjects=subjects)
    return AccountState(signals={SIGNAL: own})


def test_what_was_told_as_it_is_changes_nothing() -> None:
    open_one = state(2, opened=7, revision=3)
    closed_one = state(2)

    assert agree(open_one, {SIGNAL: Told(2, 3, open=True)}) == (False, [])
    assert agree(closed_one, {SIGNAL: Told(2, 4, open=False)}) == (False, [])


def test_no_ordinal_is_given_twice() -> None:
    shorter = state(1)

    assert agree(shorter, {SIGNAL: Told(4, 2, open=False)}) == (True, [])

    assert shorter.signals[SIGNAL].ordinal == 4


def test_a_signal_of_before_the_journal_keeps_its_ordinal() -> None:
    unknown = AccountState()

    agree(unknown, {SIGNAL: Told(4)})

    assert unknown.signals[SIGNAL].ordinal == 4


def test_an_alert_that_is_open_in_both_goes_on_under_the_id_that_people_know() -> None:
    shorter = state(1, opened=7, revision=1)

    agree(shorter, {SIGNAL: Told(4, 5, open=True)})

    own = shorter.signals[SIGNAL]
    assert (own.ordinal, own.revision, own.opened) == (4, 5, 7)


@pytest.mark.parametrize("told", [{}, {SIGNAL: Told(1, 2, open=False)}])
def test_an_alert_that_nobody_was_told_of_waits_to_be_said(told: dict[str, Told]) -> None:
    another = state(2, opened=7, revision=1)

    assert agree(another, told) == (True, [])

    own = another.signals[SIGNAL]
    assert own.opened == 0 and own.true and ready_to_open(own) == [""]


def test_an_alert_whose_message_is_deleted_by_now_is_taken_for_told() -> None:
    old = state(2, opened=7, revision=3)

    assert agree(old, {SIGNAL: Told(2)}) == (False, [])


def test_an_alert_that_the_state_does_not_know_is_named() -> None:
    assert agree(state(4), {SIGNAL: Told(4, 1, open=True)}) == (False, [SIGNAL])


def test_twice_is_once() -> None:
    again = state(3, opened=7, revision=1)
    told = {SIGNAL: Told(1, 2, open=False)}
    agree(again, told)
    before = again.signals[SIGNAL].ordinal, again.signals[SIGNAL].opened

    assert agree(again, told) == (False, [])
    assert (again.signals[SIGNAL].ordinal, again.signals[SIGNAL].opened) == before
