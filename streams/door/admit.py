"""What becomes of one source record: journalled, taken as a sign of life, or refused.

Deterministic in the record's bytes, its topic and the broker's timestamp. Only the published
contract is read here; a vendor's payload would be brought into it before this step, and what the
adapter made is then the journalled value.
"""

from __future__ import annotations

from typing import NamedTuple, cast, final

import msgspec

from schemas import glance
from schemas.base import Envelope
from schemas.control import SourceHeartbeat
from schemas.crm import AccountMerged
from schemas.dead_letters import ReasonCode
from schemas.errors import Refused
from schemas.events import check_key, validate
from schemas.journal import CONTROL_KEY
from schemas.registry import MESSAGES
from streams.detection.units import MINUTE_MS, Millis, millis_of

#: A publisher's clock may run ahead of the broker's by this much, in ms.
AHEAD_MS: Millis = 5 * MINUTE_MS

#: The largest value that is taken for an event, in bytes. A signed contract of a thousand products
#: stays below half of it; what is larger is a mistake and would rest in nobody's facts.
MAX_EVENT_BYTES = 256 * 1024

#: The largest value of `control`: a whole catalog is one record. Its topics take a mebibyte.
MAX_CONTROL_BYTES = 900 * 1024

#: Looked up once: asked for of every event.
_BEAT, _GLANCED, _glance = glance.BEAT, glance.TOPIC, glance.glance

_WITHOUT_ACCOUNT = frozenset(model for model in MESSAGES.values() if not issubclass(model, Envelope))


class Entry(NamedTuple):
    """One journal record that a source record becomes."""

    sub: int  #: sub-index in the source position, when one record becomes several
    key: bytes  #: account id, UTF-8
    value: bytes


@final
class Admitted(msgspec.Struct, frozen=True, gc=False):
    """A valid event. Flat, for there is one of each event; nearly all become one journal record."""

    key: bytes
    value: bytes
    occurred: Millis
    source_system: str
    also: bytes | None = None  #: a second account that has to hear of it
    everywhere: bool = False  #: no account: goes to every journal partition

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The journal records that it becomes, in order."""
        first = Entry(0, self.key, self.value)
        return (first,) if self.also is None else (first, Entry(1, self.also, self.value))


@final
class Heartbeat(NamedTuple):
    """A publisher's sign of life: it says how far its own stream is complete."""

    source_system: str
    occurred: Millis
    complete_up_to: Millis


@final
class Refusal(NamedTuple):
    """Why a record is not taken: a code for counting and one sentence for the publisher."""

    reason: ReasonCode
    sentence: str
    withheld: bool = False  #: nothing of the record's content may be kept


def admit(
    topic: str, key: bytes | None, value: bytes | None, timestamp_ms: Millis
) -> Admitted | Heartbeat | Refusal:
    """Judge one record of a source topic.

    Args:
        topic: the topic's name in the contract, without prefix.
        timestamp_ms: the broker's own timestamp (LogAppendTime), ms since the epoch.
    """
    if value is None:
        return Refusal(ReasonCode.NULL_VALUE, "the record has no value; events are never deleted this way")
    most = MAX_CONTROL_BYTES if topic == "control" else MAX_EVENT_BYTES
    if len(value) > most:
        return Refusal(ReasonCode.TOO_LARGE, f"the value has {len(value)} bytes; an event may have {most}")
    try:
        if key is not None and not key.isascii():
            check_key(key)
        if _BEAT in value:
            beat = glance.beat(value)
            if beat is not None and beat[1] <= timestamp_ms + AHEAD_MS:
                return _heartbeat(*beat, timestamp_ms)
        elif topic == _GLANCED:
            seen = _glance(value)
            if seen is not None and seen[2] <= timestamp_ms + AHEAD_MS:
                return Admitted(seen[0].encode(), value, seen[2], seen[1])
        event = validate(topic, value)
    except Refused as refused:
        return Refusal(refused.reason, refused.sentence)
    occurred = millis_of(event.occurred_at)
    if occurred > timestamp_ms + AHEAD_MS:
        return Refusal(
            ReasonCode.IN_THE_FUTURE,
            f"`occurred_at` {event.occurred_at.isoformat()} lies more than 5 minutes after the broker's own "
            "timestamp of the record: check the publisher's clock",
        )
    # By type, not isinstance: a pydantic class answers that in Python, a microsecond each.
    kind = type(event)
    if kind is SourceHeartbeat:
        complete = millis_of(cast(SourceHeartbeat, event).complete_up_to)
        return _heartbeat(event.source_system, occurred, complete, timestamp_ms)
    if kind in _WITHOUT_ACCOUNT:
        return Admitted(CONTROL_KEY, value, occurred, event.source_system, everywhere=True)
    # Both accounts have to hear of a merger: the old one ends its alerts, the new one takes over.
    also = cast(AccountMerged, event).into_account_id.encode() if kind is AccountMerged else None
    return Admitted(cast(Envelope, event).account_id.encode(), value, occurred, event.source_system, also)


def _heartbeat(system: str, occurred: Millis, complete: Millis, timestamp_ms: Millis) -> Heartbeat:
    # Nobody can vouch for time that has not come: the claim ends at the broker's clock.
    return Heartbeat(system, occurred, min(complete, timestamp_ms + AHEAD_MS))
