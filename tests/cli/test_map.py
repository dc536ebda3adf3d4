"""`twomotion map` draws an account out of a history."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from streams.cli.main import root
from tests.support.journal import Journal, at


def history(folder: Path) -> Path:
    journal = Journal()
    journal.event("acme", "account.changed", at(0), name="Acme")
    journal.event(
        "acme",
        "buying_centre.changed",
        at(1),
        buying_centre_id="b-1",
        name="Marketing Europe",
        department="marketing",
        status="known",
        path="the sponsor knows its head",
    )
    journal.event(
        "acme",
        "problem.recorded",
        at(2),
        problem_id="p-1",
        department="marketing",
        use_case_id="revenue-insight",
        status="open",
    )
    journal.event("other", "account.changed", at(9), name="Other")
    lines = [record.value.decode() for record in journal.records if record.value]
    (folder / "crm-changes.jsonl").write_text("\n".join(lines) + "\n")
    return folder


def run(*arguments: str) -> Result:
    return CliRunner().invoke(root, ["map", *arguments])


def test_the_map_tells_centre_problem_and_path(tmp_path: Path) -> None:
    shown = run("acme", "--history", str(history(tmp_path)))

    assert shown.exit_code == 0, shown.output
    assert "Acme (acme), as of 2026-01-14" in shown.output
    assert "Marketing Europe (marketing): known, no deployment, not covered; nobody met yet" in shown.output
    assert "problem  p-1 (Revenue insight), since 2026-01-07" in shown.output
    assert "path     the sponsor knows its head" in shown.output


def test_the_map_as_json_is_one_document(tmp_path: Path) -> None:
    shown = run("acme", "--history", str(history(tmp_path)), "--on", "2026-01-08", "--json")

    found = json.loads(shown.stdout)
    assert found["as_of"] == "2026-01-08"
    assert [(c["id"], c["covered"], c["problems"][0]["fits"]) for c in found["centres"]] == [
        ("b-1", False, True)
    ]


def test_an_account_that_the_history_does_not_name_is_a_usage_error(tmp_path: Path) -> None:
    shown = run("nobody", "--history", str(history(tmp_path)))

    assert shown.exit_code == 2
    assert "does not name the account 'nobody'" in shown.output


def test_a_folder_without_a_history_is_told(tmp_path: Path) -> None:
    assert run("acme", "--history", str(tmp_path)).exit_code == 1
