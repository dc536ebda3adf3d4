"""What the load's events have in common: topics, source systems, times, heartbeats."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

USAGE, SUPPORT, CRM, CONTROL = "product-usage", "support-changes", "crm-changes", "control"
SYSTEMS = {
    USAGE: "atlas-web",
    SUPPORT: "helpdesk",
    CRM: "crm",
    CONTROL: "operator",
    "retention-feedback": "inbox",
    "expansion-feedback": "inbox",
}
DAY_MS = 86_400_000
#: A Monday; long ago, so that no run of any length reaches the broker's present.
FIRST_DAY = date(2008, 1, 7)
_EPOCH_MS = int(datetime(2008, 1, 7, tzinfo=UTC).timestamp() * 1000)


class Made(NamedTuple):
    """One event as its publisher makes it."""

    at: int  #: ms since FIRST_DAY; when it occurs and is sent
    topic: str
    account: str
    value: bytes


def stamp(at: int) -> str:
    """A time of the load as the contract wants it."""
    return datetime.fromtimestamp((_EPOCH_MS + at) / 1000, UTC).isoformat()


def on(day: int) -> str:
    """A day of the load as a date."""
    return str(FIRST_DAY + timedelta(days=day))


def heartbeats(day: int) -> Iterator[Made]:
    """Every six hours a sign of life of each of the three feeds; it has no account."""
    for hour in (6, 12, 18, 24):
        at = day * DAY_MS + hour * 3_600_000 - 1
        for topic in (USAGE, SUPPORT, CRM):
            beat = {
                "type": "source.heartbeat",
                "schema_version": 1,
                "source_system": SYSTEMS[topic],
                "occurred_at": stamp(at),
                "complete_up_to": stamp(at),
                "interval_s": 21_600,
            }
            yield Made(at, topic, "", json.dumps(beat).encode())
