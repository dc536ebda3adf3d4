"""From a failed validation to one reason code and one sentence. Slow on purpose: only failures come here."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from schemas.dead_letters import ReasonCode
from schemas.errors import Refused
from schemas.registry import EVENTS_OF_TOPIC, topics_of

_SHOWN = 60
"""Characters of a wrong value that a sentence repeats."""


def explain(topic: str, value: bytes, error: ValidationError) -> Refused:
    """Why this record was refused; where several fields are wrong, the one that helps most."""
    details = error.errors(include_url=False)
    first = details[0]
    match first["type"]:
        case "json_invalid":
            return _malformed(value, first)
        case "union_tag_not_found":
            return Refused(ReasonCode.MISSING_FIELD, "field `type` is missing: it names the event")
        case "union_tag_invalid":
            return _unknown_type(topic, first)
    if not first["loc"]:
        return Refused(ReasonCode.NOT_AN_OBJECT, f"expected a JSON object, got {_shown(first['input'])}")
    event_type, worst = str(first["loc"][0]), min(details, key=_rank)
    return _field_error(event_type, worst, others=len(details) - 1)


def _malformed(value: bytes, detail: ErrorDetails) -> Refused:
    try:
        value.decode()
    except UnicodeDecodeError as error:
        return Refused(
            ReasonCode.MALFORMED_JSON, f"the value is not UTF-8: byte {error.start} of {len(value)}"
        )
    return Refused(
        ReasonCode.MALFORMED_JSON, f"the value is not JSON: {detail.get('ctx', {}).get('error', '')}"
    )


def _unknown_type(topic: str, detail: ErrorDetails) -> Refused:
    given = detail["input"].get("type") if isinstance(detail["input"], dict) else None
    if not isinstance(given, str):
        return Refused(ReasonCode.WRONG_TYPE, f"field `type`: expected a text, got {_shown(given)}")
    homes = topics_of(given)
    if homes:
        return Refused(
            ReasonCode.UNKNOWN_TYPE, f"{given} does not belong on {topic} but on {' or '.join(homes)}"
        )
    known = ", ".join(EVENTS_OF_TOPIC[topic])
    return Refused(ReasonCode.UNKNOWN_TYPE, f"unknown type {_shown(given)}; {topic} knows {known}")


def _rank(detail: ErrorDetails) -> int:
    """An event without its account helps nobody, so that is said first; then what is missing."""
    if detail["loc"][1:] == ("account_id",):
        return 0
    return 1 if detail["type"] == "missing" else 2


def _field_error(event_type: str, detail: ErrorDetails, others: int) -> Refused:
    path = ".".join(str(part) for part in detail["loc"][1:])
    more = "" if others == 0 else f" (and {others} more)"
    kind, given = detail["type"], detail["input"]
    if kind == "missing":
        return Refused(ReasonCode.MISSING_FIELD, f"field `{path}` of {event_type} is missing{more}")
    if kind == "value_error":
        return Refused(ReasonCode.INVALID_VALUE, f"{event_type}: {detail['ctx']['error']}{more}")
    expected, reason = _expected(kind, detail)
    if path == "account_id" and (given is None or (isinstance(given, str) and not given.strip())):
        reason = ReasonCode.EMPTY_ACCOUNT_ID
    return Refused(reason, f"field `{path}` of {event_type}: expected {expected}, got {_shown(given)}{more}")


_TYPES = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a whole number of at most 53 bits",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "model_type": "an object",
    "model_attributes_type": "an object",
}


def _expected(kind: str, detail: ErrorDetails) -> tuple[str, ReasonCode]:
    context: dict[str, Any] = detail.get("ctx", {})
    if kind == "expected":
        wrong = not isinstance(detail["input"], str)
        return detail["msg"], ReasonCode.WRONG_TYPE if wrong else ReasonCode.INVALID_VALUE
    if kind in _TYPES:
        return _TYPES[kind], ReasonCode.WRONG_TYPE
    said = {
        "literal_error": "one of {expected}",
        "string_too_short": "a text of at least {min_length} character",
        "string_too_long": "a text of at most {max_length} characters",
        "greater_than_equal": "at least {ge}",
        "less_than_equal": "at most {le}",
    }.get(kind)
    return (said.format(**context) if said else detail["msg"]), ReasonCode.INVALID_VALUE


def _shown(given: object) -> str:
    if isinstance(given, (dict, Sequence)) and not isinstance(given, str):
        text = json.dumps(given, ensure_ascii=False, default=str)
    else:
        text = "null" if given is None else str(given).lower() if isinstance(given, bool) else repr(given)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
