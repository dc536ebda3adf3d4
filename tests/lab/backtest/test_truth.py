"""Precision, recall, lift and lead time are what a hand would count."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from streams.cli.backtest import backtest as command
from streams.lab.backtest.chances import bootstrapped, wilson
from streams.lab.backtest.episodes import Episode
from streams.lab.backtest.outcomes import Kind, Outcome, read_outcomes
from streams.lab.backtest.problems import BadInput
from streams.lab.backtest.truth import Judged, SignalTruth, judge

BEGIN = date(2026, 1, 1)
LAST = 199
HORIZON = 50


def day(number: int) -> date:
    return BEGIN + timedelta(days=number)


def opened(account: str, on: int, signal: str = "usage-drop", motion: str = "retention") -> Episode:
    at = datetime(2026, 1, 1, 10, tzinfo=UTC) + timedelta(days=on)
    return Episode(f"{signal}/{account}/1", motion, signal, account, at, "because")


def lost(account: str, on: int, amount: float = 100.0, kind: Kind = "churned") -> Outcome:
    return Outcome(account, kind, day(on), amount)


def judged(episodes: list[Episode], outcomes: list[Outcome], accounts: str = "abcd") -> Judged:
    since = dict.fromkeys(accounts, BEGIN)
    return judge(episodes, outcomes, since, day(LAST), 10.0, {"usage-drop": "retention"}, HORIZON)


def of(found: Judged, signal: str = "usage-drop") -> SignalTruth:
    return next(row for row in found.signals if row.signal == signal)


def test_an_alert_is_right_when_the_loss_follows_within_the_horizon() -> None:
    row = of(
        judged([opened("a", 60), opened("b", 60), opened("c", 20)], [lost("a", 100), lost("c", 100, 300.0)])
    )
    assert (row.opened, row.right) == (3, 1)
    assert row.precision == pytest.approx(1 / 3)
    assert (row.outcomes, row.found, row.recall) == (2, 1, 0.5)
    assert (row.median_lead_days, row.revenue_covered, row.per_account_month) == (40, 0.25, 0.3)


def test_an_alert_whose_time_is_not_over_counts_for_no_precision_not_even_when_it_is_right() -> None:
    row = of(judged([opened("a", 170), opened("c", 170), opened("b", 20)], [lost("c", 180)]))
    assert (row.undecided, row.right, row.precision, row.recall) == (2, 1, 0.0, 1.0)


def test_an_alert_after_the_loss_does_not_count_and_the_loss_was_silent() -> None:
    found = judged([opened("a", 110)], [lost("a", 100)])
    assert of(found).right == 0
    assert [outcome.account for outcome in found.silent] == ["a"]


def test_the_base_rate_is_the_share_of_days_that_a_loss_follows() -> None:
    # a: days 0–100, of which 50–100 are followed by its end; b: days 0–149, none of them.
    row = of(judged([opened("a", 60)], [lost("a", 100)], accounts="ab"))
    assert row.base_rate == pytest.approx(51 / (101 + 150))
    assert row.lift == pytest.approx(1 / (51 / 251))
    assert row.lift_interval == (pytest.approx(wilson(1, 1)[0] * 251 / 51), pytest.approx(251 / 51))  # type: ignore[index]


def test_growth_is_held_against_expansions_alone() -> None:
    seats = opened("a", 60, "seats-near-full", "growth")
    found = judged([seats], [lost("a", 80), lost("a", 90, 50.0, "expanded")])
    row = of(found, "seats-near-full")
    assert (row.right, row.outcomes, row.median_lead_days) == (1, 1, 30)
    assert [outcome.kind for outcome in found.silent] == ["churned"]


def test_outcomes_of_accounts_that_the_history_does_not_know_are_left_out() -> None:
    assert of(judged([], [lost("nobody", 100)])).outcomes == 0


def test_accounts_that_are_drawn_whole_widen_the_interval() -> None:
    alike = bootstrapped([(1, 2)] * 50)
    apart = bootstrapped([(10, 10)] * 5 + [(0, 10)] * 5)
    assert alike == (0.5, 0.5)
    assert apart is not None and apart[0] < 0.3 and apart[1] > 0.7


def test_a_wrong_outcome_is_told_by_row_and_column(tmp_path: Path) -> None:
    file = tmp_path / "outcomes.csv"
    file.write_text(
        "account_id,outcome,date,amount\na,churned,2026-01-31,10\nb,left,2026-01-31,\nc,churned,soon,x\n"
    )
    with pytest.raises(BadInput) as problem:
        read_outcomes(file)
    assert "row 3, column `outcome`: no such outcome `left`" in problem.value.text
    assert "row 4, column `date`: `soon` is no date" in problem.value.text
    file.write_text("account,outcome,date\n")
    with pytest.raises(BadInput, match="column `account_id`"):
        read_outcomes(file)


def test_a_loss_without_a_word_is_told_with_the_nearest_miss(story: Path, tmp_path: Path) -> None:
    told = json.loads((story / "story.json").read_bytes())
    last = date.fromisoformat(told["last_day"])
    file = tmp_path / "outcomes.jsonl"
    accounts = [f"acct-{number:05}" for number in range(1, told["accounts"] + 1)]
    lines = [{"account_id": a, "outcome": "churned", "date": str(last), "amount": 1000} for a in accounts]
    file.write_text("".join(json.dumps(each) + "\n" for each in lines))
    arguments = [str(story), "--out", str(tmp_path / "out"), "--outcomes", str(file), "--json"]

    result = CliRunner().invoke(command, arguments, catch_exceptions=False)

    truth = json.loads(result.stdout)["outcomes"]
    alerts = (tmp_path / "out" / "alerts.jsonl").read_bytes().splitlines()
    warned = {
        m["account"]["id"] for m in map(json.loads, alerts) if "severity" in m and m["status"] == "opened"
    }
    assert {each["account"] for each in truth["silent"]} == set(accounts) - warned
    assert truth["motions"][0]["found"] == len(warned)
    near = [each["nearest"] for each in truth["silent"]]
    assert near and all(0 <= each["distance"] <= 1 and each["because"] for each in near)
    assert "Lead time" in (tmp_path / "out" / "report.html").read_text()
