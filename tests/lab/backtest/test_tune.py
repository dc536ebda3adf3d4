"""A sweep says of each value what a backtest with that value's overlay says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from streams.assembly import load_system
from streams.cli.backtest import backtest
from streams.cli.tune import tune
from streams.lab.backtest.tune import CannotTune, sweep_of, values_of


def test_each_value_says_what_a_backtest_with_its_overlay_says(story: Path, tmp_path: Path) -> None:
    out = tmp_path / "tune"
    asked = [
        "--parameter",
        "share",
        "--from",
        "0.6",
        "--to",
        "0.95",
        "--steps",
        "2",
        "--out",
        str(out),
        "--json",
    ]
    result = CliRunner().invoke(tune, ["seats-near-full", str(story), *asked], catch_exceptions=False)
    told = json.loads(result.stdout)
    assert [step["value"] for step in told["steps"]] == [0.6, 0.95]
    assert told["now"]["value"] == 0.9 and told["steps"][0]["opened"] > told["now"]["opened"]

    overlay = out / "overlays" / "0.6"
    again = ["--overlay", str(overlay), "--out", str(tmp_path / "past"), "--json"]
    past = json.loads(CliRunner().invoke(backtest, [str(story), *again], catch_exceptions=False).stdout)
    row = next(row for row in past["signals"] if row["signal"] == "seats-near-full")
    assert (row["opened"], row["accounts"]) == (told["steps"][0]["opened"], told["steps"][0]["accounts"])
    assert "<svg" in (out / "report.html").read_text()


def test_durations_beside_the_detector_are_swept_too() -> None:
    sweep = sweep_of(load_system(), "active-users-rising", "for", "7d", "21d", 3)
    assert sweep.values == ("7d", "14d", "21d")
    assert (sweep.now, sweep.overlay("7d")) == ("14d", "version: 2\nfor: 7d\n")


@pytest.mark.parametrize(
    ("signal", "parameter", "sentence"),
    [
        ("seats-nearly-full", "share", "did you mean `seats-near-full`?"),
        ("seats-near-full", "shares", "did you mean `share`?"),
    ],
)
def test_what_is_not_there_is_said_with_what_is(signal: str, parameter: str, sentence: str) -> None:
    with pytest.raises(CannotTune, match=sentence.replace("?", r"\?")):
        sweep_of(load_system(), signal, parameter, "1", "2", 2)


def test_ends_of_two_kinds_are_refused() -> None:
    with pytest.raises(CannotTune, match="not of one kind"):
        values_of("7d", "21", 3)
    with pytest.raises(CannotTune, match="could not convert"):
        values_of("1,5", "2", 3)


def test_a_value_that_the_signal_refuses_is_named_and_nothing_is_left(story: Path, tmp_path: Path) -> None:
    asked = ["--parameter", "share", "--from", "-1", "--to", "0.9", "--out", str(tmp_path / "tune")]
    result = CliRunner().invoke(tune, ["seats-near-full", str(story), *asked])
    assert result.exit_code == 1 and "ceiling.share -1" in result.output
    assert list(tmp_path.iterdir()) == []
