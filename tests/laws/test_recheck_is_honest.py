"""`recheck_at` promises that time alone changes nothing before it: asking at every midnight finds no more."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from streams.assembly import load_system
from streams.detection.detectors.base import Detector, Open
from streams.detection.engine import PartitionEngine
from streams.detection.facts import Facts
from streams.detection.reading import Evidence, Finding, Memory, Reading
from streams.detection.rules import Rule
from streams.detection.system import BoardState, Motion, Outgoing, System, Verdict
from streams.detection.units import Millis, day_of, day_start
from streams.lab.history import JournalEntry, journal_of
from streams.story import history


class Eager(Detector):
    """Another detector, asked again at every midnight whatever it says of itself."""

    inner: Detector

    def read(self, facts: Facts, now: Millis, open_: Open) -> Reading:
        return self._asked_again(self.inner.read(facts, now, open_), now)

    def read_verdicts(self, facts: Facts, verdicts: tuple[Verdict, ...], now: Millis, open_: Open) -> Reading:
        return self._asked_again(self.inner.read_verdicts(facts, verdicts, now, open_), now)

    def read_on_board(
        self, facts: Facts, verdicts: tuple[Verdict, ...], board: BoardState, now: Millis, open_: Open
    ) -> Reading:
        return self._asked_again(self.inner.read_on_board(facts, verdicts, board, now, open_), now)

    def _asked_again(self, reading: Reading, now: Millis) -> Reading:
        midnight = day_start(day_of(now) + 1)
        due = min(reading.recheck_at, midnight) if reading.recheck_at else midnight
        return Reading(reading.findings, due, reading.unknown)

    def evidence(self, facts: Facts, now: Millis, finding: Finding, memory: Memory | None) -> Evidence:
        return self.inner.evidence(facts, now, finding, memory)


def eagerly(rule: Rule) -> Rule:
    variants = {
        segment: replace(variant, detector=Eager(inner=variant.detector))
        for segment, variant in rule.variants.items()
    }
    return replace(rule, variants=variants)


def eager(system: System) -> System:
    motions: tuple[Motion, ...] = tuple(
        replace(motion, rules=tuple(eagerly(rule) for rule in motion.rules))  # type: ignore[type-var]
        for motion in system.motions
    )
    return replace(system, motions=motions)


def folded(system: System, journal: list[JournalEntry]) -> tuple[list[Said], int]:
    engine = PartitionEngine(system, 0, {})
    return sorted(map(said, engine.process(journal))), engine.stats.evaluations


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


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_reading_every_signal_every_midnight_finds_nothing_else(seed: int, tmp_path: Path) -> None:
    history.write(history.tell(accounts=12, days=150, seed=seed), tmp_path)
    journal = list(journal_of(tmp_path))
    system = load_system()
    lazily, few = folded(system, journal)
    always, many = folded(eager(system), journal)
    assert lazily == always
    assert few < many
