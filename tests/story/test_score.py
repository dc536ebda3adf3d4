from __future__ import annotations

import json
from datetime import date

from streams.story.score import SignalScore, score
from streams.story.truth import Kind, Truth

ONSET, BY = date(2025, 3, 10), date(2025, 3, 20)


def line(account: str, kind: Kind = Kind.PLOT) -> Truth:
    by = None if kind is Kind.DECOY else BY
    return Truth(
        account_id=account, signal="usage-drop", kind=kind, plot="p", onset=ONSET, by=by, sentence="It falls."
    )


def scored(truth: list[Truth], *alerts: tuple[str, date]) -> SignalScore:
    opened = [(account, "usage-drop", day) for account, day in alerts]
    return score(truth, opened, accounts=10, days=365).signals["usage-drop"]


def test_an_opening_from_onset_to_the_last_day_finds_the_plot() -> None:
    assert scored([line("a"), line("b")], ("a", ONSET), ("b", BY)).recall == 1.0


def test_an_opening_before_the_onset_finds_nothing_and_is_false() -> None:
    result = scored([line("a")], ("a", date(2025, 3, 9)))

    assert (result.recall, result.precision, result.missed) == (0.0, 0.0, ["a"])


def test_an_opening_within_the_grace_is_right_though_too_late() -> None:
    result = scored([line("a")], ("a", date(2025, 3, 25)))

    assert (result.recall, result.precision) == (0.0, 1.0)


def test_a_consequence_is_right_and_not_asked_for() -> None:
    result = scored([line("a", Kind.CONSEQUENCE)], ("a", ONSET))

    assert (result.plots, result.recall, result.precision) == (0, None, 1.0)


def test_a_decoy_taken_is_false_and_counted() -> None:
    result = scored([line("a"), line("b", Kind.DECOY)], ("a", ONSET), ("b", ONSET))

    assert (result.precision, result.decoys, result.decoys_taken) == (0.5, 1, 1)


def test_false_alerts_are_counted_per_healthy_account_and_quarter() -> None:
    result = scored([line("a")], ("b", ONSET), ("c", ONSET))

    assert result.healthy_accounts == 9
    assert abs(result.false_per_healthy_quarter - 2 / (9 * 4)) < 0.001


def test_a_false_opening_on_a_plotted_account_is_no_false_alert_of_a_healthy_one() -> None:
    result = scored([line("a")], ("a", ONSET), ("a", date(2025, 6, 1)))

    assert (result.precision, result.false_on_healthy, result.wrong) == (0.5, 0, ["a 2025-06-01"])


def test_a_signal_that_nobody_plotted_is_scored_all_the_same() -> None:
    scores = score([], [("a", "new-executive", ONSET)], accounts=4, days=90)

    assert scores.signals["new-executive"].precision == 0.0
    assert json.loads(scores.model_dump_json())["signals"]["new-executive"]["recall"] is None
