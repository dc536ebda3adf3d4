"""A catalog as one text: what is activated, hashed and kept, with everything that decides and nothing else.

It is JSON in one canonical form (sorted keys, no spaces) of the merged files, without the inline tests. Comments,
layout and the order of fields do not change it; a number does. Levels alone stay in the order they rise in.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Final

from streams.detection.catalog.overlays import ROUTING, Documents
from streams.detection.catalog.problems import CatalogError, Problem
from streams.detection.catalog.yaml_files import Document, Loc

FORMAT: Final = 1
"""Raised when an older release could not read what this one writes."""

_IN_ORDER: Final = {"severity", "strength"}
"""Fields whose keys stand in an order that says something."""

_WITHOUT: Final = {"tests"}
"""Fields that decide nothing at run time."""


def text_of(documents: Documents, motion: str) -> str:
    """The text of these files."""
    files = {name: _without(document.data) for name, document in documents.items()}
    return canonical({"format": FORMAT, "motion": motion, "files": files})


def sha256_of(text: str) -> str:
    """The text's hash, over its UTF-8 bytes, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def version_of(text: str) -> str:
    """The name that a catalog has where nobody gave it another one."""
    return sha256_of(text)[:12]


def documents_of(text: str, motion: str) -> Documents:
    """The files in a text. Raises CatalogError where it is none of this motion that this release can read."""
    try:
        told = json.loads(text)
    except ValueError as error:
        raise _refused(f"is no catalog: {error}") from error
    if not isinstance(told, dict) or not isinstance(told.get("files"), dict):
        raise _refused("is no catalog: it has no `files`")
    if told.get("format") != FORMAT:
        raise _refused(f"has format {told.get('format')!r}, this release reads format {FORMAT}")
    if told.get("motion") != motion:
        raise _refused(f"is a catalog of {told.get('motion')!r}, not of {motion}")
    found: Documents = {}
    for name, data in sorted(told["files"].items()):
        if name != ROUTING and Path(name).parent.as_posix() not in ("signals", "plays"):
            raise _refused(f"holds {name!r}, which is no file of a catalog")
        found[name] = Document(name, data, dict.fromkeys(_places(data, ()), 1))
    return found


def canonical(data: object) -> str:
    """JSON that is the same text for the same data."""
    return json.dumps(_ordered(data), ensure_ascii=False, separators=(",", ":"))


def _ordered(data: object) -> object:
    if isinstance(data, dict):
        return {name: value if name in _IN_ORDER else _ordered(value) for name, value in sorted(data.items())}
    if isinstance(data, list):
        return [_ordered(value) for value in data]
    return data


def _without(data: object) -> object:
    if not isinstance(data, dict):
        return data
    return {name: value for name, value in data.items() if name not in _WITHOUT}


def _places(data: object, loc: Loc) -> list[Loc]:
    found = [loc]
    if isinstance(data, dict):
        for name, value in data.items():
            found += _places(value, (*loc, name))
    elif isinstance(data, list):
        for at, value in enumerate(data):
            found += _places(value, (*loc, at))
    return found


def _refused(sentence: str) -> CatalogError:
    return CatalogError([Problem("catalog", 1, "", sentence)])
