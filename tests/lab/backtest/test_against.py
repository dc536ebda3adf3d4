"""What another catalog would change is told alert by alert, and names exactly the accounts that it is about."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from streams.cli.backtest import TOO_MANY_NEW
from streams.cli.backtest import backtest as command
from streams.lab.backtest.against import difference
from streams.lab.backtest.messages import Account, Message, Signal, Times
from tests.detection.catalog.test_overlays import overlay

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)


def said(account: str, status: str, day: float, ordinal: int = 1, level: str = "warning") -> Message:
    alert = f"usage-drop/{account}/{ordinal}"
    times = Times(BEGIN + timedelta(days=day))
    return Message(
        "retention", alert, 1, status, Account(account), Signal("usage-drop"), times, severity=level
    )


@pytest.mark.parametrize(
    ("before", "after", "kind", "days"),
    [
        ([], [said("acme", "opened", 3)], "gained", None),
        ([said("acme", "opened", 3)], [], "lost", None),
        ([said("acme", "opened", 3)], [said("acme", "opened", 1)], "earlier", -2.0),
        ([said("acme", "opened", 3)], [said("acme", "opened", 40)], "later", 37.0),
        ([said("acme", "opened", 3)], [said("acme", "opened", 3, level="critical")], "otherwise", None),
    ],
)
def test_each_change_has_its_word(
    before: list[Message], after: list[Message], kind: str, days: float | None
) -> None:
    same = [said("globex", "opened", 9)]
    [change] = (found := difference("other", before + same, after + same)).changes
    assert (change.kind, change.account, change.days) == (kind, "acme", days)
    assert (found.same, found.accounts, found.total[kind]) == (1, ["acme"], 1)


def test_an_opening_more_in_front_shifts_no_other() -> None:
    first = [said("acme", "opened", 0), said("acme", "resolved", 5), said("acme", "opened", 50, 2)]
    shifted = [said("acme", "opened", 50, 1)]
    found = difference("other", shifted, first)
    assert [(change.kind, change.after) for change in found.changes] == [("gained", "usage-drop/acme/1")]


def messages(path: Path) -> dict[str, list[object]]:
    """What each account is told, without what names the catalog or the threshold."""
    told: dict[str, list[object]] = defaultdict(list)
    for line in path.read_bytes().splitlines():
        m = json.loads(line)
        told[m["account"]["id"]].append(
            (m["alert_id"], m["status"], m.get("severity"), m["times"]["decided_at"])
        )
    return told


def test_one_changed_threshold_names_exactly_the_accounts_whose_alerts_change(
    story: Path, tmp_path: Path
) -> None:
    lower = "version: 2\ndetect: {ceiling: {share: 0.6}}\n"
    ours = overlay(tmp_path / "ours" / "growth", signals__seats_near_full=lower).parent
    arguments = [str(story), "--out", str(tmp_path / "out"), "--against", str(ours), "--json"]
    result = CliRunner().invoke(command, [*arguments, "--max-new-alerts", "0"], catch_exceptions=False)
    told = json.loads(result.stdout)["against"]
    assert result.exit_code == (TOO_MANY_NEW if told["total"]["gained"] else 0)

    before = messages(tmp_path / "out" / "alerts.jsonl")
    after = messages(tmp_path / "out" / "against-alerts.jsonl")
    changed = sorted(a for a in {*before, *after} if before.get(a) != after.get(a))
    assert told["accounts"] == changed and changed
    assert "seats-near-full" in told["signals"] and len(told["accounts"]) < len({*before, *after})
