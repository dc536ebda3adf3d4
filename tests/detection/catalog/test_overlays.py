"""Folders laid over a catalog: fields overridden, signals switched off or added, problems where they were written."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.assembly import bundled, load_packaging, load_system, starter
from streams.detection.catalog.load import Catalog, load_catalog, load_text
from streams.detection.catalog.problems import CatalogError, Problem
from streams.detection.units import DAY_MS

SEATS = "signals/seats-near-full.yaml"


def laid(motion: str, *overlays: Path) -> Catalog:
    return load_catalog(bundled(motion), motion, load_packaging(), overlays)


def refused(motion: str, *overlays: Path) -> tuple[Problem, ...]:
    with pytest.raises(CatalogError) as error:
        laid(motion, *overlays)
    return error.value.problems


def overlay(folder: Path, **files: str) -> Path:
    """An overlay with these files; `signals_x` is signals/x.yaml."""
    for name, text in files.items():
        path = folder / (name.replace("__", "/").replace("_", "-") + ".yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def parameters(catalog: Catalog, signal: str) -> dict[str, object]:
    spec = next(spec for spec in catalog.signals if spec.id == signal)
    return spec.detect.detector({}).model_dump()


def test_an_overlay_changes_the_one_field_it_names(tmp_path: Path) -> None:
    over = overlay(tmp_path, signals__seats_near_full="detect: {ceiling: {share: 0.8}}\n")

    before, after = laid("growth"), laid("growth", over)

    changed = parameters(after, "seats-near-full")
    assert changed == parameters(before, "seats-near-full") | {"share": 0.8}
    assert after.version != before.version
    assert [spec.id for spec in after.signals] == [spec.id for spec in before.signals]


def test_the_last_overlay_counts_most(tmp_path: Path) -> None:
    first = overlay(tmp_path / "a", signals__seats_near_full="cooldown: 20d\nexpires: 80d\n")
    second = overlay(tmp_path / "b", signals__seats_near_full="cooldown: 30d\n")

    spec = next(s for s in laid("growth", first, second).signals if s.id == "seats-near-full")

    assert (spec.cooldown, spec.expires) == (30 * DAY_MS, 80 * DAY_MS)


def test_an_overlay_switches_a_signal_off(tmp_path: Path) -> None:
    over = overlay(tmp_path, signals__seats_near_full="enabled: false\n")

    catalog = laid("growth", over)

    assert "seats-near-full" not in {spec.id for spec in catalog.signals}
    assert [spec.id for spec in catalog.switched_off] == ["seats-near-full"]


def test_an_overlay_adds_a_signal_with_its_play(tmp_path: Path) -> None:
    text = (bundled("growth") / SEATS).read_text()
    play = (bundled("growth") / "plays/add-seats.yaml").read_text()
    over = overlay(
        tmp_path,
        signals__seats_soon_full=text.replace("id: seats-near-full", "id: seats-soon-full").replace(
            "play: add-seats", "play: ask-early"
        ),
        plays__ask_early=play.replace("id: add-seats", "id: ask-early"),
    )

    catalog = laid("growth", over)

    assert "seats-soon-full" in {spec.id for spec in catalog.signals}
    assert "ask-early" in catalog.plays


def test_a_list_of_an_overlay_replaces_the_one_below(tmp_path: Path) -> None:
    over = overlay(tmp_path, signals__usage_drop="blind_spots: [Only this one.]\n")

    spec = next(s for s in laid("retention", over).signals if s.id == "usage-drop")

    assert spec.blind_spots == ("Only this one.",)


def test_another_detector_replaces_the_one_below(tmp_path: Path) -> None:
    text = "detect:\n  occurrence: {of: contact.left, within: 90d, cleared_by: nothing}\n"
    over = overlay(tmp_path, signals__usage_drop=text)

    [problem, *_] = refused("retention", over)

    assert "name exactly one detector" not in problem.sentence


def test_a_typo_is_told_with_the_overlays_file_and_line(tmp_path: Path) -> None:
    text = "# more patient\ndetect:\n  ceiling:\n    shear: 0.8\n"
    over = overlay(tmp_path, signals__seats_near_full=text)

    [problem] = refused("growth", over)

    assert str(problem).startswith(f"{over}/{SEATS}:4: detect.ceiling.shear: ")
    assert "did you mean `share`?" in problem.sentence


def test_a_wrong_value_of_the_base_is_still_told_with_the_bases_file(tmp_path: Path) -> None:
    over = overlay(tmp_path, signals__seats_near_full="play: add-sheep\n")

    [problem] = refused("growth", over)

    assert (problem.file, problem.line, problem.field) == (f"{over}/{SEATS}", 1, "play")


def test_overriding_a_signal_that_does_not_exist_suggests_one(tmp_path: Path) -> None:
    over = overlay(tmp_path, signals__seats_near_ful="enabled: false\n")

    [problem] = refused("growth", over)

    assert "overrides no such signal `seats-near-ful`, did you mean `seats-near-full`?" in problem.sentence


def test_only_names_signals_that_exist(tmp_path: Path) -> None:
    over = overlay(tmp_path, overlay="title: Two to begin with\nonly:\n  - usage-drop\n  - usage-dorp\n")

    [problem] = refused("retention", over)

    assert (problem.line, problem.field) == (4, "only[1]")


def test_an_empty_overlay_is_a_mistake(tmp_path: Path) -> None:
    [problem] = refused("growth", tmp_path)

    assert "there is nothing to lay over" in problem.sentence


def test_routing_is_overridden_by_field(tmp_path: Path) -> None:
    over = overlay(tmp_path, routing="bands: {middle_from: 20000}\n")

    bands = laid("retention", over).routing.bands

    assert (int(bands.middle_from), int(bands.large_above)) == (20_000, 100_000)


def test_the_starter_leaves_three_signals_a_motion() -> None:
    system = load_system(overlays=[starter()])

    assert {motion.name: len(motion.rules) for motion in system.motions} == {"retention": 3, "growth": 3}


def test_an_overlay_of_neither_motion_is_refused(tmp_path: Path) -> None:
    (tmp_path / "retension").mkdir()

    with pytest.raises(CatalogError, match="retention/, growth/ or reference/"):
        load_system(overlays=[tmp_path])


@pytest.mark.parametrize("motion", ["retention", "growth"])
def test_a_catalog_is_the_same_read_from_its_text(motion: str, tmp_path: Path) -> None:
    catalog = laid(motion, starter() / motion)

    again = load_text(catalog.text, motion, load_packaging())

    assert (again.version, again.text) == (catalog.version, catalog.text)
    assert [s.model_copy(update={"tests": ()}) for s in catalog.signals] == list(again.signals)
    assert (again.plays, again.routing) == (catalog.plays, catalog.routing)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "is no catalog"),
        ("[]", "has no `files`"),
        ('{"files": {}, "format": 7, "motion": "growth"}', "format 7"),
        ('{"files": {}, "format": 1, "motion": "retention"}', "a catalog of 'retention'"),
        ('{"files": {"../x.yaml": {}}, "format": 1, "motion": "growth"}', "no file of a catalog"),
        ('{"files": {}, "format": 1, "motion": "growth"}', "routing.yaml:1: is missing"),
    ],
)
def test_a_text_that_is_no_catalog_is_refused(text: str, told: str) -> None:
    with pytest.raises(CatalogError, match=told):
        load_text(text, "growth", load_packaging())


def test_an_empty_file_of_an_overlay_is_told_as_the_overlays_own(tmp_path: Path) -> None:
    over = overlay(tmp_path, signals__seats_near_full="# nothing yet\n")

    [problem] = refused("growth", over)

    assert problem.file == f"{over}/{SEATS}"


def test_an_overlays_file_that_is_no_text_is_one_problem(tmp_path: Path) -> None:
    (tmp_path / "signals").mkdir()
    (tmp_path / SEATS).write_bytes(b"\xff\xfe")

    [problem] = refused("growth", tmp_path)

    assert problem.sentence.startswith("is not UTF-8")
