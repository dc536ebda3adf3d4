"""Verdicts over what happened, is due or is known, recomputed from what an alert shows."""

from __future__ import annotations

from math import isclose

from streams.detection.detectors.ageing import Ageing
from streams.detection.detectors.behind import Behind
from streams.detection.detectors.coverage import Coverage
from streams.detection.detectors.occurrence import Condition, Occurrence, Range
from streams.detection.detectors.overdue import Overdue
from streams.detection.detectors.pulse import Pulse
from streams.detection.detectors.reengagement import Reengagement
from streams.detection.detectors.strikes import Strikes
from streams.detection.detectors.uncovered import Uncovered
from streams.detection.detectors.unexpanded import Unexpanded
from streams.detection.detectors.unmapped import Unmapped
from streams.detection.detectors.weak_intent import WeakIntent
from streams.detection.facts.people import KEY_ROLES
from streams.detection.units import HOUR_MS
from tests.laws.shown import Judged, Shown

COVERED_DAYS = 90
WEAK = {"undecided": 0.0, "negative": 1.0}


def occurrence(detector: Occurrence, shown: Shown) -> Judged:
    happened = sum(shown.series.values())
    assert happened >= shown.observed if detector.distinct else happened == shown.observed
    assert len(shown.event_ids) <= min(20, happened)
    assert min(shown.series) >= shown.window[1] - detector.within - (shown.decided - shown.opened)
    meets = all(_holds(condition, shown.detail(name)) for name, condition in detector.where.items())
    alone = bool(detector.alone) and bool(shown.detail("alone"))
    measure = shown.observed
    if detector.raised_when:
        measure = shown.number("raised")
    elif detector.level_of is not None:
        measure = shown.number(detector.level_of)
    return Judged(meets and (shown.observed >= detector.count or alone), measure)


def _holds(condition: Condition, value: object) -> bool:
    """Lists are told as one text."""
    if isinstance(condition, Range):
        return isinstance(value, (int, float)) and condition.holds(value)
    if isinstance(condition, bool):
        return value is condition
    return not set(condition).isdisjoint(str(value).split(", "))


def overdue(detector: Overdue, shown: Shown) -> Judged:
    days = shown.decided - shown.day("due_on")
    assert days == shown.observed and abs(days) == shown.number("days")
    late = days > detector.late_by if detector.ahead is None else days >= -detector.ahead
    if detector.level_by == "days_left":
        left = shown.detail("days_left")
        return Judged(late, float(left) if isinstance(left, int) else None, True)
    measure = days / detector.late_by if detector.level_by == "share" else days
    return Judged(late or bool(shown.detail("set_to_late")), measure)


def ageing(detector: Ageing, shown: Shown) -> Judged:
    old = shown.observed * HOUR_MS >= detector.longer_than
    if detector.of == "integrations":
        return Judged(old and shown.text("status") in detector.statuses)
    severe = shown.number("severity") <= detector.severity
    return Judged((severe and old) or shown.number("reopened") >= detector.reopened)


def behind(detector: Behind, shown: Shown) -> Judged:
    first, due, measured = shown.window[0], shown.day("due_on"), shown.day("measured_on")
    passed = min(1.0, (measured - first) / (due - first))
    start, target = shown.number("start"), shown.number("target")
    share = 1 - (shown.number("value") - start) / ((target - start) * passed)
    assert isclose(share, shown.observed, abs_tol=1e-6)
    recent = measured > shown.decided - detector.measured_within
    return Judged(share > detector.by and passed > detector.after and recent)


def coverage(detector: Coverage, shown: Shown) -> Judged:
    covered, members = shown.number("covered"), shown.number("members")
    assert members - shown.number("dormant") == covered == shown.observed
    if detector.fewer_than is not None:
        short = covered < detector.fewer_than
    else:
        assert detector.dormant_share is not None
        short = members >= detector.least and members - covered >= detector.dormant_share * members
    if detector.before_renewal is not None:
        left = shown.days_to_renewal
        short = short and left is not None and left <= detector.before_renewal
    return Judged(short and shown.number("delivered") >= detector.proven_by)


def pulse(detector: Pulse, shown: Shown) -> Judged:
    score, before = shown.number("score"), shown.detail("before")
    fell = isinstance(before, int) and before - score >= detector.fall
    roles = set(shown.names("roles"))
    enough = not KEY_ROLES.isdisjoint(roles) or shown.number("bad") >= detector.others
    weight = float(not roles.isdisjoint(detector.decisive_roles))
    return Judged((score <= detector.low or fell) and enough, weight)


def reengagement(detector: Reengagement, shown: Shown) -> Judged:
    left = shown.days_to_renewal
    returned = shown.day("recorded_on")
    earlier = [day for day in shown.series if day < returned]
    assert not earlier or returned - max(earlier) == shown.observed
    return Judged(shown.observed >= detector.dormant and (left is None or left > detector.to_renewal))


def strikes(detector: Strikes, shown: Shown) -> Judged:
    families = set(shown.names("families"))
    assert len(families) == shown.observed <= len(shown.names("signals"))
    return Judged(len(families) >= detector.families)


def uncovered(detector: Uncovered, shown: Shown) -> Judged:
    last = shown.text("engaged_on")
    long_ago = last == "never" or shown.decided - shown.day("engaged_on") >= COVERED_DAYS
    return Judged(long_ago and shown.number("problems") > 0)


def unexpanded(detector: Unexpanded, shown: Shown) -> Judged:
    since = shown.decided - shown.day("bought_on")
    assert since == shown.observed
    calm = shown.number("calm_days") >= detector.calm
    return Judged(calm and since >= detector.since_expansion and bool(shown.text("white_space")))


def unmapped(detector: Unmapped, shown: Shown) -> Judged:
    old = shown.decided - shown.day("since") >= detector.after
    return Judged(old and shown.observed == 0)


def weak_intent(detector: WeakIntent, shown: Shown) -> Judged:
    intent, left = shown.text("intent"), shown.number("days_left")
    assert left == shown.observed
    if intent == "unknown":
        return Judged(left <= detector.unknown_from, 0.0)
    return Judged(intent in WEAK and left <= detector.within, WEAK.get(intent))
