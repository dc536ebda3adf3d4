"""Examples of the contract, and what "read the same" means."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
from pydantic import BaseModel

import schemas
from schemas.base import Envelope, Message, Patch
from schemas.events import topics_of, validate
from schemas.topics import PUBLISHED
from schemas.wire import decode_event, given

EXAMPLES = Path(schemas.__file__).parent / "examples"
EVENT_TYPES = [name for name, model in PUBLISHED.items() if issubclass(model, Message)]


def example(name: str) -> dict[str, Any]:
    """The published example as a fresh dict, to be changed at will."""
    loaded: dict[str, Any] = json.loads((EXAMPLES / f"{name}.json").read_text("utf-8"))
    return loaded


def as_json(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False).encode()


def changed(name: str, /, **fields: object) -> bytes:
    """The example with some fields set to something else."""
    return as_json({**example(name), **fields})


def without(name: str, /, *fields: str) -> bytes:
    """The example with some fields left out."""
    return as_json({key: value for key, value in example(name).items() if key not in fields})


def assert_read_the_same(value: bytes) -> None:
    """What the gate accepts, the fast reader reads with the same values in every field."""
    accepted = validate(topics_of(json.loads(value)["type"])[0], value)
    decoded = decode_event(value)
    assert decoded.type == accepted.type
    for name, field in type(accepted).model_fields.items():
        patched = isinstance(accepted, Patch) and name not in Envelope.model_fields
        if patched and not field.is_required() and name not in accepted.model_fields_set:
            assert not given(getattr(decoded, name)), name
        else:
            _assert_same(getattr(accepted, name), getattr(decoded, name), name)


def _assert_same(accepted: object, decoded: object, path: str) -> None:
    if isinstance(accepted, BaseModel):
        assert isinstance(decoded, msgspec.Struct), path
        for name in type(accepted).model_fields:
            _assert_same(getattr(accepted, name), getattr(decoded, name), f"{path}.{name}")
    elif isinstance(accepted, tuple):
        assert isinstance(decoded, tuple), path
        assert len(accepted) == len(decoded), path
        for index, (left, right) in enumerate(zip(accepted, decoded, strict=True)):
            _assert_same(left, right, f"{path}.{index}")
    else:
        assert type(accepted) is type(decoded), path
        assert accepted == decoded, path
