"""What a run's result counts, and when it counts as good."""

from __future__ import annotations

import json
from datetime import date

from streams.demo.outcome import compare, is_open, last_of_each, meets_target, opened
from streams.story.score import SignalScore, score
from tests.demo.outcomes import outcome, risk, truth


def scored(*, missed: int = 0, wrong: int = 0, right: int = 0, signal: str = "usage-drop") -> SignalScore:
    """A score of ten plots in a hundred accounts over a quarter."""
    accounts = [f"plot-{number}" for number in range(10)]
    lines = [truth(account).model_copy(update={"signal": signal}) for account in accounts]
    found = [(account, signal, date(2026, 5, 2)) for account in accounts[missed:]]
    found += [(f"healthy-{number}", signal, date(2026, 5, 2)) for number in range(wrong)]
    return score(lines, found, accounts=100, days=91).signals[signal]


def test_an_alert_is_its_last_message_also_when_that_was_written_twice() -> None:
    last = last_of_each(
        [risk(), risk(revision=2, status="escalated"), risk(), risk(revision=2, status="eased")]
    )

    assert [(message.revision, message.status) for message in last.values()] == [(2, "eased")]


def test_history_that_was_never_an_alert_is_neither_opened_nor_open() -> None:
    told = risk(status="historical")

    assert opened({told.alert_id: told}) == 0
    assert not is_open(told)


def test_an_alert_counts_from_its_opening_whatever_it_says_last() -> None:
    late = risk(revision=3, status="resolved", day=4)

    found = compare([truth("acme")], {late.alert_id: late}, {}, accounts=10, days=120)["usage-drop"]

    assert (found.plots, found.found, found.opened, found.recall) == (1, 1, 1, 1.0)


def test_the_summary_counts_lanes_apart_and_every_quadrant_even_an_empty_one() -> None:
    summary = outcome().summary()

    assert summary["events"] == 1_000
    assert summary["alerts"] == {"retention": 2, "growth": 1}
    assert summary["quadrants"] == {
        "protect_and_maintain": 0,
        "expansion_target": 2,
        "save_the_customer": 1,
        "fix_while_expanding": 0,
    }
    json.dumps(summary)


def test_a_name_that_only_an_alert_knows_is_used_on_the_board() -> None:
    assert outcome().names() == {"acme": "Acme", "zeta": "zeta", "beta": "beta"}


def test_three_missed_plots_of_ten_miss_the_target() -> None:
    assert meets_target("sponsor-departed", scored(missed=2, signal="sponsor-departed"))
    assert not meets_target("sponsor-departed", scored(missed=3, signal="sponsor-departed"))


def test_precision_counts_but_a_drop_is_judged_by_how_seldom_it_bothers_a_healthy_account() -> None:
    assert meets_target("usage-drop", scored(wrong=8))
    assert not meets_target("usage-drop", scored(wrong=12))
    assert not meets_target("sponsor-departed", scored(wrong=8, signal="sponsor-departed"))
