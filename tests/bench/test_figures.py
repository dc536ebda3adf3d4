"""What is made of the samples of a run."""

from __future__ import annotations

import pytest

from bench.figures import Figures, Sample, TooShort, at_moment, figures, ratio, together

#: A process that was launched at 100, works from 102 to 112, one event a ms, with the CPU half used.
RUN = [Sample(101.0, 0, 1.0), Sample(102.0, 0, 1.0), Sample(112.0, 10_000, 6.0), Sample(115.0, 10_000, 6.5)]


def of_the_run() -> Figures:
    return figures(RUN, launched=100.0, began=102.0, ended=112.0, events=10_000, peak_mb=80.04)


def test_the_rate_counts_from_the_first_event_to_the_last() -> None:
    assert of_the_run()["events_per_s"] == 1000.0
    assert of_the_run()["seconds"] == 10.0


def test_the_rate_with_start_counts_the_process_start_too() -> None:
    assert of_the_run()["with_start_events_per_s"] == pytest.approx(10_000 / 12, abs=0.1)
    assert of_the_run()["start_s"] == 2.0


def test_cpu_time_of_the_start_and_of_the_rest_is_left_out() -> None:
    assert of_the_run()["cpu_us_per_event"] == 500.0
    assert of_the_run()["cpu_share"] == 0.5


def test_time_in_which_others_had_the_core_is_told() -> None:
    starved = [Sample(100.0, 0, 0.0, 0.0), Sample(110.0, 1_000, 5.0, 4.0)]
    told = figures(starved, launched=100.0, began=100.0, ended=110.0, events=1_000, peak_mb=1.0)
    assert told["waited_share"] == 0.4


def test_between_two_samples_the_process_is_taken_to_go_on_evenly() -> None:
    assert at_moment(RUN, 107.0) == Sample(107.0, 5_000, 3.5)


def test_outside_of_the_samples_the_nearest_one_counts() -> None:
    assert at_moment(RUN, 90.0).cpu_s == 1.0
    assert at_moment(RUN, 200.0).events == 10_000


@pytest.mark.parametrize(("ended", "events"), [(102.0, 10), (101.0, 10), (112.0, 0)])
def test_no_time_or_no_events_give_no_figures(ended: float, events: int) -> None:
    with pytest.raises(TooShort):
        figures(RUN, launched=100.0, began=102.0, ended=ended, events=events, peak_mb=1.0)


def test_the_ratio_is_of_the_rates() -> None:
    slow = figures(RUN, launched=100.0, began=102.0, ended=112.0, events=2_500, peak_mb=1.0)
    assert ratio(of_the_run(), slow) == 4.0


def test_runs_together_count_all_their_events_over_all_their_time() -> None:
    fast = of_the_run()
    slow = figures(RUN, launched=100.0, began=102.0, ended=112.0, events=2_500, peak_mb=90.0)
    both = together([fast, slow])
    assert (both["events"], both["seconds"], both["events_per_s"]) == (12_500, 20.0, 625.0)
    assert both["cpu_us_per_event"] == pytest.approx(10.0 / 12_500 * 1e6)
    assert both["cpu_share"] == 0.5
    assert both["peak_mb"] == 90.0
    with pytest.raises(TooShort):
        together([])
