"""The facts of one account out of a history, without evaluating any signal."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from schemas.control import SourceHeartbeat
from schemas.journal import WATERMARK_HEADER
from schemas.wire import decode_event
from streams.detection.facts import Facts, fold, horizon_refuses
from streams.detection.units import Millis
from streams.lab.history import journal_of


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an account at the end of a history; `at` is the last moment of the whole history."""

    facts: Facts
    at: Millis
    events: int


def facts_of(folder: Path, account_id: str) -> Known:
    """Fold every event of the account. `events` is 0 where the history does not name it.

    Raises FileNotFoundError where the folder holds no history."""
    facts, latest, count = Facts(account_id=account_id), 0, 0
    key = account_id.encode()
    for record in journal_of(folder):
        name, header = record.headers[0]
        if name == WATERMARK_HEADER:
            continue
        occurred = int.from_bytes(header[22:], "big", signed=True)
        latest = max(latest, occurred)
        if record.key != key or record.value is None:
            continue
        event = decode_event(record.value)
        if isinstance(event, SourceHeartbeat) or horizon_refuses(facts, event, occurred):
            continue
        fold(facts, event, occurred)
        count += 1
    return Known(facts, latest, count)
