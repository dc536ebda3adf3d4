"""Daily counters against a dictionary."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from streams.detection.facts import HORIZON_DAYS, DayCounter
from tests.detection.facts.support import D

additions = st.lists(st.tuples(st.integers(D - 200, D), st.integers(0, 10**6)), max_size=60)


@given(additions, st.integers(D - 220, D + 10), st.integers(-2, 120))
def test_sums_and_slices_are_those_of_a_dictionary(
    added: list[tuple[int, int]], first: int, length: int
) -> None:
    counter = DayCounter()
    model: dict[int, int] = defaultdict(int)
    newest: int | None = None
    for day, n in added:
        if newest is not None and day <= newest - HORIZON_DAYS:
            assert not counter.add(day, n)
            continue
        newest = day if newest is None else max(newest, day)
        assert counter.add(day, n)
        model[day] += n
    for day in [day for day in model if newest is not None and day <= newest - HORIZON_DAYS]:
        del model[day]
    last = first + length
    wanted = [model.get(day, 0) for day in range(first, last + 1)]

    assert counter.slice(first, last) == wanted
    assert counter.sum(first, last) == sum(wanted)
    assert counter.days(first, last) == sum(count > 0 for count in wanted)
    assert all(counter.on(day) == model.get(day, 0) for day in range(first, last + 1))


def test_taking_back_more_than_was_counted_leaves_zero() -> None:
    counter = DayCounter()
    counter.add(D, 2)
    counter.add(D, -5)

    assert counter.on(D) == 0


def test_a_day_counts_no_more_than_a_json_reader_can_hold() -> None:
    counter = DayCounter()
    counter.add(D, 2**53)
    counter.add(D, 2**53)

    assert counter.on(D) == 2**53
