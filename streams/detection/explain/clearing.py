"""What would have to be so for an open signal to clear, as numbers, where its detector clears by a number."""

from __future__ import annotations

from streams.detection.detectors import Detector
from streams.detection.detectors.adoption import Adoption
from streams.detection.detectors.backlog import Backlog
from streams.detection.detectors.behind import Behind
from streams.detection.detectors.ceiling import Ceiling
from streams.detection.detectors.coverage import Coverage
from streams.detection.detectors.decline import _MANY, Decline
from streams.detection.detectors.drop import Drop
from streams.detection.detectors.pulse import Pulse
from streams.detection.detectors.silence import Silence
from streams.detection.detectors.strikes import Strikes
from streams.detection.detectors.surge import Surge
from streams.detection.explain.conditions import Asked, Condition, at_least, at_most, less_than
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
            return (at_least("active days of the user in the last days", observed, 1, "days"),)
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
        case Ceiling() if base:
            return (less_than("the level", observed, detector.clears_below * base, ""),)
        case Coverage():
            return (at_least(f"contacts {detector.by}", observed, finding.threshold, "contacts"),)
        case Behind():
            return (at_most("share behind what was expected", observed, detector.clears_within, "share"),)
        case Pulse():
            return (at_least("score of a later answer", observed, detector.good, "points"),)
        case Decline() if isinstance(finding.frozen, tuple) and finding.frozen[0] == _MANY:
            return (less_than("standard errors below the time before", observed, detector.clears_z, "z"),)
        case Strikes():
            return (less_than("families of warnings", observed, detector.clears_below, "families"),)
        case _:
            return ()
