"""What is made from the contract is committed and up to date."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas import generate


def test_the_committed_files_are_those_the_contract_makes() -> None:
    assert generate.stale() == []


def test_generating_twice_makes_the_same_bytes() -> None:
    assert generate.generated() == generate.generated()


def test_an_orphan_a_missing_and_a_changed_file_fail_the_check_and_are_put_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "schemas"
    home.mkdir()
    monkeypatch.setattr(generate, "HERE", home)
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    orphan, missing, edited = (
        home / "jsonschema" / f"{name}.json" for name in ("session.ended", "session.started", "nps.answered")
    )
    orphan.write_text("{}")
    missing.unlink()
    edited.write_text("{}")
    assert generate.main(["--check"]) == 1
    assert generate.stale() == sorted([orphan, missing, edited])
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    assert not orphan.exists()
