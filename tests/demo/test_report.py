"""The report: what a person can read off it."""

from __future__ import annotations

import io

from rich.console import Console

from streams.demo.report import WIDTH, show
from tests.demo.outcomes import outcome


def shown() -> str:
    paper = io.StringIO()
    show(outcome(), Console(file=paper, highlight=False))
    return paper.getvalue()


def test_the_two_lanes_stand_apart_each_with_why_owner_queue_and_play() -> None:
    retention, _, rest = shown().partition("GROWTH")
    growth = rest.partition("BOARD")[0]
    risk, chance = outcome().retention["usage-drop/acme/1"], next(iter(outcome().growth.values()))

    assert "2 alerts opened, 1 open now" in retention
    for part in ("Acme (acme)", risk.severity, risk.why[:60], risk.play.title, "renewal in"):
        assert part in retention
    assert risk.signal.id not in growth
    for part in (chance.strength, chance.signal.id, chance.why[:60], chance.ask, chance.play.title):
        assert part in growth


def test_a_closed_alert_is_counted_and_not_shown() -> None:
    assert "Birch" not in shown()


def test_the_board_shows_four_quadrants_with_counts_and_names() -> None:
    board = shown().partition("BOARD")[2].partition("TRUTH")[0]

    for part in (
        "Save the Customer: 1 account ",
        "Fix While Expanding: 0 accounts",
        "Protect and Maintain: 0",
        "Expansion Target: 2",
        "beta, zeta",
        "Acme",
    ):
        assert part in board


def test_the_truth_is_a_line_a_signal_with_a_mark() -> None:
    line = next(line for line in shown().partition("TRUTH")[2].splitlines() if "usage-drop" in line)
    assert line.split()[1:4] == ["1", "1", "1.00"]


def test_a_file_gets_lines_of_one_width() -> None:
    assert max(len(line) for line in shown().splitlines()) <= WIDTH
