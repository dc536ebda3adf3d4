"""`api-takeover`: people stopped coming because a program does their work now. That is no churn risk."""

from __future__ import annotations

from streams.detection.facts import HORIZON_DAYS, Facts
from streams.detection.reading import Evidence
from streams.detection.rules import Rule
from streams.detection.units import DAY_MS, Day, Millis, day_of

AT_MOST_DAYS = 90
"""How long a takeover explains missing people; after that the alert is due all the same."""
LARGEST_FALL = 5.0
"""Where nobody is left, the calls must have risen fivefold."""
CHANCE = 0.75
"""A rise counts from three quarters of the fall on: both are counts, and neither is exact."""
LEAST_CALLS_A_DAY = 10
"""Fewer calls than this were no use through the API before."""
_BASE_DAYS = 56
_KNOWN_DAYS = 7


def taken_over(rule: Rule, facts: Facts, evidence: Evidence, since: Millis) -> bool:
    """Whether successful API calls rose by at least as many multiples as the people's activity fell.

    `since` is when the verdict became true. The calls of the evidence's window are compared with those of the eight
    weeks before the fall began, whatever the evidence's own baseline has become by now. Signals other than a drop of
    usage or the silence of the account are not explained by an API."""
    detect, (first, last) = rule.spec.detect, evidence.window
    silence = detect.silence is not None and detect.silence.of == "account"
    if detect.drop is None and not silence:
        return False
    if last - day_of(since) > AT_MOST_DAYS:
        return False
    begun = first
    if not silence:
        hold_for = rule.variants[facts.profile.segment].hold_for
        begun = min(first, day_of(since) - hold_for // DAY_MS - (last - first + 1))
    rise = api_rise(facts, begun, first, last)
    if rise is None:
        return False
    fall = (evidence.baseline or 0.0) / evidence.observed if evidence.observed else LARGEST_FALL
    return rise >= max(1.0, CHANCE * min(fall, LARGEST_FALL))


def api_rise(facts: Facts, begun: Day, first: Day, last: Day) -> float | None:
    """Successful calls a day in first..last as a multiple of those before `begun`; None where too few days are
    known, or nothing was called."""
    counter = facts.counters.get("api_calls")
    if counter is None:
        return None
    # Days before the first call count as well: nobody called, as far as the horizon of counters reaches.
    known_from = counter.base if facts.first_usage_day is None else min(counter.base, facts.first_usage_day)
    start = max(begun - _BASE_DAYS, known_from, facts.newest_day - HORIZON_DAYS + 1)
    if begun - start < _KNOWN_DAYS:
        return None
    before = counter.sum(start, begun - 1) / (begun - start)
    now = counter.sum(first, last) / (last - first + 1)
    return now / max(before, LEAST_CALLS_A_DAY)
