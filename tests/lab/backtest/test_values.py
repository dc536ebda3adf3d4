"""A cell that is of its field's type already becomes what the careful way makes of it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import orjson
import pytest

from streams.lab.backtest.fields import Kind, Leaf
from streams.lab.backtest.values import Times, convert, quick_of

BERLIN = ZoneInfo("Europe/Berlin")


def carefully(kind: Kind, cell: object, times: Times) -> object:
    return orjson.loads(orjson.dumps(convert(cell, Leaf(kind, False), times, "a", 1, None)))


def quickly(kind: Kind, cell: object, times: Times) -> object:
    quick = quick_of(Leaf(kind, False), times, "a")
    assert quick is not None
    made = quick[type(cell)](cell)
    return orjson.loads(orjson.dumps(made, option=orjson.OPT_UTC_Z))


@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        ("text", "  acme "),
        ("whole", 0),
        ("whole", 2**53),
        ("number", 0.5),
        ("number", 3),
        ("truth", False),
        ("date", date(2026, 2, 28)),
        ("time", datetime(2026, 1, 31, 8, tzinfo=UTC)),
        ("time", datetime(2026, 1, 31, 8, 0, 0, 1_000, tzinfo=BERLIN)),
    ],
)
def test_both_ways_give_the_same(kind: Kind, cell: object) -> None:
    times = Times()
    slow = carefully(kind, cell, times)
    assert quickly(kind, cell, times) == slow


@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        ("text", "  "),
        ("number", float("nan")),
        ("time", datetime(2026, 1, 1)),  # noqa: DTZ001
    ],
)
def test_what_needs_a_look_is_left_to_the_careful_way(kind: Kind, cell: object) -> None:
    assert quickly(kind, cell, Times()) is None


def test_the_first_time_of_a_column_is_looked_at() -> None:
    assert quickly("time", datetime(2026, 1, 1, tzinfo=UTC), Times()) is None
