"""`explain` says what has to be so for a signal to open: it must be the same as what its detector says."""

from __future__ import annotations

import pytest

from schemas.wire import decode_event
from streams.assembly import load_system
from streams.detection.explain.conditions import Asked, NoReading
from streams.detection.explain.ways import nearest_way
from streams.detection.facts import Facts, fold
from streams.detection.rules import Rule
from streams.lab.timeline import ACCOUNT, events_of, start_of

RULES = [rule for rule in load_system().rules if not rule.over_verdicts]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_conditions_are_met_exactly_when_the_detector_hits(rule: Rule) -> None:
    hits = 0
    for case in rule.spec.tests:
        facts, events = Facts(account_id=ACCOUNT), events_of(case)
        for day in range(case.until + 1):
            while events and events[0].at < start_of(day):
                event = events.pop(0)
                fold(facts, decode_event(event.value), event.occurred)
            detector = rule.variant(facts.profile.segment).detector
            reading = detector.read(facts, start_of(day), {})
            try:
                way, _ = nearest_way(detector, Asked(facts, start_of(day)))
                said = way.hit
            except NoReading:
                said = False
            hit = not reading.unknown and any(finding.hit for finding in reading.findings)
            assert said == hit, (case.name, day, reading, way)
            hits += hit
    assert hits
