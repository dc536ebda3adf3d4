"""Copies of a bundled catalog that a test may spoil."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from streams.assembly import bundled, load_packaging
from streams.detection.catalog.load import load_catalog
from streams.detection.catalog.problems import CatalogError, Problem


def copy_of(motion: str, into: Path) -> Path:
    """The motion's bundled folder, copied."""
    target = into / motion
    for part in ("signals", "plays"):
        shutil.copytree(bundled(motion) / part, target / part)
    shutil.copy(bundled(motion) / "routing.yaml", target / "routing.yaml")
    return target


def change(folder: Path, file: str, before: str, after: str) -> None:
    """Replace the first occurrence of a text in a file."""
    path = folder / file
    text = path.read_text()
    assert before in text, f"{file} does not hold {before!r}"
    path.write_text(text.replace(before, after, 1))


def line_of(folder: Path, file: str, text: str) -> int:
    """The first line, from 1, that holds the text."""
    lines = (folder / file).read_text().splitlines()
    return next(number for number, line in enumerate(lines, start=1) if text in line)


def problems(folder: Path, motion: str) -> tuple[Problem, ...]:
    """Why the catalog is refused."""
    with pytest.raises(CatalogError) as refused:
        load_catalog(folder, motion, load_packaging())
    return refused.value.problems
