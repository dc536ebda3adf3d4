"""The letter that a refused source record becomes: the original to the byte (unless it is withheld), and why."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import NamedTuple

from schemas.dead_letters import DeadLetter, DeadLetterHeader
from streams.detection.units import Millis, moment_of
from streams.door.admit import Refusal


class Origin(NamedTuple):
    """Where the refused record lies; `topic` is the contract's name."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: Millis  #: the broker's


def dead_letter(
    refusal: Refusal,
    origin: Origin,
    key: bytes | None,
    value: bytes | None,
    headers: Sequence[tuple[str, bytes | None]],
) -> tuple[bytes, bytes]:
    """Key and value of the record for `dead-letters`; the same record refused again gives the same letter."""
    position = f"{origin.topic}/{origin.partition}/{origin.offset}"
    account = _account_of(value)
    if refusal.withheld:
        key, value, headers = None, None, ()
    letter = DeadLetter(
        id=position,
        reason=refusal.reason,
        sentence=refusal.sentence,
        stage="door",
        topic=origin.topic,
        partition=origin.partition,
        offset=origin.offset,
        broker_time=moment_of(max(0, origin.timestamp_ms)),
        account_id=account,
        key_base64=_base64(key),
        value_base64=_base64(value),
        headers=tuple(
            DeadLetterHeader(name=name, value_base64=_base64(content)) for name, content in headers
        ),
    )
    return position.encode(), letter.model_dump_json().encode()


def _base64(content: bytes | None) -> str | None:
    return None if content is None else base64.b64encode(content).decode()


def _account_of(value: bytes | None) -> str | None:
    """The account id, where the record is an object that names a proper one."""
    try:
        record = json.loads(value or b"")
    except (ValueError, RecursionError):
        return None
    account = record.get("account_id") if isinstance(record, dict) else None
    if isinstance(account, str) and account.strip() and len(account) <= 200 and account.isprintable():
        return account
    return None
