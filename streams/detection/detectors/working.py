"""Working levels: what days that are not quiet would have brought, by the weekday pattern of the account's own past."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

LEAST_SHARE = 0.5
"""With less of a window's usual level left beside the quiet days, nothing is said about it."""


class Working(NamedTuple):
    """A window without its quiet days: what came, what usually comes on such days, and on all days of a window."""

    observed: float
    expected: float
    full: float

    @property
    def enough(self) -> bool:
        """Whether enough of the window is left to say something."""
        return self.expected >= LEAST_SHARE * self.full


def working_levels(
    daily: Sequence[int], quiet: frozenset[int], baseline: int, window: int
) -> Iterator[Working]:
    """The window after the baseline, then both moved on by a day, and so on to the end of `daily`.

    `daily` has one value a day, `quiet` are positions in it. Both windows are whole weeks: without quiet days
    `expected` is the baseline's plain level per window.

    >>> week = [10, 10, 10, 10, 10, 0, 0]
    >>> next(working_levels(week * 4 + [0, 0, 10, 10, 10, 0, 0], frozenset({28, 29}), baseline=28, window=7))
    Working(observed=30.0, expected=30.0, full=50.0)
    """
    sums, counts, days = [0.0] * 7, [0] * 7, [0] * 7
    observed = 0.0
    for at in range(baseline + window):
        if at in quiet:
            continue
        if at < baseline:
            sums[at % 7] += daily[at]
            counts[at % 7] += 1
        else:
            days[at % 7] += 1
            observed += daily[at]
    weeks = window // 7
    for start in range(len(daily) - baseline - window + 1):
        usual = [total / count if count else 0.0 for total, count in zip(sums, counts, strict=True)]
        expected = sum(each * count for each, count in zip(usual, days, strict=True))
        yield Working(observed, expected, weeks * sum(usual))
        middle, end = start + baseline, start + baseline + window
        if start not in quiet:
            sums[start % 7] -= daily[start]
            counts[start % 7] -= 1
        if middle not in quiet:
            sums[middle % 7] += daily[middle]
            counts[middle % 7] += 1
            days[middle % 7] -= 1
            observed -= daily[middle]
        if end < len(daily) and end not in quiet:
            days[end % 7] += 1
            observed += daily[end]


def working_share(daily: Sequence[int], quiet: frozenset[int], window: int) -> float:
    """How much of a usual window the last `window` days of `daily` are without their quiet ones (0-1), by the weekday
    pattern of all days that are not quiet; by their number where nobody came at all."""
    sums, counts = [0.0] * 7, [0] * 7
    for at, value in enumerate(daily):
        if at not in quiet:
            sums[at % 7] += value
            counts[at % 7] += 1
    usual = [total / count if count else 0.0 for total, count in zip(sums, counts, strict=True)]
    if not any(usual):
        usual = [1.0] * 7
    last = range(len(daily) - window, len(daily))
    left = sum(usual[at % 7] for at in last if at not in quiet)
    return left / sum(usual[at % 7] for at in last)
