"""What is made of the turns of a loop."""

from __future__ import annotations

import pytest

from bench.burst import burst_of
from bench.watching import Failed

#: A turn every 10 ms from 100 s on: 5 ms late, but once 250 ms, and before and after the burst by more.
TURNS = [[99.0, 2.0], *([100 + n / 100, 0.005] for n in range(200)), [102.5, 0.25], [110.0, 3.0]]


def test_the_longest_pause_is_the_one_within_the_burst() -> None:
    burst = burst_of(TURNS, 100.0, 105.0, 20_000, 21_000)
    assert burst["longest_pause_ms"] == 250.0
    assert burst["p99_pause_ms"] == 5.0
    assert burst["seconds"] == 5.0


def test_a_loop_that_did_not_turn_gives_no_figures() -> None:
    with pytest.raises(Failed, match="did not turn"):
        burst_of(TURNS, 120.0, 130.0, 20_000, 21_000)
