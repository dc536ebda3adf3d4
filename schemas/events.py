"""The gate of the contract: bytes of a source topic in, a typed event or a reason out."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Annotated, Any, cast

import msgspec
from pydantic import Field, TypeAdapter, ValidationError

from schemas.base import Message
from schemas.dead_letters import ReasonCode
from schemas.errors import Refused
from schemas.explain import explain
from schemas.registry import EVENTS, EVENTS_OF_TOPIC, MESSAGES, Event, topics_of, type_of
from schemas.wire import decode_event

__all__ = [
    "EVENTS",
    "EVENTS_OF_TOPIC",
    "MESSAGES",
    "Event",
    "Refused",
    "check_key",
    "topics_of",
    "type_of",
    "validate",
]


def _adapter(models: dict[str, type[Message]]) -> TypeAdapter[Message]:
    union: Any = reduce(or_, models.values())  # a union made at run time has no static type
    adapter: TypeAdapter[Message] = TypeAdapter(Annotated[union, Field(discriminator="type")])
    return adapter


_ADAPTERS = {topic: _adapter(models) for topic, models in EVENTS_OF_TOPIC.items()}


def validate(topic: str, value: bytes | None) -> Event:
    """The event in a record of this source topic (contract name, without prefix).

    Whatever comes back, `schemas.wire.decode_event` reads from the same bytes. Raises Refused with a
    reason code and one sentence; KeyError for a topic that is no source topic.
    """
    adapter = _ADAPTERS[topic]
    if value is None:
        raise Refused(ReasonCode.NULL_VALUE, "the record has no value; events are never deleted this way")
    try:
        event = cast(Event, adapter.validate_json(value))
    except ValidationError as error:
        raise explain(topic, value, error) from None
    try:
        # Two JSON readers agree on JSON; this catches what only one of them lets pass (NaN in an unknown
        # field, say) before it is in the journal, where it would stop the engine.
        decode_event(value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(ReasonCode.MALFORMED_JSON, f"the value is not strict JSON: {error}") from None
    return event


def check_key(key: bytes | None) -> None:
    """Refuses a record key that is not UTF-8; no key at all is fine, the event names its account."""
    if key is None:
        return
    try:
        key.decode()
    except UnicodeDecodeError as error:
        raise Refused(
            ReasonCode.KEY_NOT_UTF8, f"the record's key is not UTF-8: byte {error.start} of {len(key)}"
        ) from None
