"""What a field of an event is, as far as text of an export has to be turned into it."""

from __future__ import annotations

import types
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Literal, NamedTuple, Union, get_args, get_origin

import msgspec

Kind = Literal["text", "whole", "number", "truth", "time", "date", "money", "nested"]

_KINDS: dict[object, Kind] = {
    str: "text",
    int: "whole",
    float: "number",
    bool: "truth",
    datetime: "time",
    date: "date",
    Decimal: "money",
}


class Leaf(NamedTuple):
    """A field's kind, and whether it is a list of them."""

    kind: Kind
    many: bool


@lru_cache(maxsize=512)
def fields_of(struct: type[msgspec.Struct]) -> dict[str, bool]:
    """Field -> whether an event needs it."""
    return {field.encode_name: field.required for field in msgspec.structs.fields(struct)}


@lru_cache(maxsize=4096)
def leaf(struct: type[msgspec.Struct], path: str) -> Leaf | None:
    """What stands at a path such as `products.0.tier`; None where the type has no such place.

    >>> from schemas.wire import STRUCTS
    >>> leaf(STRUCTS["contract.signed"], "products.0.seats")
    Leaf(kind='whole', many=False)
    >>> leaf(STRUCTS["contact.added"], "roles")
    Leaf(kind='text', many=True)
    """
    annotation: object = struct
    for part in path.split("."):
        if part.isdecimal():
            if get_origin(annotation) is not tuple:
                return None
            annotation = _given(get_args(annotation)[0])
        elif isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
            found = {f.encode_name: f.type for f in msgspec.structs.fields(annotation)}
            if part not in found:
                return None
            annotation = _given(found[part])
        else:
            return None
    if get_origin(annotation) is tuple:
        return Leaf(_kind(_given(get_args(annotation)[0])), True)
    return Leaf(_kind(annotation), False)


def _given(annotation: object) -> object:
    """The annotation without `None` and `UNSET`."""
    if get_origin(annotation) in (Union, types.UnionType):
        members = [m for m in get_args(annotation) if m not in (type(None), msgspec.UnsetType)]
        # A number written as whole or not is read as a number.
        return float if float in members else members[0]
    return annotation


def _kind(annotation: object) -> Kind:
    if get_origin(annotation) is Literal:
        return _KINDS.get(type(get_args(annotation)[0]), "text")
    return _KINDS.get(annotation, "nested")
