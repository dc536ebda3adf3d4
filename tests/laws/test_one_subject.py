"""An event that concerns one subject of many is read alone, and that changes nothing."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.assembly import load_system
from streams.detection.engine import PartitionEngine
from streams.detection.system import System
from tests.laws.examined import with_rules
from tests.support.journal import Journal, Record, at

SYSTEM = load_system()
KINDS = ("opened", "opened", "opened", "updated", "resolved", "resolved", "reopened", "deleted", "merged")


def in_full(system: System) -> System:
    """The same rules, each of them reading all subjects at every event."""
    for motion in system.motions:
        rules = tuple(replace(rule, by_subject=0) for rule in motion.rules)
        system = with_rules(system, motion.name, rules)
    return system


def tickets(seed: int) -> list[Record]:
    """Thirty tickets in three weeks, in any order, some events late, some ahead of the clock."""
    journal, chance = Journal(), random.Random(seed)
    for day in journal.days(0, 21):
        for _ in range(chance.randrange(12)):
            name = {"ticket_id": f"t-{chance.randrange(30)}"}
            kind = chance.choice(KINDS)
            when = at(day + chance.choice([0, 0, 0, -1, -5, 0.9]), chance.uniform(0, 23))
            if kind == "opened":
                journal.event("acme", "ticket.opened", when, **name, severity=1, kind="incident")
            elif kind == "updated":
                changes: dict[str, Any] = {
                    "severity": chance.choice([1, 2]),
                    "status": chance.choice(["open", "on_hold"]),
                }
                journal.event("acme", "ticket.updated", when, **name, **changes)
            elif kind == "merged":
                journal.event("acme", "ticket.merged", when, **name, into_ticket_id="t-other")
            else:
                journal.event("acme", f"ticket.{kind}", when, **name)
    journal.watermark(at(40))
    return journal.records


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_reading_one_ticket_says_what_reading_all_of_them_does(seed: int) -> None:
    records = tickets(seed)
    alone = PartitionEngine(SYSTEM, 0, {})
    full = PartitionEngine(in_full(SYSTEM), 0, {})
    assert any(rule.by_subject for rule in SYSTEM.rules)
    assert alone.process(records) == full.process(records)
