"""A catalog that is wrong does not load, and says where, which field, and what was expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.assembly import bundled, load_packaging
from streams.detection.catalog.load import load_catalog
from streams.detection.detectors import DETECTORS
from tests.detection.catalog.folders import change, copy_of, line_of, problems

SEATS = "signals/seats-near-full.yaml"
USAGE = "signals/usage-drop.yaml"


@pytest.fixture
def growth(tmp_path: Path) -> Path:
    return copy_of("growth", tmp_path)


@pytest.fixture
def retention(tmp_path: Path) -> Path:
    return copy_of("retention", tmp_path)


@pytest.mark.parametrize("motion", ["retention", "growth"])
def test_the_bundled_catalogs_load(motion: str) -> None:
    catalog = load_catalog(bundled(motion), motion, load_packaging())

    assert [spec.id for spec in catalog.signals] == sorted(spec.id for spec in catalog.signals)
    assert {spec.play for spec in catalog.signals} <= set(catalog.plays)


def test_the_version_names_the_contents(growth: Path) -> None:
    before = load_catalog(growth, "growth", load_packaging()).version

    change(growth, SEATS, "share: 0.9", "share: 0.92")

    assert load_catalog(growth, "growth", load_packaging()).version != before
    assert load_catalog(bundled("growth"), "growth", load_packaging()).version == before


def test_a_typo_in_a_field_names_the_right_one(growth: Path) -> None:
    change(growth, SEATS, "expires: 120d", "expirse: 120d")

    typo, missing = sorted(problems(growth, "growth"), key=lambda problem: -problem.line)

    assert (typo.file, typo.line) == (SEATS, line_of(growth, SEATS, "expirse"))
    assert typo.field == "expirse"
    assert "no such field `expirse`, did you mean `expires`?" in typo.sentence
    assert (missing.field, missing.sentence) == ("expires", "is missing")


def test_a_parameter_that_the_detector_does_not_have_is_named_with_those_it_has(growth: Path) -> None:
    change(growth, SEATS, "clears_below: 0.8", "clear_below: 0.8")

    [problem] = problems(growth, "growth")

    assert problem.field == "detect.ceiling.clear_below"
    assert problem.line == line_of(growth, SEATS, "clear_below")
    assert "did you mean `clears_below`?" in problem.sentence


def test_an_unknown_detector_is_refused_with_the_detectors_there_are(growth: Path) -> None:
    change(growth, SEATS, "  ceiling:", "  cieling:")

    [problem] = [p for p in problems(growth, "growth") if p.file == SEATS]

    assert problem.field == "detect.cieling"
    assert problem.sentence.startswith(
        f"no such detector `cieling`, did you mean `ceiling`? There are: {min(DETECTORS)}"
    )


@pytest.mark.parametrize(
    ("before", "after", "field", "expected"),
    [
        ("expires: 120d", "expires: 120", "expires", "write 120d, 120h or 120m"),
        ("expires: 120d", "expires: soon", "expires", "expected a duration such as 14d"),
        ("window: 14d", "window: 15d", "detect.ceiling.window", "multiple of 7d"),
        ("version: 1", "version: one", "version", "expected a whole number"),
        ("source: usage", "source: product", "source", "expected 'usage', 'support', 'crm' or 'calendar'"),
        ("engine: seat", "engine: seats", "engine", "expected 'seat', 'feature' or 'strategic'"),
        ("low: null, medium: 0.95", "low: null, medium: null", "", "needs the number"),
    ],
)
def test_a_wrong_value_says_what_was_expected(
    growth: Path, before: str, after: str, field: str, expected: str
) -> None:
    change(growth, SEATS, before, after)

    [problem] = problems(growth, "growth")

    assert problem.file == SEATS
    assert problem.field == field
    assert expected in problem.sentence
    if field:
        assert problem.line == line_of(growth, SEATS, after)


def test_a_key_that_stands_twice_is_refused(growth: Path) -> None:
    change(growth, SEATS, "engine: seat\n", "engine: seat\nengine: feature\n")

    [problem] = problems(growth, "growth")

    assert (problem.field, problem.line) == ("engine", line_of(growth, SEATS, "engine: feature"))
    assert "twice" in problem.sentence


def test_broken_yaml_names_its_line(growth: Path) -> None:
    change(growth, SEATS, 'explain: "', "explain: ")

    [problem] = problems(growth, "growth")

    assert (problem.file, problem.line) == (SEATS, line_of(growth, SEATS, "explain:"))


def test_an_unknown_play_is_refused(growth: Path) -> None:
    change(growth, SEATS, "play: add-seats", "play: add-seat")

    [problem] = problems(growth, "growth")

    assert (problem.field, problem.line) == ("play", line_of(growth, SEATS, "play: add-seat"))
    assert "did you mean `add-seats`?" in problem.sentence


def test_a_template_that_names_a_missing_field_is_refused(growth: Path) -> None:
    change(growth, SEATS, "{value:.0f} of {limit:.0f} seats", "{assigned:.0f} of {limit:.0f} seats")

    [problem] = problems(growth, "growth")

    assert (problem.field, problem.line) == ("explain", line_of(growth, SEATS, "explain:"))
    assert "no such template field `assigned`" in problem.sentence


def test_an_override_that_does_not_fit_is_refused(retention: Path) -> None:
    change(retention, USAGE, "severity:", "segments: {smb: {detect: {windw: 14d}}}\nseverity:")

    [problem] = problems(retention, "retention")

    assert problem.field == "segments.smb.detect.windw"
    assert problem.line == line_of(retention, USAGE, "windw")
    assert "did you mean `window`?" in problem.sentence


def test_an_override_reaches_its_segment_alone(retention: Path) -> None:
    change(retention, USAGE, "severity:", "segments: {smb: {detect: {at_most: 0.5}}}\nseverity:")

    catalog = load_catalog(retention, "retention", load_packaging())

    spec = next(spec for spec in catalog.signals if spec.id == "usage-drop")
    assert spec.detect.detector(spec.segments["smb"].detect).model_dump()["at_most"] == 0.5
    assert spec.detect.detector({}).model_dump()["at_most"] == 0.7


def test_an_inhibited_signal_must_exist(retention: Path) -> None:
    change(retention, USAGE, "severity:", "inhibits: [key-user-login-dorp]\nseverity:")

    [problem] = problems(retention, "retention")

    assert problem.field == "inhibits[0]"
    assert "did you mean `key-user-login-drop`?" in problem.sentence


def test_a_file_that_is_not_called_as_its_signal_is_refused(growth: Path) -> None:
    (growth / SEATS).rename(growth / "signals" / "seats.yaml")

    [problem] = problems(growth, "growth")

    assert problem.file == "signals/seats.yaml"
    assert problem.sentence == "is seats-near-full, but the file is called seats.yaml"


def test_a_signal_of_the_other_motion_is_refused(growth: Path, retention: Path) -> None:
    (growth / USAGE).write_text((retention / USAGE).read_text())
    (growth / "plays/usage-recovery.yaml").write_text((retention / "plays/usage-recovery.yaml").read_text())

    told = {problem.file: problem.sentence for problem in problems(growth, "growth")}

    assert told[USAGE] == "a signal of growth has `strength`, not `severity`"
    assert told["plays/usage-recovery.yaml"] == "a play of growth starts with opportunity, got problem"


def test_several_problems_are_told_together(growth: Path) -> None:
    change(growth, SEATS, "expires: 120d", "expires: never")
    change(growth, "signals/new-executive.yaml", "play: meet-new-executive", "play: meet")
    change(growth, "routing.yaml", "triage: growth-triage", "traige: growth-triage")

    files = [problem.file for problem in problems(growth, "growth")]

    assert set(files) == {SEATS, "signals/new-executive.yaml", "routing.yaml"}


def test_a_case_that_expects_an_unknown_level_is_refused(growth: Path) -> None:
    change(growth, SEATS, "status: opened, level: low", "status: opened, level: critical")

    [problem] = problems(growth, "growth")

    assert problem.field == "tests[0].expect[0].level"


def test_an_empty_folder_holds_no_catalog(tmp_path: Path) -> None:
    files = [problem.file for problem in problems(tmp_path, "growth")]

    assert files == ["plays/", "routing.yaml", "signals/"]
