"""The subset of YAML that catalogs are written in, and the places of its values."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.detection.catalog.problems import CatalogError
from streams.detection.catalog.yaml_files import read_yaml


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "file.yaml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("10:00", "10:00"),
        ("2026-01-05", "2026-01-05"),
        ("010", 10),
        ("1e3", "1e3"),
        ("0.10", 0.1),
        ("true", True),
        ("null", None),
        ("", None),
    ],
)
def test_scalars_are_what_they_look_like(tmp_path: Path, text: str, value: object) -> None:
    document = read_yaml(written(tmp_path, f"a: {text}\n"))

    assert document.data == {"a": value}


def test_every_value_knows_its_line(tmp_path: Path) -> None:
    document = read_yaml(written(tmp_path, "a: 1\nb:\n  - x\n  - {c: 2,\n     d: 3}\n"))

    assert [document.line(loc) for loc in (("a",), ("b", 0), ("b", 1, "c"), ("b", 1, "d"))] == [1, 3, 4, 5]
    assert document.line(("b", 1, "not there")) == 4


def test_aliases_repeat_what_was_anchored(tmp_path: Path) -> None:
    document = read_yaml(written(tmp_path, "a: &one {x: 1}\nb: *one\n"))

    assert document.data == {"a": {"x": 1}, "b": {"x": 1}}


def test_a_file_that_is_not_there_is_a_problem_like_any_other(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=r"nothing\.yaml:1: cannot be read"):
        read_yaml(tmp_path / "nothing.yaml")


def test_python_objects_are_not_made(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="could not determine a constructor"):
        read_yaml(written(tmp_path, "a: !!python/name:os.system x\n"))
