"""What would have to be so for an open signal to clear, as numbers, where its detector clears by a number."""

from __future__ import annotations

from streams.detection.detectors import Detector
from streams.detection.detectors.adoption import Adoption
from streams.detection.detectors.backlog import Backlog
from streams.detection.detectors.behind import Behind
from streams.detection.detectors.ceiling import Ceiling
from streams.detection.detectors.coverage import Coverage
from streams.detection.detectors.decline import MANY, Decline
from streams.detection.detectors.drop import Drop
from streams.detection.detectors.pulse import Pulse
from streams.detection.detectors.silence import Silence
from streams.detection.detectors.strikes import Strikes
from streams.detection.detectors.surge import Surge
from streams.detection.explain.conditions import Asked, Condition, at_least, at_most, is_so, less_than
from streams.detection.reading import Finding
from streams.detection.units import DAY_MS


def clearing(detector: Detector, asked: Asked, finding: Finding) -> tuple[Condition, ...]:
    """The numbers that clear this finding; none where something has to happen instead (a successor is named, an
    invoice paid): the signal's `clears` says what.

    >>> from streams.detection.facts import Facts
    >>> surge = Surge(of="active_users", times=1.2, clears_below=1.1)
    >>> open_ = Finding(hit=True, clear=False, observed=24, threshold=12, baseline=10)
    >>> [(c.needs, c.line) for c in clearing(surge, Asked(Facts(account_id="a"), 0), open_)]
    [('less than', 11.0)]
    """
    observed, base = finding.observed, finding.baseline or 0.0
    match detector:
        case Drop() if finding.subject:
            return (is_so("the user is active again", finding.clear),)
        case Drop():
            line = finding.threshold + detector.clears_margin * base
            return (at_least("active user-days in the window", observed, line, "user-days"),)
        case Silence():
            return (at_least("people who came back", observed, detector.back, "people"),)
        case Surge():
            return (less_than("the week's value", observed, detector.clears_below * base, ""),)
        case Adoption() if detector.of == "seats":
            return (at_least("share of seats in use", observed, detector.clears_at, "share"),)
        case Adoption():
            return (less_than("share of users", observed, detector.clears_at, "share"),)
        case Backlog():
            waiting = asked.facts.tickets.queue(asked.now)
            old = sum(opened < asked.now - detector.open_for for opened in waiting)
            days = detector.open_for // DAY_MS
            return (
                at_most(f"tickets open for more than {days} days", old, detector.clears_below - 1, "tickets"),
            )
        case Ceiling() if detector.of == "seats":
            return (less_than("seats assigned", observed, detector.clears_below * base, "seats"),)
        case Ceiling():
            return _meter(detector, asked, finding)
        case Coverage():
            return (at_least(f"contacts {detector.by}", observed, finding.threshold, "contacts"),)
        case Behind():
            return (at_most("share behind what was expected", observed, detector.clears_within, "share"),)
        case Pulse():
            before = None if finding.baseline is None else int(finding.baseline)
            fell = detector.is_bad(int(observed), before)
            return (
                at_least("score of the latest answer", observed, detector.good, "points"),
                is_so("it is neither low nor far below the one before", not fell),
            )
        case Decline() if isinstance(finding.frozen, tuple) and finding.frozen[0] == MANY:
            return (less_than("standard errors below the time before", observed, detector.clears_z, "z"),)
        case Strikes():
            return (less_than("families of warnings", observed, detector.clears_below, "families"),)
        case _:
            return ()


def _meter(ceiling: Ceiling, asked: Asked, finding: Finding) -> tuple[Condition, ...]:
    key, limit = finding.subject, finding.baseline or 0.0
    blocked = ceiling.blocked(asked.facts, key, asked.today)
    stopped = at_most(f"days of {ceiling.window} with users stopped", blocked, 0, "days")
    level = asked.facts.levels.get(key)
    if level is None or not limit:
        return (stopped,)
    if level.kind == "period_total" and level.periods:
        share = f"{ceiling.clears_below:.0%}"
        return (is_so(f"a period ended below {share}, and none runs out early", finding.clear), stopped)
    last = ceiling.last_counted(asked.today, [level])
    highest = max(high or 0 for high in level.slice(last - ceiling.window + 1, last))
    what = f"highest level of {ceiling.window} days"
    return (less_than(what, highest, ceiling.clears_below * limit, level.unit or key), stopped)
