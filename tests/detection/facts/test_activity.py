"""The bitmap of active days against a dictionary of sets."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from streams.detection.facts import HORIZON_DAYS, ActivityGrid
from tests.detection.facts.support import D

slots = st.integers(0, 40) | st.integers(0, 400)
days = st.integers(D - 200, D)
marks = st.lists(st.tuples(slots, days), max_size=80)
ranges = st.tuples(st.integers(D - 220, D + 20), st.integers(-3, 100)).map(lambda r: (r[0], r[0] + r[1]))


class Model:
    """What the grid must know, without any cleverness."""

    def __init__(self, marked: list[tuple[int, int]]) -> None:
        self.users: dict[int, set[int]] = defaultdict(set)
        self.grid = ActivityGrid()
        newest = None
        for slot, day in marked:
            if newest is not None and day <= newest - HORIZON_DAYS:
                assert not self.grid.mark(slot, day)
                continue
            newest = day if newest is None else max(newest, day)
            assert self.grid.mark(slot, day) is (slot not in self.users[day])
            self.users[day].add(slot)
        if newest is not None:
            # What fell out of the horizon on the way is forgotten.
            for day in [day for day in self.users if day <= newest - HORIZON_DAYS]:
                del self.users[day]

    def on(self, day: int, mask: int | None) -> set[int]:
        users = self.users.get(day, set())
        return users if mask is None else {slot for slot in users if mask >> slot & 1}


@given(marks, ranges, st.none() | st.integers(0, 2**401))
def test_every_question_is_answered_as_by_a_dictionary_of_sets(
    marked: list[tuple[int, int]], window: tuple[int, int], mask: int | None
) -> None:
    model = Model(marked)
    first, last = window
    in_range = range(first, last + 1)

    assert model.grid.user_days(first, last, mask) == sum(len(model.on(day, mask)) for day in in_range)
    assert model.grid.daily(first, last, mask) == [len(model.on(day, mask)) for day in in_range]
    assert model.grid.active(first, last) == sum(
        1 << s for s in set().union(*(model.on(d, None) for d in in_range))
    )
    for slot in {slot for slot, _ in marked} | {3}:
        assert model.grid.days_active(slot, first, last) == sum(
            slot in model.on(day, None) for day in in_range
        )


@given(marks, ranges, st.integers(1, 20))
def test_users_with_enough_active_days_are_those_that_counting_finds(
    marked: list[tuple[int, int]], window: tuple[int, int], enough: int
) -> None:
    model = Model(marked)
    counts: dict[int, int] = defaultdict(int)
    for day in range(window[0], window[1] + 1):
        for slot in model.on(day, None):
            counts[slot] += 1

    found = model.grid.at_least(enough, *window)

    assert found == sum(1 << slot for slot, count in counts.items() if count >= enough)


@given(marks, st.sets(slots, max_size=5))
def test_a_forgotten_user_was_never_active(marked: list[tuple[int, int]], gone: set[int]) -> None:
    model = Model(marked)

    model.grid.clear(sum(1 << slot for slot in gone))

    kept = {day: users - gone for day, users in model.users.items()}
    assert model.grid.daily(D - 220, D) == [len(kept.get(day, set())) for day in range(D - 220, D + 1)]


@given(marks, slots)
def test_the_last_active_day_is_the_newest_on_record(marked: list[tuple[int, int]], slot: int) -> None:
    model = Model(marked)

    assert model.grid.last_active(slot) == max(
        (d for d, users in model.users.items() if slot in users), default=None
    )


def test_no_more_than_128_days_are_kept() -> None:
    grid = ActivityGrid()
    for day in range(D - 300, D + 1):
        grid.mark(0, day)

    assert grid.user_days(D - 300, D) == HORIZON_DAYS
    assert not grid.mark(0, D - HORIZON_DAYS)
    assert grid.newest == D


def test_a_day_far_ahead_leaves_only_itself() -> None:
    grid = ActivityGrid()
    grid.mark(5, D - 400)
    grid.mark(9, D)

    assert (grid.base, grid.newest, grid.active(D - 500, D)) == (D, D, 1 << 9)
