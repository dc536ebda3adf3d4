"""`twomotion explain` tells why and how far, out of a history."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from streams.cli.main import root
from tests.detection.explain.test_explain import steady


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("history")
    lines: dict[str, list[str]] = {"crm-changes": [], "product-usage": []}
    for record in steady(100, silent_from=84).records:
        if record.value and record.headers[0][0] == "p":
            kind = json.loads(record.value)["type"]
            lines["product-usage" if kind == "session.started" else "crm-changes"].append(
                record.value.decode()
            )
    # The help desk goes on, so that time does.
    lines["crm-changes"].append(
        json.dumps(
            {
                "event_id": "late",
                "type": "account.changed",
                "schema_version": 1,
                "account_id": "other",
                "occurred_at": "2026-04-15T00:00:00Z",
                "source_system": "crm",
            }
        )
    )
    for topic, values in lines.items():
        (folder / f"{topic}.jsonl").write_text("\n".join(values) + "\n")
    return str(folder)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(root, ["explain", *arguments])


def test_all_56_signals_are_told(history: str) -> None:
    shown = run("acme", "--history", history, "--json")

    assert shown.exit_code == 0, shown.output
    assert len(json.loads(shown.stdout)["signals"]) == 56


def test_one_signal_is_told_with_every_condition_and_what_comes_by_itself(history: str) -> None:
    shown = run("acme", "--history", history, "--signal", "usage-drop", "--at", "2026-03-20")

    assert shown.exit_code == 0, shown.output
    assert "active user-days in 14 days: 200, needs at most" in shown.output
    assert "must hold for 3 days" in shown.output
    assert "if nothing more is heard it opens on" in shown.output


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nobody"], 2, "the account 'nobody' is not known"),
        (["acme", "--signal", "usage-dropp"], 2, "there is no signal usage-dropp"),
        (["acme", "--at", "yesterday"], 2, "'yesterday' is no time"),
        (["acme", "--at", "2020-01-01"], 2, "is not known by 2020-01-01"),
        (["acme", "--from-kafka"], 2, "say one of"),
    ],
)
def test_what_cannot_be_explained_is_said(history: str, arguments: list[str], code: int, said: str) -> None:
    shown = run(*arguments, "--history", history)

    assert (shown.exit_code, said in shown.output) == (code, True), shown.output


def test_a_folder_without_a_history_is_told(tmp_path: Path) -> None:
    assert run("acme", "--history", str(tmp_path)).exit_code == 1


def test_a_worker_that_does_not_answer_is_told() -> None:
    shown = run("acme", "--url", "http://127.0.0.1:1")

    assert shown.exit_code == 1 and "no worker answers" in shown.output
