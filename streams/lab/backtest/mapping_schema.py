"""JSON Schema of the column mapping, so that an editor completes and checks it while it is written.

`python -m streams.lab.backtest.mapping_schema` writes `jsonschema/` beside this file, `--check` only says what is out
of date (exit 1). What a schema cannot say (which fields an event needs, columns that a file lacks) `backtest` does.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from schemas.registry import MESSAGES
from schemas.wire import STRUCTS
from streams.detection.catalog.schema import Node, command, schema_text
from streams.lab.backtest.fields import fields_of
from streams.lab.backtest.mapping import Mapping

HERE: Final = Path(__file__).parent / "jsonschema"
FILE: Final = "mapping.json"

_WRITTEN: Final = frozenset({"type", "schema_version"})
"""Fields that no column gives."""


def generated() -> dict[str, str]:
    """File name -> text of the schema."""
    schema: Node = Mapping.model_json_schema(by_alias=True)
    definitions = schema["$defs"]
    assert isinstance(definitions, dict)
    file = definitions["FileMapping"]["properties"]
    names = sorted(MESSAGES)
    file["type"] = {"anyOf": [{"type": "string", "enum": names}, {"$ref": "#/$defs/TypeColumn"}]}
    values = definitions["TypeColumn"]["properties"]["values"]["anyOf"][0]
    values["additionalProperties"] = {"anyOf": [{"type": "string", "enum": names}, {"type": "null"}]}
    known = sorted({field for name in names for field in fields_of(STRUCTS[name])} - _WRITTEN)
    file["columns"]["propertyNames"] = {"pattern": rf"^({'|'.join(known)})(\.[a-z0-9_]+)*$"}
    file["constants"]["propertyNames"] = {"pattern": f"^({'|'.join(known)})$"}
    return {FILE: schema_text(FILE, schema)}


if __name__ == "__main__":
    sys.exit(
        command("python -m streams.lab.backtest.mapping_schema", __doc__, generated(), HERE, sys.argv[1:])
    )
