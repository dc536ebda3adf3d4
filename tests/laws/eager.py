"""Detectors that are read at every midnight, whatever they say of when they must be: the judge of `recheck_at`."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import NamedTuple

from streams.detection.detectors.base import Detector, Open
from streams.detection.facts import Facts
from streams.detection.reading import Evidence, Finding, Memory, Reading
from streams.detection.rules import Rule, Variants
from streams.detection.system import BoardState, Motion, Outgoing, System, Verdict
from streams.detection.units import Millis, day_of, day_start


class Eager(Detector):
    """Another detector, asked again at every midnight."""

    inner: Detector

    def read(self, facts: Facts, now: Millis, open_: Open) -> Reading:
        return _sooner(self.inner.read(facts, now, open_), now)

    def read_on_board(
        self, facts: Facts, verdicts: tuple[Verdict, ...], board: BoardState, now: Millis, open_: Open
    ) -> Reading:
        return _sooner(self.inner.read_on_board(facts, verdicts, board, now, open_), now)

    def read_subject(self, facts: Facts, now: Millis, open_: Open, subject: str) -> Reading:
        return _sooner(self.inner.read_subject(facts, now, open_, subject), now)

    @property
    def reach(self) -> int:
        return self.inner.reach

    def stands_without(self, memories: Open, gone: frozenset[str]) -> bool:
        return self.inner.stands_without(memories, gone)

    @property
    def by_subject(self) -> int:
        return self.inner.by_subject

    @property
    def subject_kind(self) -> str:
        return self.inner.subject_kind

    def evidence(self, facts: Facts, now: Millis, finding: Finding, memory: Memory | None) -> Evidence:
        return self.inner.evidence(facts, now, finding, memory)


def _sooner(reading: Reading, now: Millis) -> Reading:
    midnight = day_start(day_of(now) + 1)
    due = min(reading.recheck_at, midnight) if reading.recheck_at else midnight
    return Reading(reading.findings, due, reading.unknown)


def eager(rule: Rule) -> Rule:
    """The rule, read at every midnight."""
    eager_ones = {s: replace(v, detector=Eager(inner=v.detector)) for s, v in rule.variants.items()}
    variants = Variants(eager_ones)
    return replace(rule, variants=variants)


def eager_system(system: System) -> System:
    """The system with every rule read at every midnight."""
    motions: tuple[Motion, ...] = tuple(
        replace(motion, rules=tuple(map(eager, motion.rules)))  # type: ignore[type-var]
        for motion in system.motions
    )
    return replace(system, motions=motions)


class Said(NamedTuple):
    """What a message says, but for its time of day: an event of yesterday that a nightly batch brings is read at
    the signal's last reading, which is later where it was read at midnight."""

    topic: str
    account: bytes
    alert_id: str
    revision: int
    status: str
    level: str
    quadrant: str


def said(message: Outgoing) -> Said:
    """The part of a message that must not depend on when it was read again."""
    body = json.loads(message.value)
    return Said(
        message.topic,
        message.key,
        body.get("alert_id", ""),
        body.get("revision", 0),
        body.get("status", ""),
        body.get("severity") or body.get("strength") or "",
        body.get("quadrant") or body.get("to_quadrant") or "",
    )
