"""Levels against a plain list of days."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.detection.facts import Level
from streams.detection.units import DAY_MS
from tests.detection.facts.support import D

samples = st.dictionaries(
    st.integers(0, 60), st.tuples(st.integers(0, 12), st.sampled_from([None, 10, 12])), max_size=30
)


def fill(sampled: list[tuple[int, tuple[int, int | None]]]) -> Level:
    level = Level()
    for day, (value, limit) in sampled:
        level.sample(D + day, 40, value, limit)
    return level


@given(samples, st.randoms(use_true_random=False), st.integers(-5, 70), st.integers(0, 40))
def test_samples_in_any_order_give_the_same_level(
    by_day: dict[int, tuple[int, int | None]], rng: object, first: int, length: int
) -> None:
    shuffled = list(by_day.items())
    getattr(rng, "shuffle")(shuffled)  # noqa: B009 - hypothesis hands in a random.Random
    level = fill(shuffled)
    known: tuple[int, int | None] | None = None
    carried: dict[int, tuple[int, int | None] | None] = {}
    for day in range(-10, 130):
        known = by_day.get(day, known)
        carried[day] = known
    last = first + length

    full = sum(
        reading is not None and reading[1] is not None and reading[0] >= 0.9 * reading[1]
        for day in range(first, last + 1)
        for reading in (carried[day],)
    )

    assert [level.at(D + day) for day in range(-10, 130)] == [carried[day] for day in range(-10, 130)]
    assert level.share_days(D + first, D + last, 0.9) == full


def test_the_highest_sample_of_a_day_counts_for_that_day_only() -> None:
    level = Level()
    level.sample(D, 4, 95, 100)
    level.sample(D, 8, 20, 100)

    assert level.share_days(D, D + 5, 0.9) == 1
    assert level.at(D + 1) == (20, 100)
    assert level.slice(D - 1, D + 1) == [None, 95, 20]


def test_an_earlier_sample_that_comes_later_is_not_the_last() -> None:
    level = Level()
    level.sample(D, 40, 20, 100)
    level.sample(D, 4, 95, 100)

    assert level.at(D) == (20, 100)
    assert level.high(D) == (95, 100)


def test_an_unchanged_level_takes_no_space() -> None:
    level = Level()
    changes = [level.sample(D + day, 0, 45, 50) for day in range(100)]

    assert changes == [True] + [False] * 99
    assert len(level.points) == 1


def test_a_level_without_a_limit_is_never_full() -> None:
    level = Level()
    level.sample(D, 0, 1_000_000, None)
    level.sample(D + 1, 0, 0, 0)

    assert level.share_days(D, D + 9, 0.9) == 0


def test_beyond_64_changes_the_oldest_days_become_unknown() -> None:
    level = Level()
    dropped = 0
    for day in range(70):
        level.sample(D + day, 0, day, 100)
        dropped += level.trim()

    assert dropped == 6
    assert level.at(D + 5) is None
    assert level.at(D + 6) == (6, 100)


def test_a_period_total_keeps_the_last_eight_periods_with_their_newest_sample() -> None:
    level = Level(kind="period_total")
    for month in range(10):
        start = (D + 30 * month) * DAY_MS
        level.sample_period(start, start + 30 * DAY_MS, 70, 100, start + 20 * DAY_MS)
        level.sample_period(start, start + 30 * DAY_MS, 40, 100, start + 10 * DAY_MS)

    assert [period.value for period in level.periods] == [70] * 8
    assert level.periods[0].start_ms == (D + 60) * DAY_MS
    current = level.period_at((D + 275) * DAY_MS)
    assert current is not None
    assert current.start_ms == (D + 270) * DAY_MS
