"""Pydantic's errors as sentences for people who write YAML, with the names that would have been right."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Annotated, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from streams.detection.catalog.problems import unknown_name

_EXPECTED = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "fields with values",
    "model_type": "fields with values",
    "model_attributes_type": "fields with values",
}


def sentence_of(model: type[BaseModel], detail: ErrorDetails) -> str:
    """What is wrong and what was expected."""
    kind, given, loc = detail["type"], detail["input"], detail["loc"]
    if kind == "extra_forbidden":
        what = "detector" if _is_detect(model, loc) else "field"
        return unknown_name(what, str(loc[-1]), field_names(model, loc[:-1]))
    if kind == "missing":
        return "is missing"
    if kind in ("value_error", "assertion_error"):
        return str(detail.get("ctx", {}).get("error", detail["msg"]))
    if kind == "literal_error":
        return f"expected {detail.get('ctx', {}).get('expected')}, got {given!r}"
    if kind in _EXPECTED:
        return f"expected {_EXPECTED[kind]}, got {_shown(given)}"
    told = detail["msg"].replace("Input should", "should").replace("String should", "should")
    return f"{told}, got {_shown(given)}"


def field_names(model: type[BaseModel], loc: tuple[str | int, ...]) -> list[str]:
    """The fields, as they are written, of the model that stands at a path; empty where none does."""
    return sorted(
        {
            field.alias or name
            for found in _models_at(model, loc)
            for name, field in found.model_fields.items()
        }
    )


def _is_detect(model: type[BaseModel], loc: tuple[str | int, ...]) -> bool:
    return any(found.__name__ == "Detect" for found in _models_at(model, loc[:-1]))


def _models_at(annotation: object, loc: tuple[str | int, ...]) -> Iterator[type[BaseModel]]:
    """The models that may stand at a path of an annotation."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _models_at(get_args(annotation)[0], loc)
    elif origin in (Union, types.UnionType):
        for member in get_args(annotation):
            yield from _models_at(member, loc)
    elif origin in (tuple, list) and loc and isinstance(loc[0], int):
        yield from _models_at(get_args(annotation)[0], loc[1:])
    elif origin is dict and loc:
        yield from _models_at(get_args(annotation)[1], loc[1:])
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if not loc:
            yield annotation
            return
        for name, field in annotation.model_fields.items():
            if loc[0] in (name, field.alias):
                yield from _models_at(field.annotation, loc[1:])


def _shown(given: object) -> str:
    text = repr(given)
    return text if len(text) <= 60 else text[:59] + "…"
