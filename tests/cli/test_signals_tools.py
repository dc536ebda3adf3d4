"""`twomotion signals lint`, `diff` and `new`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from streams.assembly import load_system
from streams.cli.signals_all import signals
from streams.detection.detectors import DETECTORS
from streams.lab.cases import run_case
from streams.lab.skeleton import model_for, skeleton, text_of
from tests.detection.catalog.folders import change, copy_of

SEATS = "signals/seats-near-full.yaml"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(signals, list(arguments))


@pytest.fixture
def growth(tmp_path: Path) -> Path:
    return copy_of("growth", tmp_path)


def test_the_bundled_catalogs_are_right_and_locked() -> None:
    result = run("lint")

    assert (result.exit_code, result.output.splitlines()[-1][:21]) == (0, "Nothing is wrong with")


def test_a_changed_signal_fails_until_its_version_is_raised_and_the_lock_written(growth: Path) -> None:
    folder = ("--growth", str(growth))
    assert run(*folder, "lint", "--write-lock").exit_code == 0
    change(growth, SEATS, "share: 0.9", "share: 0.92")

    changed = run(*folder, "lint")
    refused = run(*folder, "lint", "--write-lock")
    change(growth, SEATS, "version: 1", "version: 2")
    stale = run(*folder, "lint")
    written = run(*folder, "lint", "--write-lock")

    assert (changed.exit_code, refused.exit_code, stale.exit_code) == (1, 1, 1)
    assert f"growth/{SEATS}:1: version: the signal has changed" in changed.output
    assert "--write-lock" in stale.output
    assert (written.exit_code, run(*folder, "lint").exit_code) == (0, 0)


def test_lint_tells_what_does_not_load(growth: Path) -> None:
    change(growth, SEATS, "play: add-seats", "play: add-seat")

    result = run("--growth", str(growth), "lint", "--json")

    told = json.loads(result.stdout)
    assert result.exit_code == 1
    assert [problem["field"] for problem in told["problems"]] == ["play"]


def test_diff_names_each_field_with_both_values(growth: Path) -> None:
    change(growth, SEATS, "share: 0.9", "share: 0.92")
    (growth / "signals/new-executive.yaml").unlink()

    result = run("diff", "bundled", str(growth), "--json")

    [told] = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (told["motion"], told["removed"]) == ("growth", ["signals/new-executive.yaml"])
    assert told["changed"] == {SEATS: [{"field": "detect.ceiling.share", "before": 0.9, "after": 0.92}]}


def test_diff_of_the_same_is_nothing() -> None:
    result = run("diff", "bundled", "bundled")

    assert result.exit_code == 0
    assert result.output == "retention: no difference\ngrowth: no difference\n"


def test_diff_with_a_lock_tells_versions(growth: Path) -> None:
    run("--growth", str(growth), "lint", "--write-lock")
    change(growth, SEATS, "share: 0.9", "share: 0.92")
    change(growth, SEATS, "version: 1", "version: 2")

    result = run("diff", str(growth / "catalog.lock.json"), str(growth))

    assert result.exit_code == 1
    assert "version: 1 -> 2" in result.output


def test_diff_with_the_starter_shows_what_is_off() -> None:
    assert "enabled: (nothing) -> False" in run("diff", "bundled", "starter").output


def test_diff_with_nothing_is_a_usage_error() -> None:
    assert run("diff", "bundled", "/not/there").exit_code == 2


@pytest.mark.parametrize("motion", ["retention", "growth"])
def test_a_new_signal_loads_and_its_first_case_holds(tmp_path: Path, motion: str) -> None:
    into = tmp_path / "ours"

    made = run("new", "our-signal", "--motion", motion, "--detector", "drop", "--into", str(into))
    tested = run("--overlay", str(into), "test", "our-signal")

    assert made.exit_code == 0, made.output
    assert "1 of 1 cases of 1 signals hold" in tested.output
    assert "status: opened" in (into / motion / "signals/our-signal.yaml").read_text()


@pytest.mark.parametrize("motion", ["retention", "growth"])
def test_there_is_a_skeleton_for_every_detector(tmp_path: Path, motion: str) -> None:
    system, folder = load_system(), tmp_path / motion / "signals"
    folder.mkdir(parents=True)
    models = {f"our-{kind.replace('_', '-')}": model_for(system, motion, kind) for kind in DETECTORS}
    for name, model in models.items():
        (folder / f"{name}.yaml").write_text(text_of(skeleton(system, motion, name, model)))

    laid = load_system(overlays=[tmp_path])

    results = {rule.id: run_case(laid, rule, rule.spec.tests[0]) for rule in laid.rules if rule.id in models}
    assert results.keys() == models.keys()
    assert [name for name, result in results.items() if result.error] == []
    silent = {name for name, result in results.items() if not result.said}
    # A second signal of untapped room is silent beside the first, which is an opportunity.
    assert silent <= {name for name, model in models.items() if model.motion != motion} | {"our-unexpanded"}


def test_a_detector_that_only_the_other_motion_can_use_is_told_so(tmp_path: Path) -> None:
    result = run("new", "ours", "--motion", "growth", "--detector", "strikes", "--into", str(tmp_path))

    assert result.exit_code == 2
    assert "looks at the other motion" in result.output
    assert not (tmp_path / "growth/signals/ours.yaml").exists()


def test_a_name_that_is_taken_is_refused(tmp_path: Path) -> None:
    result = run("new", "usage-drop", "--motion", "retention", "--detector", "drop", "--into", str(tmp_path))

    assert result.exit_code == 2
    assert "already" in result.output


def test_an_unknown_detector_is_told_with_those_there_are(tmp_path: Path) -> None:
    result = run("new", "ours", "--motion", "growth", "--detector", "dorp", "--into", str(tmp_path))

    assert result.exit_code == 2
    assert "did you mean `drop`?" in result.output


def test_a_name_that_is_no_id_is_refused(tmp_path: Path) -> None:
    assert run("new", "Our_Signal", "--motion", "growth", "--detector", "drop").exit_code == 2


def test_an_overlay_that_changes_a_signal_raises_its_version(tmp_path: Path) -> None:
    over = tmp_path / "growth" / SEATS
    over.parent.mkdir(parents=True)
    over.write_text("detect: {ceiling: {share: 0.8}}\n")

    forgotten = run("--overlay", str(tmp_path), "lint")
    over.write_text("version: 9\ndetect: {ceiling: {share: 0.8}}\n")
    raised = run("--overlay", str(tmp_path), "lint")

    assert (forgotten.exit_code, raised.exit_code) == (1, 0)
    assert f"overlay: growth/{SEATS}:1: version: the signal has changed" in forgotten.output


def test_an_overlay_that_only_switches_off_needs_no_new_version() -> None:
    assert run("--overlay", "starter", "lint").exit_code == 0
