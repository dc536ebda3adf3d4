"""The signal reference is made from the catalogs, and the same every time."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from streams.assembly import load_system, starter
from streams.detection.system import System
from streams.lab import reference
from streams.lab.cases import run_case
from streams.lab.plot import plot


@pytest.fixture(scope="module")
def system() -> System:
    return load_system(overlays=[starter()])


def test_every_signal_has_a_section_with_its_play_blind_spots_and_picture(system: System) -> None:
    files = reference.generated(system)
    page = files["signals.md"]

    for rule in system.rules:
        section = page.split(f"\n### {rule.id}\n")[1].split("\n### ")[0]
        assert rule.spec.title in section and rule.spec.why in section
        assert f"`{rule.spec.play}`" in section
        assert all(f"- {spot}" in section for spot in rule.spec.blind_spots)
        assert f"(signals/{rule.id}.svg)" in section and f"signals/{rule.id}.svg" in files


def test_it_is_the_same_every_time(system: System) -> None:
    assert reference.generated(system) == reference.generated(load_system(overlays=[starter()]))


def test_a_picture_shows_the_days_and_what_was_said(system: System) -> None:
    rule = next(rule for rule in system.rules if rule.id == "usage-drop")
    result = run_case(system, rule, rule.spec.tests[0])

    picture = ElementTree.fromstring(plot(result.case, result.said))

    texts = [node.text for node in picture.iter() if node.text]
    assert "opened warning" in texts and "session.started" in texts
    assert result.case.name in texts


def test_checking_writes_nothing_and_writing_makes_it_up_to_date(
    tmp_path: Path, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reference, "load_system", lambda: system)

    stale = reference.write(tmp_path, check=True)
    nothing = list(tmp_path.iterdir())
    reference.write(tmp_path)
    (tmp_path / "signals/gone.svg").write_text("")

    assert len(stale) == 7 and nothing == []
    assert reference.write(tmp_path) == ["signals/gone.svg"]
    assert reference.write(tmp_path, check=True) == []
