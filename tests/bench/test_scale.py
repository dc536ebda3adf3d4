"""What is made of the moments of two workers."""

from __future__ import annotations

import pytest

from bench.scale import Moment, scale_of
from bench.watching import Failed

#: One worker does 100 events a second for 10 ms each, a second one is started after 4 s, works from 8 s on for 5 ms
#: each, and between 6 and 8 s nobody does anything.
ALONE = [Moment(float(second), (100 * second,), float(second)) for second in range(5)]
JOINING = [Moment(6.0, (600, 0), 8.0), Moment(7.0, (600, 0), 8.5), Moment(8.0, (650, 50), 9.0)]
TOGETHER = [Moment(9.0, (750, 150), 10.0), Moment(10.0, (850, 250), 11.0)]
MOMENTS = ALONE + JOINING + TOGETHER


def test_an_event_is_measured_before_and_after_the_second_worker_comes() -> None:
    scale = scale_of(MOMENTS, 5, 1100)
    assert scale["alone_cpu_us"] == 10_000.0
    assert scale["together_cpu_us"] == 5_000.0


def test_the_longest_halt_is_between_two_moments_at_which_something_new_was_done() -> None:
    assert scale_of(MOMENTS, 5, 1100)["no_progress_s"] == 2.0
    assert scale_of(MOMENTS, 5, 1100)["joined_s"] == 4.0


def test_a_second_worker_without_anything_to_do_gives_no_figures() -> None:
    idle = [*ALONE, Moment(5.0, (500, 0), 6.0), Moment(6.0, (600, 0), 7.0)]
    with pytest.raises(Failed, match="nothing to do"):
        scale_of(idle, 5, 600)
