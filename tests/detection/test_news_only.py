"""A signal that opens on news only: what has always been so is a state."""

from __future__ import annotations

from streams.detection.detectors.adoption import Adoption
from streams.detection.lifecycle import SignalState, expire, judge
from streams.detection.reading import Finding, Reading
from streams.detection.rules import Variant
from streams.detection.units import DAY_MS, day_start

HIT = Reading((Finding(hit=True, clear=False),))
BETWEEN = Reading((Finding(hit=False, clear=False),))
CLEAR = Reading((Finding(hit=False, clear=True),))
VARIANT = Variant(
    enabled=True,
    detector=Adoption(of="core_features", share=0.6, clears_at=0.5),
    hold_for=2 * DAY_MS,
    clears_for=0,
    expires=10 * DAY_MS,
    cooldown=0,
    newly=True,
)


def after(*readings: Reading, state: SignalState | None = None, first: int = 100) -> SignalState:
    """The state after one reading a day."""
    state = state or SignalState()
    for day, reading in enumerate(readings, start=first):
        judge(state, reading, VARIANT, day_start(day))
    return state


def test_what_has_always_been_so_does_not_open() -> None:
    assert not after(*[HIT] * 10).true


def test_what_was_clear_before_opens_after_its_hold() -> None:
    assert not after(CLEAR, HIT, HIT).true
    assert after(CLEAR, HIT, HIT, HIT).true


def test_not_quite_so_is_not_clear() -> None:
    assert not after(BETWEEN, *[HIT] * 10).true


def test_clear_is_remembered_until_it_is_so() -> None:
    assert after(CLEAR, BETWEEN, BETWEEN, HIT, BETWEEN, HIT, HIT, HIT).true


def test_it_does_not_open_a_second_time_while_it_stays_so() -> None:
    state = after(CLEAR, HIT, HIT, HIT)
    expire(state, VARIANT, day_start(120))
    assert not state.true

    assert not after(*[HIT] * 5, state=state, first=121).true
    assert after(CLEAR, HIT, HIT, HIT, state=state, first=130).true


def test_a_signal_of_states_opens_on_what_has_always_been_so() -> None:
    state = SignalState()
    usual = Variant(True, VARIANT.detector, 0, 0, 10 * DAY_MS, 0)
    judge(state, HIT, usual, day_start(100))
    assert state.true
