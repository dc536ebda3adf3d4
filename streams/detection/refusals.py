"""Dead letters of the engine: what passed the door and still cannot be taken in."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

from schemas.dead_letters import DeadLetter, ReasonCode
from schemas.journal import Position
from streams.detection.system import Outgoing
from streams.detection.units import Millis

_JOURNAL = "account-journal"
_CONTROL = "control"
_LONGEST = 1_000


def too_late(
    partition: int, offset: int, key: bytes, value: bytes | None, broker_ms: Millis, occurred: Millis
) -> Outgoing:
    """An event older than what is remembered of its account; the letter names its place in the journal."""
    when = datetime.fromtimestamp(occurred / 1000, UTC).date()
    return _letter(
        DeadLetter(
            id=f"{_JOURNAL}/{partition}/{offset}",
            reason=ReasonCode.TOO_LATE,
            sentence=f"it occurred on {when}, before the oldest of the 128 days that are kept of this account",
            stage="engine",
            topic=_JOURNAL,
            partition=partition,
            offset=offset,
            broker_time=datetime.fromtimestamp(broker_ms / 1000, UTC),
            account_id=key.decode(),
            key_base64=base64.b64encode(key).decode(),
            value_base64=base64.b64encode(value or b"").decode(),
        )
    )


def refused_activation(position: Position, value: bytes, broker_ms: Millis, why: str) -> Outgoing:
    """An activation that changes nothing, because what it brings is wrong; the letter names its place on
    `control`."""
    sentence = f"not activated, what ruled before rules on: {why}"
    return _letter(
        DeadLetter(
            id=f"{_CONTROL}/{position.partition}/{position.offset}",
            reason=ReasonCode.INVALID_CATALOG,
            sentence=sentence if len(sentence) <= _LONGEST else sentence[: _LONGEST - 1] + "…",
            stage="engine",
            topic=_CONTROL,
            partition=position.partition,
            offset=position.offset,
            broker_time=datetime.fromtimestamp(broker_ms / 1000, UTC),
            key_base64=None,
            value_base64=base64.b64encode(value).decode(),
        )
    )


def _letter(letter: DeadLetter) -> Outgoing:
    return Outgoing("dead-letters", letter.id.encode(), letter.model_dump_json().encode())
