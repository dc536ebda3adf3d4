"""What must be true of every signal: found by walking the catalogs, so that a new one is covered from its first day.

Each law runs the signal's own inline cases; `examined.Examined` folds each of them once.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace
from random import Random

import pytest

from schemas.journal import CONTROL_KEY
from schemas.registry import topics_of
from streams.detection.catalog.cases import Case, Happening
from streams.detection.detectors import DETECTORS
from streams.detection.engine import PartitionEngine
from streams.detection.lifecycle import SignalState
from streams.detection.rules import Variants
from streams.detection.system import System
from streams.detection.units import DAY_MS
from streams.lab.timeline import ACCOUNT, SOURCES, start_of
from tests.laws.eager import eager_system, said
from tests.laws.examined import (
    CLOSINGS,
    OPENINGS,
    RULES,
    SYSTEM,
    Examined,
    Run,
    of_signal,
    record_of,
    with_rules,
)
from tests.laws.recomputed import RECOMPUTE, recomputed
from tests.laws.shown import Shown
from tests.laws.worse import WORSE, worse_case

DAYS_OF_PATIENCE = 3
"""Longer than any feed may be silent before it counts as stalled (36 h)."""


RELEVELLED = frozenset({"escalated", "eased", "strengthened", "weakened"})
ONE_PROCESS_EACH = [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in sorted(RULES)]


@pytest.fixture(scope="module", params=ONE_PROCESS_EACH)
def signal(request: pytest.FixtureRequest) -> Examined:
    return Examined(request.param)


def test_it_fires_in_a_case_of_its_own(signal: Examined) -> None:
    assert signal.firing()


def test_batches_and_restarts_make_no_difference(signal: Examined) -> None:
    chance = Random(signal.rule.id)
    for run in signal.firing()[:2]:
        rest: dict[bytes, bytes] = {}
        got, at = [], 0
        while at < len(run.journal):
            end = at + chance.choice((1, 7, 60, 400))
            engine = PartitionEngine(run.system, 0, rest)
            got += engine.process(run.journal[at:end])
            engine.flush()
            engine.committed()
            at = end

        assert got == run.outgoing, run.case.name


def test_time_alone_changes_nothing_before_it_says_so(signal: Examined) -> None:
    always = eager_system(signal.system)
    for run in signal.runs:
        read_daily = PartitionEngine(always, 0, {}).process(run.journal)

        assert sorted(map(said, read_daily)) == sorted(map(said, run.outgoing)), run.case.name


def test_it_says_nothing_while_its_source_is_stalled(signal: Examined) -> None:
    source = signal.rule.spec.source
    if source not in SOURCES:
        pytest.skip("the calendar does not stall")
    for run in signal.firing()[:3]:
        first = run.first
        assert first is not None
        begins = first.day - DAYS_OF_PATIENCE
        if begins < 1 or run.case.stalled:
            continue
        until = min(run.case.until, first.day + 20)
        sources = {source, *(_source_of(each) for each in run.case.timeline if len(_topics(each)) > 1)}
        stalled = run.again(until=until, stalled=dict.fromkeys(sources, (begins, until + 10)))

        assert [(m.day, m.status) for m in stalled.messages] == [], run.case.name


def _topics(happening: Happening) -> tuple[str, ...]:
    return tuple(topics_of(str(happening.event["type"])))


def _source_of(happening: Happening) -> str:
    """What may come through two sources comes through the first in a case."""
    return next(source for source, topic in SOURCES.items() if topic == _topics(happening)[0])


def test_it_opens_at_most_once_in_its_cooldown(signal: Examined) -> None:
    ready = {s: replace(v, hold_for=0, newly=False) for s, v in signal.rule.variants.items()}
    always_ready = replace(signal.rule, variants=Variants(ready))
    rules = next(motion.rules for motion in signal.system.motions if motion.name == signal.rule.motion)
    rules = tuple(always_ready if rule.id == signal.rule.id else rule for rule in rules)
    system = with_rules(signal.system, signal.rule.motion, rules)
    restless = Run(signal.rule, _leaving_and_coming_back(signal.firing()[0]), system)

    assert any(message.status in CLOSINGS for message in restless.messages)
    for run in (*signal.runs, restless):
        closed: dict[str, int] = {}
        about: frozenset[str] = frozenset()
        for message in run.messages:
            cooldown = signal.rule.variants[message.body["account"]["segment"]].cooldown
            if message.status in OPENINGS:
                early = {s for s in message.subjects if message.decided < closed.get(s, -cooldown) + cooldown}
                assert not early, (run.case.name, message.day)
            if message.status in CLOSINGS:
                closed |= dict.fromkeys(about, message.decided)
            about = message.subjects or about


def _leaving_and_coming_back(run: Run) -> Case:
    """The case, and an account that is no customer for some hours of every other day, which ends its alerts."""
    assert run.first is not None
    days = (run.first.day + 1, run.first.day + 20)
    status = {"type": "account.changed", "lifecycle": "churned"}
    back = status | {"lifecycle": run.case.account.get("lifecycle", "live")}
    gone = [
        Happening(days=days, every=2, at="12:00", event=dict(status)),
        Happening(days=days, every=2, at="18:00", event=dict(back)),
    ]
    timeline = (*run.case.timeline, *gone)
    return run.case.model_copy(update={"timeline": timeline, "until": max(run.case.until, days[1])})


def test_its_verdict_follows_from_its_evidence(signal: Examined) -> None:
    for run in signal.firing():
        known = {f"evt-{number}-" for number in range(len(run.case.timeline))} | {"evt-account"}
        for message in run.messages:
            shown = Shown(message.body)
            assert math.isfinite(shown.observed) and math.isfinite(shown.threshold)
            assert shown.window[0] <= shown.window[1] and shown.unit
            assert all(any(name.startswith(begin) for begin in known) for name in shown.event_ids)
            if message.status not in OPENINGS | RELEVELLED:
                continue
            detector = signal.rule.variants[message.body["account"]["segment"]].detector
            hit, level = recomputed(signal.rule.spec.detect.kind, detector, shown)

            assert hit or message.status in RELEVELLED, (run.case.name, message.day)
            assert signal.rule.levels[level] == message.level, (run.case.name, message.day)


def test_every_detector_can_be_recomputed() -> None:
    assert set(RECOMPUTE) == set(WORSE) == set(DETECTORS)


def test_worse_facts_never_ease_it(signal: Examined) -> None:
    detector = signal.rule.variants[None].detector
    rules = SYSTEM.rules if detector.over_verdicts else (signal.rule,)
    rules = tuple(rule for rule in rules if rule.motion == signal.rule.motion)
    alone = with_rules(signal.system, signal.rule.motion, rules)
    run = signal.firing()[0]
    assert run.first is not None
    worse = worse_case(signal.rule, run.case, run.first.day)
    assert worse != run.case

    as_it_is = Run(run.rule, worse, alone)

    assert _strongest(as_it_is, run.first.day) >= _strongest(run, run.first.day) >= 0


def _strongest(run: Run, until: int) -> int:
    levels = [run.rule.levels.index(m.level) for m in run.messages if m.day <= until]
    return max(levels, default=-1)


def test_another_catalog_and_the_end_of_its_account_reach_its_open_alert(signal: Examined) -> None:
    for run in signal.firing()[:1]:
        state, before = _left_open(run)
        if state is None or not state.opened:
            continue
        name, motion = signal.rule.id, signal.rule.motion
        rules = next(m.rules for m in run.system.motions if m.name == motion)
        newer = replace(
            signal.rule, spec=signal.rule.spec.model_copy(update={"version": signal.rule.spec.version + 1})
        )
        raised = with_rules(run.system, motion, tuple(newer if rule.id == name else rule for rule in rules))
        without = with_rules(run.system, motion, tuple(rule for rule in rules if rule.id != name))

        assert _after_activation(run, before, raised)[:1] == [("updated", "catalog changed")]
        told = _after_activation(run, before, without)
        assert told == [("resolved" if motion == "retention" else "lapsed", "catalog changed")]
        assert _after_erasure(run, before) == [("retracted", "account erased")]


def _left_open(run: Run) -> tuple[SignalState | None, int]:
    """The signal's state behind the record that opened it, and that record's offset."""
    assert run.first is not None
    engine = PartitionEngine(run.system, 0, {})
    engine.process(run.journal[: run.first.offset + 1])
    account = engine.account(ACCOUNT.encode())
    return account.state.signals.get(run.rule.id) if account else None, run.first.offset


def _after_activation(run: Run, before: int, then: System) -> list[tuple[str, str]]:
    def activate(system: System, motion: str, version: str, text: str) -> System:
        return then

    engine = PartitionEngine(replace(run.system, activate=activate), 0, {})
    engine.process(run.journal[: before + 1])
    activated = record_of(
        before + 1,
        CONTROL_KEY,
        start_of(run.case.until) + DAY_MS,
        "catalog.activated",
        motion=run.rule.motion,
        version="next",
        catalog="{}",
        sha256=hashlib.sha256(b"{}").hexdigest(),
    )
    return [(m.status, m.body["reason"]) for m in of_signal(run.rule, engine.process([activated]))]


def _after_erasure(run: Run, before: int) -> list[tuple[str, str]]:
    engine = PartitionEngine(run.system, 0, {})
    engine.process(run.journal[: before + 1])
    at = start_of(run.case.until) + DAY_MS
    erased = record_of(before + 1, ACCOUNT.encode(), at, "account.erase", request_id="r-1")
    return [(m.status, m.body["reason"]) for m in of_signal(run.rule, engine.process([erased]))]
