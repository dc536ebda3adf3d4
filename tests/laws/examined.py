"""One signal under examination: its rule alone, and its inline cases as they run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from schemas.journal import EVENT_HEADER, pack_header
from streams.assembly import load_system
from streams.detection.catalog.cases import Case
from streams.detection.engine import PartitionEngine
from streams.detection.rules import Rule
from streams.detection.system import Motion, Outgoing, System
from streams.detection.units import Millis, millis_of, moment_of
from streams.lab.cases import system_of
from streams.lab.journal import Record, journal_of
from streams.lab.timeline import ACCOUNT, day_in, events_of

SYSTEM = load_system()
RULES = {rule.id: rule for rule in SYSTEM.rules}
OPENINGS = frozenset({"opened", "historical"})
CLOSINGS = frozenset({"resolved", "lapsed", "expired", "retracted", "converted"})


@dataclass(frozen=True)
class Message:
    """One message of the signal."""

    body: dict[str, Any]

    @property
    def status(self) -> str:
        return str(self.body["status"])

    @property
    def decided(self) -> Millis:
        return millis_of(datetime.fromisoformat(self.body["times"]["decided_at"]))

    @property
    def day(self) -> int:
        """The timeline's day on which it was decided."""
        return day_in(self.decided)

    @property
    def level(self) -> str:
        return str(self.body.get("severity") or self.body.get("strength"))

    @property
    def subjects(self) -> frozenset[str]:
        return frozenset(subject["id"] for subject in self.body["subjects"])

    @property
    def offset(self) -> int:
        """Of the journal record that decided."""
        return int(self.body["journal"]["offset"])


@dataclass
class Run:
    """A case, its journal and what followed from it in one batch."""

    rule: Rule
    case: Case
    system: System

    @cached_property
    def journal(self) -> list[Record]:
        return list(journal_of(self.case, events_of(self.case)))

    @cached_property
    def outgoing(self) -> list[Outgoing]:
        return PartitionEngine(self.system, 0, {}).process(self.journal)

    @cached_property
    def messages(self) -> list[Message]:
        """The signal's own, in order."""
        return of_signal(self.rule, self.outgoing)

    @property
    def first(self) -> Message | None:
        """The opening."""
        return next((message for message in self.messages if message.status in OPENINGS), None)

    def again(self, **changes: object) -> Run:
        """The case with other fields, in the same system."""
        return Run(self.rule, self.case.model_copy(update=changes), self.system)


class Examined:
    """A signal, with each of its inline cases run once."""

    def __init__(self, signal: str) -> None:
        self.rule = RULES[signal]
        self.system = system_of(SYSTEM, self.rule)
        self.runs = [Run(self.rule, case, self.system) for case in self.rule.spec.tests]

    def firing(self) -> list[Run]:
        """The runs in which an alert opens."""
        return [run for run in self.runs if run.first is not None]


def of_signal(rule: Rule, messages: Sequence[Outgoing]) -> list[Message]:
    """The messages of one signal on its motion's topic."""
    found = []
    for message in messages:
        if message.topic in ("retention-alerts", "expansion-opportunities") and message.value:
            body = json.loads(message.value)
            if body["signal"]["id"] == rule.id:
                found.append(Message(body))
    return found


def with_rules(system: System, motion: str, rules: tuple[Rule, ...]) -> System:
    """The system with other rules in one of its motions."""
    motions: list[Motion] = []
    for each in system.motions:
        motions.append(
            replace(each, rules=rules) if each.name == motion else each  # type: ignore[type-var]
        )
    return replace(system, motions=tuple(motions))


def record_of(offset: int, key: bytes, at: Millis, kind: str, **fields: object) -> Record:
    """One more journal record, behind a case's."""
    body = {
        "event_id": f"more-{offset}",
        "type": kind,
        "schema_version": 1,
        "occurred_at": moment_of(at).isoformat(),
        "source_system": "operator",
        **({} if key.startswith(b"\0") else {"account_id": ACCOUNT}),
        **fields,
    }
    header = pack_header(b"control.", 0, offset, 0, at)
    return Record(offset, at, key, json.dumps(body).encode(), ((EVENT_HEADER, header),))
