"""The inline tests of a catalog, run: a timeline through the engine, and what it said against what was
expected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

import msgspec

from streams.detection.catalog.cases import Case, Expected
from streams.detection.engine import PartitionEngine
from streams.detection.rules import Rule
from streams.detection.system import Motion, System
from streams.detection.units import millis_of
from streams.growth.motion import Growth
from streams.lab.journal import journal_of
from streams.lab.timeline import TimelineError, day_in, events_of
from streams.retention.motion import Retention

_MOTION_TOPICS = frozenset({"retention-alerts", "expansion-opportunities"})


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the signal, as far as a case can expect it."""

    day: int
    status: str
    level: str
    subjects: tuple[str, ...]
    why: str

    def meets(self, expected: Expected) -> bool:
        return (
            expected.day[0] <= self.day <= expected.day[1]
            and expected.status == self.status
            and expected.level in (None, self.level)
            and (expected.subjects is None or set(expected.subjects) == set(self.subjects))
        )


@dataclass(frozen=True)
class CaseResult:
    """What became of one case. `error` says why it could not be run at all."""

    motion: str
    signal: str
    case: Case
    said: tuple[Said, ...] = ()
    error: str | None = None

    @cached_property
    def passed(self) -> bool:
        """Every message was expected, in this order, and nothing else was."""
        return (
            self.error is None
            and len(self.said) == len(self.case.expect)
            and all(said.meets(wanted) for said, wanted in zip(self.said, self.case.expect, strict=True))
        )

    def lines(self) -> list[str]:
        """Expected beside said, for people."""
        if self.error is not None:
            return [f"  cannot be run: {self.error}"]
        rows = max(len(self.said), len(self.case.expect))
        lines = []
        for at in range(rows):
            wanted = self.case.expect[at] if at < len(self.case.expect) else None
            said = self.said[at] if at < len(self.said) else None
            good = wanted is not None and said is not None and said.meets(wanted)
            mark = "ok" if good else "!!"
            lines.append(f"  {mark} expected {_wanted(wanted):<42} said {_told(said)}")
        return lines or ["  ok silence"]


def run_signal(system: System, rule: Rule) -> Iterator[CaseResult]:
    """All cases of one signal."""
    for case in rule.spec.tests:
        yield run_case(system, rule, case)


def run_all(system: System, signals: Iterable[str] | None = None) -> Iterator[CaseResult]:
    """The cases of these signals, of all where none is named. Raises KeyError for a signal that does not
    exist."""
    rules = {rule.id: rule for rule in system.rules}
    for name in rules if signals is None else signals:
        yield from run_signal(system, rules[name])


def run_case(system: System, rule: Rule, case: Case) -> CaseResult:
    """One case, in a system of this signal and those that it inhibits, is inhibited by or judges over: what
    other signals say of the same timeline is their own matter."""
    result = CaseResult(rule.motion, rule.id, case)
    try:
        events = events_of(case)
    except TimelineError as error:
        return replace(result, error=str(error))
    engine = PartitionEngine(system_of(system, rule), 0, {})
    said = []
    for outgoing in engine.process(list(journal_of(case, events))):
        if outgoing.topic in _MOTION_TOPICS:
            message = _MESSAGE.decode(outgoing.value)
            if message.signal.id == rule.id:
                said.append(message.said())
    return replace(result, said=tuple(said))


def system_of(system: System, rule: Rule) -> System:
    """The part of a system that a case of this signal runs in."""
    kept = {rule.id, *rule.spec.inhibits} | {r.id for r in system.rules if rule.id in r.spec.inhibits}
    if rule.over_verdicts:
        kept |= {other.id for other in system.rules if other.motion == rule.motion}
    motions: list[Motion] = []
    for motion in system.motions:
        rules = tuple(known for known in motion.rules if known.id in kept)
        if isinstance(motion, Retention | Growth):
            motions.append(replace(motion, rules=rules))
    return replace(system, motions=tuple(motions))


class _Signal(msgspec.Struct):
    id: str


class _Subject(msgspec.Struct):
    id: str


class _Times(msgspec.Struct):
    decided_at: datetime


class _Message(msgspec.Struct):
    """The part of either motion's message that cases look at."""

    status: str
    signal: _Signal
    times: _Times
    why: str
    subjects: list[_Subject]
    severity: str | None = None
    strength: str | None = None

    def said(self) -> Said:
        decided = millis_of(self.times.decided_at)
        level = self.severity or self.strength or ""
        subjects = tuple(subject.id for subject in self.subjects)
        return Said(day_in(decided), self.status, level, subjects, self.why)


_MESSAGE = msgspec.json.Decoder(_Message)


def _wanted(expected: Expected | None) -> str:
    if expected is None:
        return "nothing"
    first, last = expected.day
    days = f"day {first}" if first == last else f"day {first}-{last}"
    subjects = f" {', '.join(expected.subjects)}" if expected.subjects else ""
    return f"{days}: {expected.status} {expected.level or ''}{subjects}".rstrip()


def _told(said: Said | None) -> str:
    return "nothing" if said is None else f"day {said.day}: {said.status} {said.level} ({said.why})"
