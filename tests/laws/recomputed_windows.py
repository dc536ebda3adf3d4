"""Verdicts over windows and levels, recomputed from what an alert shows: the arithmetic of SIGNALS by hand."""

from __future__ import annotations

from math import isclose, sqrt
from statistics import median

from streams.detection.detectors.adoption import Adoption
from streams.detection.detectors.backlog import Backlog
from streams.detection.detectors.breadth import Breadth
from streams.detection.detectors.burst import Burst
from streams.detection.detectors.ceiling import Ceiling
from streams.detection.detectors.decline import Decline
from streams.detection.detectors.drop import Drop
from streams.detection.detectors.silence import Silence
from streams.detection.detectors.spread import Spread
from streams.detection.detectors.surge import Surge
from tests.laws.shown import Judged, Shown


def drop(detector: Drop, shown: Shown) -> Judged:
    if shown.unit == "active days":  # one of few people
        assert detector.few is not None
        before = shown.sum(*shown.baseline_window)
        return Judged(shown.within() == 0 and before >= detector.few.after_active_days)
    level, window = shown.baseline, shown.number("days")
    chance = detector.chance if window == detector.window else detector.young.chance
    noise = shown.number("noise")
    bound = min(detector.at_most, 1 - 3 * sqrt(noise**2 + chance / level))
    if not shown.detail("quiet_days"):
        assert shown.within() == shown.observed
        if shown.body["revision"] == 1 and not detector.few:
            since = shown.opened - shown.decided  # a baseline is that of the first hit, `for` before
            first, last = shown.baseline_window
            share = (last - first + 1) / window
            assert any(
                isclose(shown.sum(first + back, last + back) / share, level, rel_tol=0.1)
                for back in range(since - 7, 1)
            )
    assert isclose(bound * level, shown.threshold)
    return Judged(
        level > detector.least_level and shown.observed <= bound * level, shown.observed / level, True
    )


def silence(detector: Silence, shown: Shown) -> Judged:
    nobody = shown.within() == 0 and shown.observed < detector.back
    long_enough = shown.days - shown.number("quiet_days") >= shown.number("needed_days")
    users = int(shown.number("users"))
    habit = users >= detector.users
    if detector.of == "core_features":  # the sum of the days from each last use to the newest
        together = max(shown.number("apart"), 1e-9)
        chance = (1 + users * shown.number("needed_days") / together) ** (1 - users)
        habit = habit and chance <= detector.luck / max(1, users - 2)
    elif detector.of == "account":
        assert shown.sum(*shown.baseline_window) == shown.baseline
        habit = habit and shown.baseline >= detector.user_days
    else:
        habit = habit and shown.baseline >= detector.user_days
    return Judged(nobody and long_enough and habit)


def surge(detector: Surge, shown: Shown) -> Judged:
    weeks = [float(week) for week in shown.names("weeks")]
    assert weeks[-1] == shown.observed
    if detector.of == "api_calls":
        assert shown.within() == shown.observed
    assert min(weeks[:-1]) <= shown.baseline <= max(weeks[:-1])
    if len({*weeks[:-2]}) == 1:
        assert shown.baseline == median(weeks[:-1])
    times = (detector.times, detector.volatile_times or detector.times)
    lines = [max(each * shown.baseline, shown.baseline + detector.more, detector.least) for each in times]
    assert shown.threshold in lines
    return Judged(shown.observed >= shown.threshold, shown.observed / shown.baseline)


def backlog(detector: Backlog, shown: Shown) -> Judged:
    first, last = shown.baseline_window
    usual = shown.baseline
    if shown.body["revision"] == 1:
        known = shown.sum(first, last) * detector.window / (last - first + 1)
        assert isclose(usual, max(1.0, known))
    opened = shown.within()
    assert opened == shown.observed
    rises = opened > detector.times * usual and (opened - usual) / sqrt(2 * usual) >= detector.z
    return Judged(rises and shown.number("ageing") >= detector.open_count, opened / usual)


def breadth(detector: Breadth, shown: Shown) -> Judged:
    more = shown.observed - shown.baseline
    assert len(shown.names("names")) >= min(5, more)
    return Judged(more >= detector.more, more)


def burst(detector: Burst, shown: Shown) -> Judged:
    count, first_last = shown.within(), shown.baseline_window
    usual = shown.sum(*first_last) * detector.window / (first_last[1] - first_last[0] + 1)
    assert count == shown.observed and isclose(usual, shown.baseline)
    beyond = usual == 0 or 2 * (sqrt(count) - sqrt(usual)) >= detector.z
    return Judged(count >= detector.at_least and count >= detector.ratio * usual and beyond, count)


def ceiling(detector: Ceiling, shown: Shown) -> Judged:
    limit, value = shown.number("limit"), shown.number("value")
    level = value / limit if limit else None
    if detector.of == "seats":
        near = sum(each >= detector.share * limit for each in shown.series.values())
        assert near == shown.number("days_near")
        before = shown.detail("before")
        used = shown.number("active") >= detector.active_share * value
        wanted = shown.number("refused") > 0 or (isinstance(before, (int, float)) and value > before)
        enough = near >= detector.days and limit >= detector.least_limit
        return Judged(enough and used and (wanted or not detector.growing), level)
    blocked = shown.number("blocked_days") >= detector.blocked_days
    if "periods" in shown.body["evidence"]["details"]:
        shares = [float(share) for share in shown.names("periods")]
        full = len(shares) >= detector.periods and all(share >= detector.share for share in shares)
        projected = "projected" in shown.unit and shown.observed > shown.threshold
        return Judged(full or projected or blocked, max([level or 0, *shares]))
    if "projected" in shown.unit:
        return Judged(shown.observed > shown.threshold, level)
    near = sum(each >= detector.share * limit for each in shown.series.values()) if limit else 0
    if blocked and limit:
        level = max(value, *shown.series.values()) / limit
    return Judged(near >= detector.days or blocked, level)


def spread(detector: Spread, shown: Shown) -> Judged:
    names = shown.names("names")
    assert len(names) == min(5, shown.observed)
    if detector.among == "active_users":
        assert shown.sum(*shown.baseline_window) == 0
    return Judged(shown.observed >= detector.users and shown.baseline == 0, shown.observed)


def adoption(detector: Adoption, shown: Shown) -> Judged:
    active, seats = shown.number("active"), shown.number("seats")
    assert max(shown.series.values()) <= active <= sum(shown.series.values())
    if detector.of == "seats":
        few = active < detector.share * seats and seats - active >= detector.unused
        return Judged(few and seats >= detector.least)
    share = shown.number("adopters") / active
    assert isclose(share, shown.observed, abs_tol=1e-3)
    return Judged(active >= detector.least and share >= detector.share, share)


def decline(detector: Decline, shown: Shown) -> Judged:
    if shown.text("rule") == "few answers":
        assert shown.observed == shown.number("bad")
        return Judged(shown.number("bad") >= detector.bad_of_few)
    n, count = shown.number("answers"), shown.number("usual_answers")
    error = shown.number("sd") * sqrt(1 / n + 1 / count)
    z = (shown.number("usual_share") - shown.number("now_share")) / error
    assert isclose(z, shown.observed, abs_tol=0.05)
    return Judged(z >= detector.z)
