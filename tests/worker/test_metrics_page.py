"""docs/metrics.md is what the list says."""

from __future__ import annotations

from streams.worker.metric_list import METRICS
from streams.worker.metrics_page import PAGE, page


def test_the_reference_page_is_as_the_list_of_metrics_has_it() -> None:
    assert PAGE.read_text() == page()


def test_every_metric_has_a_line_in_it() -> None:
    text = page()

    assert all(f"| `{metric.series}` |" in text for metric in METRICS)
