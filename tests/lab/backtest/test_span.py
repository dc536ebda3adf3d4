"""What is reported of a part of a past is measured by that part; how records come makes no difference to it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner

from streams.cli.backtest import backtest as command
from streams.lab.backtest.folding import Read, Rules
from streams.lab.backtest.histories import Folder
from streams.lab.backtest.messages import utc
from streams.lab.backtest.run import Backtest, Plan, backtest
from streams.lab.backtest.spread import batches
from streams.lab.backtest.truth import judge
from tests.lab.backtest.test_truth import HORIZON, LAST, day, lost


@pytest.fixture(scope="module")
def read(story: Path) -> Read:
    found = Read()
    for batch in batches(Folder(story).records(lambda _: None)):
        found.note(batch)
    return found


def run(story: Path, out: Path, *span: datetime | None) -> Backtest:
    since, until = span
    return backtest(Plan(Folder(story), Rules(), out, span=(since, until)))


def test_partitions_that_are_read_one_after_the_other_are_measured_alike(story: Path, read: Read) -> None:
    records = list(Folder(story).records(lambda _: None))
    again = Read()
    for batch in batches(iter(sorted(records, key=lambda record: record.partition))):
        again.note(batch)
    assert (again.events, again.last, again.since.keys()) == (read.events, read.last, read.since.keys())
    assert again.account_months() == pytest.approx(read.account_months(), rel=0.01)
    assert read.account_months() == pytest.approx(len(read.since) * read.months, rel=0.01)


def test_rates_and_the_board_are_those_of_the_span(story: Path, read: Read, tmp_path: Path) -> None:
    end = utc(read.last)
    begin = end - timedelta(days=30)
    told = run(story, tmp_path / "late", begin, None)
    accounts = len(read.since)
    assert told.account_months == pytest.approx(accounts * 30 / 30.4375, rel=0.01)
    spoke = [row for row in told.signals if row["opened"]]
    assert spoke and all(
        row["per_account_month"] == pytest.approx(int(str(row["opened"])) / told.account_months, rel=0.01)
        for row in spoke
    )
    # The plot begins with where all accounts stand, also those that moved before.
    page = (tmp_path / "late" / "report.html").read_text()
    first = begin.date() - timedelta(days=begin.weekday())
    shown = page.split(f"<title>{first}: ")[1:]
    totals = [float(each.split("<")[0].rpartition(" ")[2]) for each in shown if each.split(" ")[0].count("_")]
    assert sum(totals) == accounts


def test_a_span_outside_the_history_is_said_and_one_that_ends_before_it_begins_is_refused(
    story: Path, tmp_path: Path
) -> None:
    asked = [str(story), "--out", str(tmp_path / "out")]
    after = CliRunner().invoke(command, [*asked, "--since", "2050-01-01", "--json"])
    assert "nothing of the history is in the span" in orjson.loads(after.stdout)["notes"][0]
    never = CliRunner().invoke(command, [*asked, "--since", "2024-11-02", "--until", "2024-11-01"])
    assert never.exit_code == 2 and "--since lies before --until" in never.output


def test_an_outcome_that_no_alert_of_the_history_could_foretell_is_left_out() -> None:
    since = {"a": date(2026, 1, 1), "b": date(2026, 1, 1)}
    outcomes = [lost("a", LAST + HORIZON), lost("b", LAST + HORIZON + 1)]
    found = judge([], outcomes, since, day(LAST), 10.0, {"usage-drop": "retention"}, HORIZON)
    assert [outcome.account for outcome in found.silent] == ["a"]
