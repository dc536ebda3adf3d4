"""The JSON Schemas for editors take what the loader takes, and mark what a person would get wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from streams.assembly import bundled
from streams.detection.catalog.schema import HERE, generated, schema_of, write
from streams.detection.catalog.yaml_files import read_yaml
from tests.detection.catalog.json_schema import violations

FILES = [
    *((f"{motion}/{path.name}", kind, path)
      for motion in ("retention", "growth")
      for kind, folder in (("signal", "signals"), ("play", "plays"))
      for path in sorted((bundled(motion) / folder).glob("*.yaml"))),
    *((f"{motion}/routing.yaml", "routing", bundled(motion) / "routing.yaml") for motion in ("retention", "growth")),
    ("packaging.yaml", "packaging", bundled("reference") / "packaging.yaml"),
    ("starter/growth", "overlay", bundled("reference") / "starter/growth/overlay.yaml"),
]  # fmt: skip


def wrong(data: object, kind: str, *, partial: bool = False) -> list[str]:
    schema: dict[str, Any] = json.loads(schema_of(kind, partial=partial))
    return list(violations(data, schema, schema))


def data_of(path: Path) -> dict[str, Any]:
    data = read_yaml(path).data
    assert isinstance(data, dict)
    return data


@pytest.mark.parametrize("kind", ["signal", "play", "routing", "packaging", "overlay"])
def test_every_bundled_file_fits_its_schema(kind: str) -> None:
    schema: dict[str, Any] = json.loads(schema_of(kind))
    files = [(name, path) for name, of, path in FILES if of == kind]

    found = {name: list(violations(data_of(path), schema, schema)) for name, path in files}

    assert files and {name: told for name, told in found.items() if told} == {}


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("expires", "120", ".expires: does not fit"),
        ("expirse", "120d", ".expirse: is unknown"),
        ("source", "product", ".source: is none of"),
        ("detect", {"drop": {}, "ceiling": {}}, ".detect: has 2 fields"),
        ("version", 0, ".version: is out of range"),
        ("tests", None, ".tests: is no array"),
    ],
)
def test_a_mistake_is_marked(field: str, value: object, told: str) -> None:
    signal = data_of(bundled("growth") / "signals/seats-near-full.yaml") | {field: value}

    assert any(each.startswith(told) for each in wrong(signal, "signal"))


def test_an_overlay_may_hold_one_field_and_no_unknown_one() -> None:
    assert wrong({"detect": {"ceiling": {"share": 0.8}}}, "signal", partial=True) == []
    assert wrong({"enabled": False}, "signal", partial=True) == []
    assert wrong({"detect": {"ceiling": {"shear": 0.8}}}, "signal", partial=True) != []


def test_the_files_are_up_to_date() -> None:
    assert not write(HERE, lambda told: None, check=True)


def test_writing_makes_what_is_missing_and_removes_what_nothing_makes(tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text("{}")

    changed, again = write(tmp_path, lambda told: None), write(tmp_path, lambda told: None)

    assert (changed, again) == (True, False)
    assert {path.name for path in tmp_path.glob("*")} == set(generated())
