"""The JSON Schema of a mapping takes what the loader takes, and marks what a person would get wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from streams.detection.catalog.schema import write
from streams.lab.backtest.mapping_schema import FILE, HERE, generated
from tests.detection.catalog.json_schema import violations

SCHEMA: dict[str, Any] = json.loads(generated()[FILE])
GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "import-a-warehouse-export.md"


def wrong(**changes: object) -> list[str]:
    """What is marked in a mapping that is right but for the changes."""
    file: dict[str, object] = {
        "match": "deals*.csv",
        "type": {"column": "What", "values": {"Signed": "contract.signed", "Viewed": None}},
        "columns": {"account_id": "A", "products.0.tier": {"column": "T", "default": "team"}},
        "constants": {"source_system": "erp", "auto_renew": True},
    }
    mapping = {"files": [file | changes]}
    return list(violations(mapping, SCHEMA, SCHEMA))


def test_a_right_mapping_and_the_one_of_the_guide_fit() -> None:
    found = re.search(r'^```yaml title="mapping.yaml"\n(.*?)^```$', GUIDE.read_text("utf-8"), re.M | re.S)
    assert found
    assert wrong() == list(violations(yaml.safe_load(found.group(1)), SCHEMA, SCHEMA)) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"type": "contact.aded"}, ".files[0].type: fits none"),
        ({"columns": {"acount_id": "A"}}, ".files[0].columns.acount_id: does not fit"),
        ({"columns": {"roles": {"colum": "Roles"}}}, ".files[0].columns.roles: fits none"),
        ({"constants": {"schema_version": 1}}, ".files[0].constants.schema_version: does not fit"),
        ({"timezone": "Europe/Berlin"}, ".files[0].timezone: is unknown"),
    ],
)
def test_a_mistake_is_marked(changes: dict[str, object], told: str) -> None:
    assert any(each.startswith(told) for each in wrong(**changes)), wrong(**changes)


def test_the_file_is_up_to_date() -> None:
    assert not write(HERE, lambda told: None, check=True, wanted=generated())


def test_a_folder_of_ones_own_keeps_what_else_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "signal.json").write_text("{}")
    assert write(tmp_path, lambda told: None, wanted=generated(), alone=False)
    assert {path.name for path in tmp_path.iterdir()} == {"signal.json", FILE}
