"""`--reference`: a company of one's own, wherever catalogs are loaded."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from streams.cli.main import root

WRONG = "products: {a: {name: A, tiers: [s], use_cases: [sing]}}\n"
COMMANDS = (
    ("worker", "--brokers", "127.0.0.1:1"),
    ("catalog", "activate", "growth", "--dry-run"),
    ("map", "acme", "--history", "docs/examples"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_wrong_packaging_of_ones_own_is_refused_at_its_line(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "packaging.yaml").write_text(WRONG)

    result = CliRunner().invoke(root, [*command, "--reference", str(tmp_path)])

    assert result.exit_code == 1
    assert f"{tmp_path}/packaging.yaml:1: products.a.use_cases[0]: no such use case `sing`" in result.output


def test_an_overlay_brings_it_as_well(tmp_path: Path) -> None:
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "packaging.yaml").write_text(WRONG)

    result = CliRunner().invoke(
        root, ["catalog", "activate", "growth", "--dry-run", "--overlay", str(tmp_path)]
    )

    assert result.exit_code == 1
    assert "no such use case `sing`" in result.output
