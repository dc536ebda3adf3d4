"""`twomotion signals`."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from streams.cli.signals import signals
from tests.detection.catalog.folders import change, copy_of, line_of


def run(*arguments: str) -> Result:
    return CliRunner().invoke(signals, list(arguments))


def test_list_has_both_motions() -> None:
    listed = json.loads(run("list", "--json").stdout)["signals"]

    assert {signal["motion"] for signal in listed} == {"retention", "growth"}
    assert {"usage-drop", "seats-near-full"} <= {signal["id"] for signal in listed}


def test_list_for_people_names_titles() -> None:
    assert "usage-drop" in run("list").stdout
    assert "Nearly all seats are assigned and used" in run("list").stdout


def test_show_tells_a_signal_whole() -> None:
    shown = run("show", "usage-drop").stdout

    assert "usage-drop (version 1, retention, usage)" in shown
    assert "Play       usage-recovery" in shown
    assert json.loads(run("show", "usage-drop", "--json").stdout)["variants"]["default"]["for"] == "3d"


def test_show_of_an_unknown_signal_suggests_one() -> None:
    result = run("show", "usage-dorp")

    assert result.exit_code == 2
    assert "did you mean `usage-drop`?" in result.output


def test_test_of_one_signal_counts_its_cases() -> None:
    result = run("test", "sponsor-departed", "--json")

    summary = json.loads(result.stdout)
    assert (result.exit_code, summary["failed"]) == (0, 0)
    assert summary["cases"] == len(summary["results"]) == 8


def test_a_case_that_fails_ends_with_exit_code_1_and_shows_both_sides(tmp_path: Path) -> None:
    retention = copy_of("retention", tmp_path)
    change(retention, "signals/sponsor-departed.yaml", "{day: 30, status: opened", "{day: 33, status: opened")

    result = run("--retention", str(retention), "test", "sponsor-departed")

    assert result.exit_code == 1
    assert "!! expected day 33: opened critical" in result.stdout
    assert "7 of 8 cases of 1 signals hold" in result.stdout


def test_a_refused_catalog_names_file_line_and_field(tmp_path: Path) -> None:
    growth = copy_of("growth", tmp_path)
    change(growth, "signals/new-executive.yaml", "within: 120d", "wihtin: 120d")

    result = run("--growth", str(growth), "list")

    assert result.exit_code == 1
    line = line_of(growth, "signals/new-executive.yaml", "wihtin")
    where = f"growth/signals/new-executive.yaml:{line}: detect.occurrence.wihtin"
    assert f"{where}: no such field `wihtin`, did you mean `within`?" in result.output


def test_show_of_a_signal_that_an_overlay_switched_off_says_so() -> None:
    result = CliRunner().invoke(signals, ["--overlay", "starter", "show", "champion-lost"])

    assert result.exit_code == 2
    assert "`champion-lost` is switched off" in result.output
