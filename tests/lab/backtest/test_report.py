"""The report reads well: words left, numbers right, scales that people count in."""

from __future__ import annotations

import re

from streams.lab.backtest import charts
from streams.lab.backtest.report import table


def test_words_stand_left_numbers_right_and_empty_columns_are_left_out() -> None:
    made = table(
        ("signal", "opened", "lift", "95 %", "why"),
        [("usage-drop", 3, None, "0.10–0.49", "a <b>"), ("nps-decline", 1_000, None, "", None)],
    )
    head = re.findall(r"<th( class='t')?>([^<]*)</th>", made)
    assert head == [(" class='t'", "signal"), ("", "opened"), ("", "95 %"), (" class='t'", "why")]
    assert "a &lt;b&gt;" in made and made.count("<tr>") == 3


def test_a_table_without_rows_keeps_its_head() -> None:
    assert table(("signal", "opened"), []).count("<th") == 3  # with <thead>


def test_counts_are_drawn_on_a_scale_of_whole_numbers() -> None:
    plot = charts.stacked("Alerts", ["a", "b"], {"retention": [3.0, 1.0], "growth": [0.0, 4.0]})
    assert re.findall(r'text-anchor="end" fill="#666">([^<]*)<', plot) == ["0", "3", "6"]


def test_what_rules_now_is_marked_where_it_lies_among_the_values() -> None:
    line = {"opened": [(0.5, 4.0), (0.9, 1.0)]}
    assert ">now<" in charts.points("Alerts", "share", ["opened"], line, 0.8)
    assert ">now<" not in charts.points("Alerts", "share", ["opened"], line, 0.95)
