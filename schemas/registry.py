"""Which events exist, and on which source topics each may come."""

from __future__ import annotations

from typing import TypeAlias, get_args

from schemas.base import Envelope, Message, Patch
from schemas.control import ControlEvent, SourceHeartbeat
from schemas.crm import CrmEvent
from schemas.feedback import FeedbackEvent
from schemas.support import SupportEvent
from schemas.usage import UsageEvent

Event: TypeAlias = UsageEvent | SupportEvent | CrmEvent | FeedbackEvent | ControlEvent | SourceHeartbeat
"""Everything that can come in on a source topic."""


def type_of(model: type[Message]) -> str:
    """The `type` that names this event on the wire."""
    return str(get_args(model.model_fields["type"].annotation)[0])


def _by_type(*unions: object) -> dict[str, type[Message]]:
    models: list[type[Message]] = []
    for union in unions:
        models.extend(get_args(union) or (union,))
    return {type_of(model): model for model in models}


EVENTS_OF_TOPIC: dict[str, dict[str, type[Message]]] = {
    "product-usage": _by_type(UsageEvent, SourceHeartbeat),
    "support-changes": _by_type(SupportEvent, SourceHeartbeat),
    "crm-changes": _by_type(CrmEvent, SourceHeartbeat),
    "retention-feedback": _by_type(FeedbackEvent, SourceHeartbeat),
    "expansion-feedback": _by_type(FeedbackEvent, SourceHeartbeat),
    "control": _by_type(ControlEvent, SourceHeartbeat),
}
"""Source topic → `type` → model."""

MESSAGES: dict[str, type[Message]] = {
    name: model for models in EVENTS_OF_TOPIC.values() for name, model in models.items()
}
"""`type` → model of everything that comes in, also of what has no account."""

EVENTS: dict[str, type[Envelope]] = {
    name: model for name, model in MESSAGES.items() if issubclass(model, Envelope)
}
"""`type` → model of every event about an account."""

PATCHES = frozenset(name for name, model in EVENTS.items() if issubclass(model, Patch))
"""Types whose optional fields say absent = unchanged, null = cleared."""


def topics_of(type_name: str) -> tuple[str, ...]:
    """The source topics a type belongs to; empty for an unknown type."""
    return tuple(topic for topic, models in EVENTS_OF_TOPIC.items() if type_name in models)
