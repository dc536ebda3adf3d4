"""What `explain` says has to be so for a signal to open, or to clear, is what its detector says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from schemas.wire import decode_event
from streams.assembly import load_system
from streams.detection.catalog.cases import Case
from streams.detection.explain.clearing import clearing
from streams.detection.explain.conditions import Asked, NoReading
from streams.detection.explain.ways import nearest_way
from streams.detection.facts import Facts, fold
from streams.detection.lifecycle import SignalState, judge
from streams.detection.rules import Rule
from streams.lab.timeline import ACCOUNT, events_of, start_of

RULES = [rule for rule in load_system().rules if not rule.over_verdicts]


def midnights(case: Case) -> Iterator[Asked]:
    """The facts of the case at every midnight."""
    facts, events = Facts(account_id=ACCOUNT), events_of(case)
    for day in range(case.until + 1):
        while events and events[0].at < start_of(day):
            event = events.pop(0)
            fold(facts, decode_event(event.value), event.occurred)
        yield Asked(facts, start_of(day))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_conditions_are_met_exactly_when_the_detector_hits(rule: Rule) -> None:
    hits = 0
    for case in rule.spec.tests:
        for asked in midnights(case):
            detector = rule.variants[asked.facts.profile.segment].detector
            reading = detector.read(asked.facts, asked.now, {})
            try:
                said = nearest_way(detector, asked)[0].hit
            except NoReading:
                said = False
            hit = not reading.unknown and any(finding.hit for finding in reading.findings)
            assert said == hit, (case.name, asked.today, reading)
            hits += hit
    assert hits


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_what_clears_an_open_one_is_met_exactly_when_the_detector_says_so(rule: Rule) -> None:
    for case in rule.spec.tests:
        state = SignalState(was_clear=True)
        for asked in midnights(case):
            variant = rule.variants[asked.facts.profile.segment]
            reading = variant.detector.read(asked.facts, asked.now, state.memories())
            for finding in reading.findings:
                subject = state.subjects.get(finding.subject)
                needed = clearing(variant.detector, asked, finding)
                if subject is not None and subject.standing and needed:
                    said = all(condition.met for condition in needed)
                    assert said == finding.clear, (case.name, asked.today, finding, needed)
            judge(state, reading, variant, asked.now)
