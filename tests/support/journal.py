"""A journal written by hand: events and watermarks in order, as the door would have written them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.events import validate
from schemas.journal import (
    CONTROL_KEY,
    EVENT_HEADER,
    WATERMARK_HEADER,
    WATERMARK_KEY,
    FeedMark,
    PartitionMark,
    Watermark,
    pack_header,
)
from schemas.registry import topics_of
from streams.detection.catalog.load import Catalog
from streams.detection.engine import PartitionEngine
from streams.detection.system import Outgoing, System
from streams.detection.units import DAY_MS, HOUR_MS, Millis, millis_of

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
"""Day 0 of every test timeline."""
DAY_0 = millis_of(MONDAY) // DAY_MS
SOURCES = ("product-usage", "support-changes", "crm-changes")
SYSTEMS = {"product-usage": "atlas-web", "support-changes": "helpdesk", "crm-changes": "crm"}


def at(day: float, hour: float = 10.0) -> Millis:
    """Milliseconds of a day of the timeline."""
    return millis_of(MONDAY + timedelta(days=day, hours=hour))


def date(day: int) -> str:
    return str((MONDAY + timedelta(days=day)).date())


@dataclass(frozen=True, slots=True)
class Record:
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]
    timestamp: int = 0


@dataclass
class Journal:
    """One partition of the journal. Times are given as `at(day, hour)`."""

    records: list[Record] = field(default_factory=list)
    positions: dict[str, int] = field(default_factory=dict)
    last_seen: dict[tuple[str, str], Millis] = field(default_factory=dict)
    serial: int = 0
    first_offset: int = 0

    def event(
        self,
        account: str,
        kind: str,
        when: Millis,
        /,
        *,
        event_id: str | None = None,
        system: str | None = None,
        topic: str | None = None,
        **fields: object,
    ) -> Record:
        """Append an event, checked against the contract first."""
        self.serial += 1
        topic = topic or topics_of(kind)[0]
        system = system or SYSTEMS.get(topic, "inbox")
        body = {
            "event_id": event_id or f"e-{self.serial}",
            "type": kind,
            "schema_version": 1,
            "account_id": account,
            "occurred_at": (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=when)).isoformat(),
            "source_system": system,
            **fields,
        }
        value = json.dumps(body).encode()
        validate(topic, value)
        offset = self.positions[topic] = self.positions.get(topic, -1) + 1
        header = pack_header(topic.encode().ljust(8)[:8], 0, offset, 0, when)
        self.last_seen[topic, system] = max(self.last_seen.get((topic, system), 0), when)
        return self._append(account.encode(), value, (EVENT_HEADER, header))

    def control(self, kind: str, when: Millis, /, **fields: object) -> Record:
        """Append a record of `control` that concerns all accounts; it is not checked."""
        offset = self.positions["control"] = self.positions.get("control", -1) + 1
        body = {
            "event_id": f"c-{offset}",
            "type": kind,
            "schema_version": 1,
            "occurred_at": (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=when)).isoformat(),
            "source_system": "operator",
            **fields,
        }
        header = pack_header(b"control.", 0, offset, 0, when)
        return self._append(CONTROL_KEY, json.dumps(body).encode(), (EVENT_HEADER, header))

    def activation(self, catalog: Catalog, when: Millis, /, **changes: object) -> Record:
        """Append an activation, as the command publishes it."""
        sha256 = hashlib.sha256(catalog.text.encode()).hexdigest()
        fields = {
            "motion": catalog.motion,
            "version": catalog.version,
            "sha256": sha256,
            "catalog": catalog.text,
        }
        return self.control("catalog.activated", when, **(fields | changes))

    def watermark(
        self, up_to: Millis, *, seen: dict[str, Millis] | None = None, topics: Iterable[str] = SOURCES
    ) -> Record:
        """All topics have come to `up_to`; every known feed gave a sign of life then, but those in `seen`."""
        seen = seen or {}
        for topic, system in [*self.last_seen, *((t, SYSTEMS[t]) for t in topics)]:
            self.last_seen[topic, system] = max(
                self.last_seen.get((topic, system), 0), seen.get(system, up_to)
            )
        mark = Watermark(
            partitions=tuple(
                PartitionMark(
                    topic=topic, topic_id=topic.encode().ljust(8)[:8].hex(), partition=0, of=1, up_to=up_to
                )
                for topic in topics
            ),
            feeds=tuple(
                FeedMark(topic=topic, source_system=system, last_seen=last)
                for (topic, system), last in sorted(self.last_seen.items())
            ),
        )
        return self._append(WATERMARK_KEY, mark.encode(), (WATERMARK_HEADER, b""))

    def _append(self, key: bytes, value: bytes, header: tuple[str, bytes]) -> Record:
        record = Record(self.first_offset + len(self.records), key, value, (header,), timestamp=at(0))
        self.records.append(record)
        return record

    def days(self, first: int, last: int) -> Iterable[int]:
        """Days first..last; after each one a watermark of its midnight is written."""
        for day in range(first, last + 1):
            yield day
            self.watermark(at(day + 1, 0))


def working_day(day: int) -> bool:
    return day % 7 < 5


def sessions(journal: Journal, account: str, day: int, users: int, *, prefix: str = "u") -> None:
    """One session each of the first `users` users."""
    for number in range(users):
        journal.event(account, "session.started", at(day, 9) + number * 1000, user_id=f"{prefix}{number}")


def fold_all(system: System, records: Sequence[Record]) -> tuple[list[Outgoing], PartitionEngine]:
    """Everything in one batch, the way of the oracle."""
    engine = PartitionEngine(system, 0, {})
    return engine.process(records), engine


def told(messages: Iterable[Outgoing], topic: str) -> list[dict[str, Any]]:
    """The messages of one topic as dicts."""
    return [json.loads(message.value) for message in messages if message.topic == topic]


HOUR = HOUR_MS
