"""Pending, standing, open, closed: one step per reading."""

from __future__ import annotations

from streams.detection.detectors.occurrence import Occurrence
from streams.detection.lifecycle import SignalState, expire, judge, ready_to_open
from streams.detection.reading import Finding, Reading
from streams.detection.rules import Variant
from streams.detection.units import DAY_MS

DAY = DAY_MS


def variant(hold_for: int = 3, clears_for: int = 0, expires: int = 90, cooldown: int = 14) -> Variant:
    detector = Occurrence.model_validate({"of": "contact.left", "within": "90d"})
    return Variant(True, detector, hold_for * DAY, clears_for * DAY, expires * DAY, cooldown * DAY)


def hit(*subjects: str, level: int = 0, clear: bool = False, true: bool = True) -> Reading:
    return Reading(tuple(Finding(true, clear, level, subject) for subject in subjects or ("",)))


def say_opened(state: SignalState, now: int) -> None:
    """What the step after the board does where nothing holds it."""
    for name in ready_to_open(state):
        state.subjects[name].opened = now
    state.opened = now


def test_a_condition_opens_only_after_it_has_held_for_the_whole_time() -> None:
    state, rule = SignalState(), variant(hold_for=3)
    for day in (10, 11, 12):
        judge(state, hit(), rule, day * DAY)
        assert not state.true
    assert state.recheck == 13 * DAY
    judge(state, hit(), rule, 13 * DAY)
    assert state.true and ready_to_open(state) == [""]


def test_a_break_in_the_hold_starts_it_again() -> None:
    state, rule = SignalState(), variant(hold_for=3)
    judge(state, hit(), rule, 10 * DAY)
    judge(state, hit(true=False), rule, 12 * DAY)
    judge(state, hit(), rule, 13 * DAY)
    assert not state.true and state.recheck == 16 * DAY


def test_between_the_two_thresholds_an_open_alert_stays() -> None:
    state, rule = SignalState(), variant(hold_for=0)
    judge(state, hit(), rule, 10 * DAY)
    say_opened(state, 10 * DAY)
    judged = judge(state, hit(true=False), rule, 11 * DAY)
    assert state.true and not judged.resolved


def test_clearing_must_hold_for_its_own_time() -> None:
    state, rule = SignalState(), variant(hold_for=0, clears_for=3)
    judge(state, hit(), rule, 10 * DAY)
    say_opened(state, 10 * DAY)
    assert not judge(state, hit(true=False, clear=True), rule, 20 * DAY).resolved
    assert state.recheck == 23 * DAY
    assert not judge(state, hit(true=False), rule, 22 * DAY).resolved
    assert not judge(state, hit(true=False, clear=True), rule, 23 * DAY).resolved
    assert judge(state, hit(true=False, clear=True), rule, 26 * DAY).resolved == [""]


def test_a_subject_that_is_no_longer_named_is_clear() -> None:
    state, rule = SignalState(), variant(hold_for=0)
    judge(state, hit("a", "b"), rule, 10 * DAY)
    say_opened(state, 10 * DAY)
    assert judge(state, hit("b"), rule, 11 * DAY).resolved == ["a"]
    assert state.true


def test_an_open_alert_expires_by_the_calendar_whatever_its_source_does() -> None:
    state, rule = SignalState(), variant(hold_for=0, expires=90)
    judge(state, hit(), rule, 10 * DAY)
    say_opened(state, 10 * DAY)
    assert state.ends == 100 * DAY and not state.recheck
    assert not expire(state, rule, 99 * DAY).expired
    assert expire(state, rule, 100 * DAY).expired == [""]
    assert not state.true and state.subjects[""].quiet_until == 114 * DAY


def test_in_the_cooldown_nothing_opens_and_after_it_the_hold_begins() -> None:
    state, rule = SignalState(), variant(hold_for=3, cooldown=14)
    judge(state, hit(), rule, 7 * DAY)
    judge(state, hit(), rule, 10 * DAY)
    say_opened(state, 10 * DAY)
    judge(state, hit(true=False, clear=True), rule, 20 * DAY)
    judge(state, hit(), rule, 21 * DAY)
    assert not state.true and state.recheck == 34 * DAY
    judge(state, hit(), rule, 34 * DAY)
    assert state.recheck == 37 * DAY
    judge(state, hit(), rule, 37 * DAY)
    assert state.true


def test_a_verdict_that_was_never_said_leaves_no_cooldown() -> None:
    state, rule = SignalState(), variant(hold_for=0)
    judge(state, hit(), rule, 10 * DAY)
    judge(state, hit(true=False, clear=True), rule, 11 * DAY)
    judge(state, hit(), rule, 12 * DAY)
    assert state.true


def test_what_still_hits_when_it_expires_is_read_again_after_the_cooldown() -> None:
    state, rule = SignalState(), variant(hold_for=0, expires=90, cooldown=14)
    judge(state, hit("a"), rule, DAY)
    say_opened(state, DAY)

    expire(state, rule, 91 * DAY)
    judge(state, hit("a"), rule, state.recheck)

    assert state.recheck == 105 * DAY


def test_what_was_held_until_it_expired_does_not_begin_again_at_once() -> None:
    state, rule = SignalState(), variant(hold_for=0, expires=90, cooldown=14)
    judge(state, hit("a"), rule, DAY)

    expire(state, rule, 91 * DAY)
    judge(state, hit("a"), rule, 92 * DAY)

    assert not state.true


def test_a_level_rises_at_once_and_falls_after_a_week_below() -> None:
    state, rule = SignalState(), variant(hold_for=0)
    judge(state, hit(level=0), rule, 10 * DAY)
    say_opened(state, 10 * DAY)
    assert judge(state, hit(level=1), rule, 11 * DAY).changed and state.strongest == 1
    assert not judge(state, hit(level=0), rule, 12 * DAY).changed and state.recheck == 19 * DAY
    judge(state, hit(level=1), rule, 15 * DAY)
    judge(state, hit(level=0), rule, 16 * DAY)
    assert not judge(state, hit(level=0), rule, 19 * DAY).changed and state.strongest == 1
    assert judge(state, hit(level=0), rule, 23 * DAY).changed and state.strongest == 0


def test_an_unknown_reading_stops_the_hold_and_keeps_what_is_open() -> None:
    state, rule = SignalState(), variant(hold_for=3)
    judge(state, hit(), rule, 10 * DAY)
    judge(state, Reading(unknown="too-young"), rule, 11 * DAY)
    judge(state, hit(), rule, 13 * DAY)
    assert not state.true
    judge(state, hit(), rule, 16 * DAY)
    say_opened(state, 16 * DAY)
    judge(state, Reading(unknown="too-young"), rule, 17 * DAY)
    assert state.true
