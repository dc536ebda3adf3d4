"""Records that no publisher should send, and some will."""

from __future__ import annotations

import json
import random

from tests.chaos.record import Record

_EVENT = {
    "event_id": "bad",
    "type": "session.started",
    "schema_version": 1,
    "account_id": "acct-00001",
    "occurred_at": "2008-03-01T00:00:00Z",
    "source_system": "atlas-web",
    "user_id": "u-1",
}


def _changed(**changes: object) -> bytes:
    return json.dumps({**_EVENT, **changes}).encode()


KINDS: tuple[bytes | None, ...] = (
    None,
    b"",
    b"{",
    b"null",
    b"[]",
    b"[" * 5_000,
    b"\xff\xfe\x00",
    b'{"type": "session.started"}',
    _changed(type="no.such.type"),
    _changed(type="deal.changed"),
    _changed(schema_version="many"),
    _changed(schema_version=99),
    _changed(account_id=""),
    _changed(account_id=None),
    _changed(account_id="a\0b"),
    _changed(account_id="x" * 500),
    _changed(event_id=""),
    _changed(occurred_at="yesterday"),
    _changed(occurred_at="2199-01-01T00:00:00Z"),
    _changed(occurred_at="2008-03-01T00:00:00"),
    _changed(user_id=7),
    _changed(source_system=["crm"]),
    _changed(user_id="u" * 300_000),
)
"""One of each; the last one is larger than any event may be."""


def poison(rng: random.Random, topic: str) -> Record:
    """One bad record; the very large kind is rare."""
    value = KINDS[-1] if rng.random() < 0.002 else rng.choice(KINDS[:-1])
    key = rng.choice((b"acct-00001", b"\xff\xfe", b""))
    return Record(topic, key, value, place=rng.random())
