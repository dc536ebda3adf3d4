"""As much of JSON Schema as the catalog's schemas use: what is wrong with a value, by path."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "null": (type(None),),
    "integer": (int,),
    "number": (int, float),
}


def violations(value: object, schema: Schema, root: Schema, path: str = "") -> Iterator[str]:
    """Every violation; a keyword that this does not know is one too."""
    if "$ref" in schema:
        yield from violations(value, root["$defs"][schema["$ref"].rsplit("/", 1)[-1]], root, path)
        return
    if "anyOf" in schema:
        if all(list(violations(value, choice, root)) for choice in schema["anyOf"]):
            yield f"{path}: fits none of {len(schema['anyOf'])}"
        return
    kind = schema.get("type")
    if kind and (not isinstance(value, _TYPES[kind]) or (kind != "boolean" and isinstance(value, bool))):
        yield f"{path}: is no {kind}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: is none of {schema['enum']}"
    if "const" in schema and value != schema["const"]:
        yield f"{path}: is not {schema['const']}"
    if isinstance(value, str):
        if "pattern" in schema and not re.search(schema["pattern"], value):
            yield f"{path}: does not fit {schema['pattern']}"
        if len(value) < schema.get("minLength", 0):
            yield f"{path}: is too short"
    elif isinstance(value, dict):
        yield from _of_object(value, schema, root, path)
    elif isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", 10**6):
            yield f"{path}: has {len(value)} items"
        for at, item in enumerate(value):
            yield from violations(item, schema.get("items", {}), root, f"{path}[{at}]")
    elif isinstance(value, int | float):
        low, above = schema.get("minimum", value), schema.get("exclusiveMinimum", value - 1)
        high, below = schema.get("maximum", value), schema.get("exclusiveMaximum", value + 1)
        if not (low <= value <= high and above < value < below):
            yield f"{path}: is out of range"


def _of_object(value: dict[str, object], schema: Schema, root: Schema, path: str) -> Iterator[str]:
    properties, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    if not schema.get("minProperties", 0) <= len(value) <= schema.get("maxProperties", 10**6):
        yield f"{path}: has {len(value)} fields"
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{path}.{name}: is missing"
    for name, item in value.items():
        if name in properties:
            yield from violations(item, properties[name], root, f"{path}.{name}")
        elif others is False:
            yield f"{path}.{name}: is unknown"
        elif isinstance(others, dict):
            yield from violations(item, others, root, f"{path}.{name}")
        if "propertyNames" in schema:
            yield from violations(name, schema["propertyNames"], root, f"{path}.{name}")
