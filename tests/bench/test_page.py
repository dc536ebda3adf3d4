"""The page with plots: whole, and in need of nothing else."""

from __future__ import annotations

from html.parser import HTMLParser

from bench.page import page
from bench.plots import Bar, bars, curves, stacks
from tests.bench.support import made

_VOID = {"meta", "rect", "line", "polyline"}


class Balance(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None: ...

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            assert self.open.pop() == tag


def test_every_element_is_closed() -> None:
    balance = Balance()
    balance.feed(page(made()))
    assert balance.open == []


def test_it_loads_nothing_from_elsewhere() -> None:
    text = page(made())
    assert "http" not in text and "src=" not in text and "<link" not in text


def test_a_function_name_with_angle_brackets_is_shown_as_it_is() -> None:
    assert "fold.py:fold&lt;1&gt;" in page(made())


def test_what_is_met_and_what_is_missed_is_said() -> None:
    assert page(made()).count('class="yes"') == 14
    assert page(made()).count('class="no"') == 1


def test_bars_share_one_scale_with_their_marks() -> None:
    drawn = bars([Bar("a", 50, mark=100), Bar("b", 100)], "/s")
    assert 'width="230.0"' in drawn and 'width="460.0"' in drawn


def test_a_stack_is_as_long_as_the_sum_of_its_parts() -> None:
    assert "10.0 µs" in stacks({"dense": {"fold": 4, "encode": 6}}, "µs")


def test_a_curve_has_a_point_for_each_value() -> None:
    drawn = curves({"20%": [1.0, 2.0, 3.0]}, "ms")
    assert drawn.split('points="')[1].split('"')[0].count(",") == 3
