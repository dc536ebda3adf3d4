"""JSON Schema of the files that people write, so that an editor completes and checks them while they do.

`python -m streams.detection.catalog.schema` writes `jsonschema/` beside this file, `--check` only says what is out
of date (exit 1). What a schema cannot say (names that must exist elsewhere, fields of templates) the loader does.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from streams.detection.catalog.model import SignalSpec
from streams.detection.catalog.overlays import OverlayNote
from streams.detection.catalog.plays import Play
from streams.detection.catalog.routing import Routing
from streams.detection.packaging import Packaging

HERE: Final = Path(__file__).parent / "jsonschema"

Node = dict[str, object]

MODELS: Final[dict[str, type[BaseModel]]] = {
    "signal": SignalSpec,
    "play": Play,
    "routing": Routing,
    "packaging": Packaging,
    "overlay": OverlayNote,
}
PARTIAL: Final = ("signal", "play", "routing")
"""Files of which an overlay may hold any part."""

_WHOLE_IN_AN_OVERLAY: Final = {"Case", "Happening", "Expected", "Step"}
"""Entries of lists: an overlay replaces a list, so each entry is whole."""


def schema_of(name: str, *, partial: bool = False) -> str:
    """The schema (draft 2020-12) of a kind of file, as text; `partial`: of an overlay's."""
    schema: Node = MODELS[name].model_json_schema(by_alias=True)
    _tidy(schema)
    definitions = schema.get("$defs")
    assert definitions is None or isinstance(definitions, dict)
    if name == "signal":
        _one_detector((definitions or {})["Detect"])
        required = schema["required"]
        assert isinstance(required, list)
        required.append("tests")
    if partial:
        schema.pop("required", None)
        for title, definition in (definitions or {}).items():
            if title not in _WHOLE_IN_AN_OVERLAY:
                definition.pop("required", None)
    return _dumped(_file(name, partial), schema)


def schema_text(name: str, schema: Node) -> str:
    """A schema that pydantic made, as the text of the file of that name."""
    _tidy(schema)
    return _dumped(name, schema)


def _dumped(name: str, schema: Node) -> str:
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": name}
    return json.dumps({**head, **schema}, indent=1, ensure_ascii=False) + "\n"


def _tidy(node: object) -> None:
    """Leave out what helps nobody who writes: generated titles, defaults in other units than are written, and of a
    detector's description all but the mechanism."""
    if isinstance(node, dict):
        if "properties" in node or "$defs" in node or "type" in node or "anyOf" in node or "$ref" in node:
            for useless in ("title", "default"):
                if not isinstance(node.get(useless), dict):
                    node.pop(useless, None)
            if isinstance(node.get("description"), str):
                node["description"] = " ".join(node["description"].split("\n\n")[0].split())
        for value in node.values():
            _tidy(value)
    elif isinstance(node, list):
        for value in node:
            _tidy(value)


def _one_detector(detect: Node) -> None:
    """`detect:` names exactly one."""
    properties = detect["properties"]
    assert isinstance(properties, dict)
    for name, choice in properties.items():
        properties[name] = choice["anyOf"][0]
    detect["minProperties"] = detect["maxProperties"] = 1


def _file(name: str, partial: bool) -> str:
    return f"{name}-overlay.json" if partial else f"{name}.json"


def generated() -> dict[str, str]:
    """File name -> text of every schema."""
    files = {_file(name, False): schema_of(name) for name in MODELS}
    return files | {_file(name, True): schema_of(name, partial=True) for name in PARTIAL}


def write(
    folder: Path,
    told: Callable[[str], object] = print,
    *,
    check: bool = False,
    wanted: Mapping[str, str] | None = None,
    alone: bool = True,
) -> bool:
    """Write the schemas (others than the catalogs' with `wanted`: file name -> text) into a folder, with `check` only
    tell; whether anything was out of date. What nothing makes is removed where they are `alone` in it."""
    wanted = generated() if wanted is None else wanted
    there = {path.name for path in folder.glob("*.json")}
    wrong = sorted(
        {name for name, text in wanted.items() if name not in there or _text(folder / name) != text}
        | (there - wanted.keys() if alone else set())
    )
    for name in wrong:
        told(("out of date: " if check else "wrote ") + str(folder / name))
        if check:
            continue
        if name in wanted:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(wanted[name], "utf-8")
        else:
            (folder / name).unlink()
    return bool(wrong)


def _text(path: Path) -> str:
    return path.read_text("utf-8")


def command(
    name: str, doc: str | None, wanted: Mapping[str, str], folder: Path, arguments: Sequence[str]
) -> int:
    """The command line of a module that writes schemas; its exit code."""
    parser = argparse.ArgumentParser(prog=name, description=doc)
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 when something is stale")
    parser.add_argument(
        "--out", type=Path, default=folder, help="another folder, such as your own catalog's `.schema`"
    )
    given = parser.parse_args(arguments)
    # A folder of one's own may hold the schemas of several modules, and others.
    stale = write(given.out, check=given.check, wanted=wanted, alone=given.out == folder)
    return 1 if given.check and stale else 0


if __name__ == "__main__":
    sys.exit(command("python -m streams.detection.catalog.schema", __doc__, generated(), HERE, sys.argv[1:]))
