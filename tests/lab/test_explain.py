"""One account out of a journal, as it was at a moment."""

from __future__ import annotations

from pathlib import Path

from streams.assembly import load_system
from streams.detection.explain import explain
from streams.lab.explain import explain_history, explain_journal
from tests.detection.explain.test_explain import steady
from tests.lab.backtest.test_files import line
from tests.support.journal import at, fold_all, sessions

SYSTEM = load_system()


def test_one_account_alone_is_explained_as_among_all_others() -> None:
    journal = steady(60, silent_from=45)
    for day in range(61, 70):
        sessions(journal, "other", day, 3)
        journal.watermark(at(day + 1, 0))
    _, engine = fold_all(SYSTEM, journal.records)

    assert explain_journal(journal.records, "acme", SYSTEM) == explain(engine, "acme")


def test_as_of_a_moment_nothing_is_known_that_came_later() -> None:
    whole, short = steady(100, silent_from=84), steady(94, silent_from=84)

    then = explain_journal(whole.records, "acme", SYSTEM, at(95, 0), ["usage-silence"])

    assert then == explain_journal(short.records, "acme", SYSTEM, None, ["usage-silence"])
    assert then.as_of is not None and then.as_of.date().isoformat() == "2026-04-10"


def test_lines_of_a_history_that_are_no_events_are_left_out_and_told(tmp_path: Path) -> None:
    (tmp_path / "product-usage.jsonl").write_bytes(line(1, "2026-01-01T00:00:00Z") + b"{no\n")

    found = explain_history(tmp_path, "acme", SYSTEM)

    assert len(found.signals) == 56
    assert "the first is row 2 of product-usage.jsonl: the value is not JSON" in found.notes[-1]
