"""The fast gate for what comes in masses: a session, a feature, API calls, a level, and heartbeats.

A glance accepts a part of what `schemas.events.validate` accepts, never more, and takes about a quarter of
its time. It says what the door needs of an event; the bytes are judged anew by whoever wants the rest.
What is the least unusual (an unknown field, an escape, a letter outside of ASCII, an offset that is not
zero) is not judged here: None sends it to the whole contract, which accepts it or says what is wrong.

The structs are derived from the pydantic models field by field, so there is one definition.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from schemas.base import LARGEST_COUNT, Amount, Count, Envelope, Id, Message, Positive, Time
from schemas.control import SourceHeartbeat
from schemas.registry import type_of
from schemas.usage import ApiCalled, FeatureUsed, LevelSampled, SessionStarted

TOPIC = "product-usage"
"""The source topic whose events are worth a glance."""

Glanced: TypeAlias = tuple[str, str, int]
"""Account id, source system, `occurred_at` in ms since the epoch, rounded down."""

BEAT = b'"source.heartbeat"'
"""Is in every heartbeat, and in hardly anything else: only what holds it is worth asking `beat`."""

Beat: TypeAlias = tuple[str, int, int]
"""Source system, `occurred_at` and `complete_up_to` in ms since the epoch, rounded down."""

#: How each constrained type of the models is said to msgspec. What this leaves open of an id is looked at by
#: `glance` (no control characters) and the rules (not blank).
_FORMS: dict[Any, Any] = {
    Id: Annotated[str, Meta(min_length=1, max_length=200)],
    Count: Annotated[int, Meta(ge=0, le=LARGEST_COUNT)],
    Positive: Annotated[int, Meta(ge=1, le=LARGEST_COUNT)],
    Amount: Annotated[float, Meta(ge=0)],
    Time: Annotated[str, Meta(min_length=20, max_length=32)],
}
_HOUR_MS = 3_600_000
_BACKSLASH, _DEL = 0x5C, 0x7F
_OCCURRED, _COMPLETE, _PERIOD = b'"occurred_at"', b'"complete_up_to"', b'"period_'
_PERIODS = (b'"period_start"', b'"period_end"')


def glance(value: bytes) -> Glanced | None:
    """What the door needs of a valid event of `product-usage`; None: ask the whole contract."""
    # Three looks at the bytes save a pattern per text: no escapes, nothing but printable ASCII (msgspec
    # refuses raw control characters, but not DEL).
    if not value.isascii() or _BACKSLASH in value or _DEL in value:
        return None
    # A field may be said twice, and the last counts: of a time only that one is looked at here, by the engine both.
    if value.count(_OCCURRED) > 1 or (_PERIOD in value and any(value.count(name) > 1 for name in _PERIODS)):
        return None
    try:
        event = _decode(value)
        account, system, time = event.account_id, event.source_system, event.occurred_at
        if (
            event.event_id.isspace()
            or account.isspace()
            or system.isspace()
            or not _RULES[type(event)](event)
        ):
            return None
        return account, system, millis(time)
    except (msgspec.MsgspecError, KeyError, RecursionError):
        return None


def beat(value: bytes) -> Beat | None:
    """What the door needs of a valid heartbeat of any source topic; None: ask the whole contract.

    A feed sends one to each of its partitions whatever else it says: of quiet feeds they are most of the records.
    """
    if not value.isascii() or _BACKSLASH in value or _DEL in value:
        return None
    if value.count(_OCCURRED) > 1 or value.count(_COMPLETE) > 1:
        return None
    try:
        event = _decode_beat(value)
        system = event.source_system
        if type(event) is not _HEARTBEAT or system.isspace() or _blank(event.event_id):
            return None
        return system, millis(event.occurred_at), millis(event.complete_up_to)
    except (msgspec.MsgspecError, KeyError, RecursionError):
        return None


def millis(text: str) -> int:
    """A time in UTC, to the microsecond at most, in ms since the epoch, rounded down.

    Raises KeyError for everything else, which may be a time all the same.
    """
    try:
        return _MIDNIGHTS[text[:11]] + _MINUTES[text[11:17]] + _SECONDS[text[17:19]] + _FRACTIONS[text[19:]]
    except KeyError:
        return _midnight(text[:11]) + _MINUTES[text[11:17]] + _SECONDS[text[17:19]] + _fraction(text[19:])


# A time is four pieces of text, each looked up: that validates and parses in 0.3 µs.

_MIDNIGHTS: dict[str, int] = {}
_MINUTES = {f"{h:02}:{m:02}:": (h * 60 + m) * 60_000 for h in range(24) for m in range(60)}
_SECONDS = {f"{s:02}": s * 1000 for s in range(60)}
_FRACTIONS = {f".{ms:03}{zone}": ms for ms in range(1000) for zone in ("Z", "+00:00")} | {"Z": 0, "+00:00": 0}

#: Days remembered; a load has some hundred.
_DAYS = 20_000
_DAY = re.compile(r"(?:19[7-9][0-9]|2[0-9]{3})-[0-9]{2}-[0-9]{2}T")
_FRACTION = re.compile(r"\.([0-9]{1,6})(?:Z|\+00:00)")


def _midnight(text: str) -> int:
    if _DAY.fullmatch(text) is None:
        raise KeyError(text)
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        raise KeyError(text) from None
    if len(_MIDNIGHTS) >= _DAYS:
        _MIDNIGHTS.clear()
    midnight = _MIDNIGHTS[text] = round(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000
    return midnight


def _fraction(tail: str) -> int:
    known = _FRACTIONS.get(tail)
    if known is not None:
        return known
    found = _FRACTION.fullmatch(tail)
    if found is None:
        raise KeyError(tail)
    return int(found[1][:3].ljust(3, "0"))


# -- what no type can say: ids that are blank, rules over more than one field ------------------------


def _is_session(event: Any) -> bool:
    return not (event.user_id.isspace() or _blank(event.workspace_id))


def _is_use(event: Any) -> bool:
    return not (
        event.user_id.isspace()
        or event.feature.isspace()
        or _blank(event.product_id)
        or _blank(event.workspace_id)
    )


def _are_calls(event: Any) -> bool:
    if event.errors > event.count or _blank(event.client_id) or _blank(event.workspace_id):
        return False
    return _is_period(event.period_start, event.period_end, _HOUR_MS)


def _is_level(event: Any) -> bool:
    if (
        event.meter.isspace()
        or event.unit.isspace()
        or _blank(event.product_id)
        or _blank(event.workspace_id)
    ):
        return False
    return _is_period(event.period_start, event.period_end)


def _blank(text: str | None) -> bool:
    return text is not None and text.isspace()


def _is_period(start: str | None, end: str | None, longest_ms: int | None = None) -> bool:
    if start is None or end is None:
        return start is end
    # In whole milliseconds only: what is rounded cannot be compared.
    if start[19:] not in _FRACTIONS or end[19:] not in _FRACTIONS:
        return False
    length = millis(end) - millis(start)
    return length > 0 and (longest_ms is None or length <= longest_ms)


# -- the structs -----------------------------------------------------------------------------------


def _struct_of(model: type[Message]) -> type[msgspec.Struct]:
    hints = get_type_hints(model, include_extras=True)
    return msgspec.defstruct(
        model.__name__,
        [
            (name, _form(hints[name])) if field.is_required() else (name, _form(hints[name]), field.default)
            for name, field in model.model_fields.items()
            if name != "type"
        ],
        tag_field="type",
        tag=type_of(model),
        kw_only=True,
        frozen=True,
        gc=False,
        forbid_unknown_fields=True,  # what is inside of an unknown field would not be looked at
    )


def _form(annotation: Any) -> Any:
    for known, form in _FORMS.items():
        if annotation == known:
            return form
    if get_origin(annotation) in (Union, types.UnionType):
        return reduce(or_, (_form(member) for member in get_args(annotation)))
    if get_origin(annotation) is Literal or annotation is type(None):
        return annotation
    raise TypeError(f"no fast form for {annotation!r}: add it to schemas/glance.py")


_RULES_OF: dict[type[Envelope], Callable[[Any], bool]] = {
    SessionStarted: _is_session,
    FeatureUsed: _is_use,
    ApiCalled: _are_calls,
    LevelSampled: _is_level,
}
_STRUCTS = {model: _struct_of(model) for model in _RULES_OF}
_RULES = {_STRUCTS[model]: rule for model, rule in _RULES_OF.items()}
_decode: Callable[[bytes], Any] = msgspec.json.Decoder(reduce(or_, _STRUCTS.values())).decode
_HEARTBEAT: Any = _struct_of(SourceHeartbeat)
# With one that it is not: of a single struct the field `type` may be missing.
_decode_beat: Callable[[bytes], Any] = msgspec.json.Decoder(_HEARTBEAT | _STRUCTS[SessionStarted]).decode

MODELS = tuple(_RULES_OF)
"""What is worth a glance."""
