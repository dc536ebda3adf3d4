from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta

import pytest

from streams.assembly import load_system
from streams.story.history import tell
from streams.story.plots import plots
from streams.story.times import date_of
from streams.story.truth import Kind, Truth
from tests.story.told import Told

QUADRANTS = {"protect_and_maintain", "expansion_target", "save_the_customer", "fix_while_expanding"}
SIGNALS = {signal for plot in plots().values() for signal in plot.signals}


@pytest.fixture(scope="module")
def large() -> list[Truth]:
    return tell(1_000, 180, 1).truths


def test_every_signal_has_ten_plots_and_a_near_miss(large: list[Truth]) -> None:
    kinds = Counter((line.signal, line.kind) for line in large)

    assert len(SIGNALS) == 56
    for signal in SIGNALS:
        assert kinds[signal, Kind.PLOT] >= 10
        assert kinds[signal, Kind.DECOY] >= 2


def test_every_signal_of_the_catalogs_is_plotted() -> None:
    motions = load_system().motions

    assert {rule.id for motion in motions for rule in motion.rules} == SIGNALS


def test_every_plot_of_the_registry_is_played(large: list[Truth]) -> None:
    assert {line.plot for line in large} == set(plots())


def test_a_plot_is_true_of_just_the_signals_that_it_names(default_story: Told) -> None:
    told: dict[tuple[str, str], set[str]] = defaultdict(set)
    for line in default_story.story.truths:
        if line.kind is not Kind.CONSEQUENCE:
            told[line.plot, line.account_id].add(line.signal)

    for (plot, _), signals in told.items():
        assert signals == set(plots()[plot].signals)


def test_three_accounts_of_ten_are_ordinary(default_story: Told) -> None:
    assert default_story.story.ordinary >= 60
    assert len({line.account_id for line in default_story.story.truths}) == 200 - default_story.story.ordinary


def test_without_plots_all_accounts_are_ordinary() -> None:
    story = tell(20, 120, 1, plotted=False)

    assert (story.ordinary, story.truths) == (20, [])


@pytest.mark.parametrize("accounts", [60, 200])
def test_some_accounts_end_in_each_quadrant(accounts: int) -> None:
    assert set(tell(accounts, 150, 8).ends_in) == QUADRANTS


@pytest.mark.parametrize(
    ("accounts", "days", "seed"), [(10, 120, 1), (200, 150, 1), (200, 150, 2), (60, 300, 3)]
)
def test_truth_lies_within_the_story_and_leaves_time_to_show(accounts: int, days: int, seed: int) -> None:
    for line in tell(accounts, days, seed).truths:
        assert date_of(0) <= line.onset < date_of(days)
        if line.kind is Kind.DECOY:
            assert line.by is None
        else:
            assert line.by is not None
            assert line.onset < line.by <= date_of(days - 2)


def test_no_account_is_true_and_a_decoy_of_one_signal(default_story: Told) -> None:
    lines = Counter((line.account_id, line.signal) for line in default_story.story.truths)

    assert set(lines.values()) == {1}


def test_falls_in_use_have_ten_weeks_of_history_before_them(default_story: Told) -> None:
    falls = [
        line
        for line in default_story.story.truths
        if line.signal in ("usage-drop", "key-user-login-drop") and line.kind is Kind.PLOT
    ]

    assert all(line.onset >= date_of(0) + timedelta(days=70) for line in falls)


def test_a_small_story_still_has_a_plot_of_every_signal() -> None:
    plotted = {line.signal for line in tell(70, 150, 4).truths if line.kind is Kind.PLOT}

    assert plotted == SIGNALS


def test_both_motions_show_growth_before_the_risk_opens(default_story: Told) -> None:
    risks = {"sponsor-departed", "support-backlog-rising"}
    by_account: dict[str, list[Truth]] = defaultdict(list)
    for line in default_story.story.truths:
        if line.plot.startswith("both-motions"):
            by_account[line.account_id].append(line)

    assert by_account
    for lines in by_account.values():
        grows = [line for line in lines if line.signal not in risks and line.kind is Kind.PLOT]
        growth_shown = max(line.by or date.max for line in grows)
        assert all(growth_shown < line.onset for line in lines if line.signal in risks)
