"""A signal that has changed must raise its version."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.assembly import load_packaging
from streams.detection.catalog.load import Catalog, load_catalog
from streams.detection.catalog.lock import Lock, broken_promises, lock_of, read_lock, stale_entries
from streams.detection.catalog.problems import CatalogError
from tests.detection.catalog.folders import change, copy_of

SEATS = "signals/seats-near-full.yaml"


@pytest.fixture
def growth(tmp_path: Path) -> Path:
    return copy_of("growth", tmp_path)


def loaded(folder: Path) -> Catalog:
    return load_catalog(folder, "growth", load_packaging())


def told(folder: Path, lock: Lock) -> list[str]:
    found = broken_promises(loaded(folder), lock) + stale_entries(loaded(folder), lock)
    return [f"{problem.file}: {problem.sentence}" for problem in found]


def test_what_has_not_changed_keeps_its_promise(growth: Path) -> None:
    assert told(growth, lock_of(loaded(growth))) == []


def test_a_changed_number_needs_a_new_version(growth: Path) -> None:
    lock = lock_of(loaded(growth))

    change(growth, SEATS, "share: 0.9", "share: 0.92")

    assert told(growth, lock) == [
        f"{SEATS}: the signal has changed since version 1 was locked: raise it to 2"
    ]


def test_with_a_new_version_only_the_lock_is_old(growth: Path) -> None:
    lock = lock_of(loaded(growth))

    change(growth, SEATS, "share: 0.9", "share: 0.92")
    change(growth, SEATS, "version: 1", "version: 2")

    [problem] = told(growth, lock)
    assert "locked at version 1, it has 2" in problem


def test_tests_comments_and_blind_spots_are_free(growth: Path) -> None:
    lock = lock_of(loaded(growth))

    change(growth, SEATS, "kind: fires", "kind: other")
    change(growth, SEATS, "blind_spots:\n", "# a comment\nblind_spots:\n  - Another one.\n")

    assert told(growth, lock) == []


def test_a_version_never_goes_back(growth: Path) -> None:
    change(growth, SEATS, "version: 1", "version: 3")
    lock = lock_of(loaded(growth))

    change(growth, SEATS, "version: 3", "version: 2")

    assert told(growth, lock) == [f"{SEATS}: went back from 3 to 2; versions only rise"]


def test_a_signal_that_came_or_went_is_told(growth: Path) -> None:
    lock = lock_of(loaded(growth))
    without = Lock(
        motion="growth", signals={name: s for name, s in lock.signals.items() if name != "seats-near-full"}
    )

    (growth / SEATS).unlink()

    assert "there is no such signal" in told(growth, lock)[0]
    assert told(growth, without) == []


def test_a_lock_reads_back_as_it_was_written(growth: Path, tmp_path: Path) -> None:
    lock = lock_of(loaded(growth))
    (tmp_path / "lock.json").write_text(lock.text())

    assert read_lock(tmp_path / "lock.json") == lock


def test_what_is_no_lock_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lock.json").write_text("{}")

    with pytest.raises(CatalogError, match="is no lock"):
        read_lock(tmp_path / "lock.json")
    with pytest.raises(CatalogError, match="there is no lock"):
        read_lock(tmp_path / "gone.json")
