"""The dashboards ask for what workers show, and for nothing else."""

from __future__ import annotations

import json

import pytest

from streams.worker.metric_list import METRICS
from tests.deploy.queries import (
    DASHBOARDS,
    dashboard_queries,
    grouped_by,
    matchers_in,
    metrics_in,
    series_of_a_worker,
)
from tests.worker.support import Cluster, session

#: Prometheus makes these itself.
_ITS_OWN = {"up"}
_ITS_LABELS = {"job", "instance"}


def test_there_is_one_dashboard_for_each_motion_and_one_for_the_service() -> None:
    assert {path.stem for path in DASHBOARDS.glob("*.json")} == {"growth", "retention", "service"}


def test_every_metric_of_a_query_is_in_the_list() -> None:
    known = set(series_of_a_worker()) | _ITS_OWN

    unknown = [(page, panel, metrics_in(expr) - known) for page, panel, expr in dashboard_queries()]

    assert [each for each in unknown if each[2]] == []
    assert all(metrics_in(expr) for _, _, expr in dashboard_queries())


def test_every_label_of_a_query_is_one_that_its_metric_has() -> None:
    shown = series_of_a_worker()
    for page, panel, expr in dashboard_queries():
        for metric, label, _, _ in matchers_in(expr):
            assert label in shown.get(metric, set()) | _ITS_LABELS, (page, panel, metric, label)
        labels = set().union(*(shown.get(metric, set()) for metric in metrics_in(expr)))
        assert grouped_by(expr) <= labels | _ITS_LABELS, (page, panel)


def test_every_value_that_a_query_asks_for_is_one_that_its_label_can_have() -> None:
    can_be = {
        (series, label.name): set(label.values)
        for metric in METRICS
        for label in metric.labels
        if label.values
        for series in (metric.series, f"{metric.name}_bucket", f"{metric.name}_count")
    }
    for page, panel, expr in dashboard_queries():
        for metric, label, operator, value in matchers_in(expr):
            if (metric, label) in can_be:
                asked = value.split("|") if "~" in operator else [value]
                assert set(asked) <= can_be[metric, label], (page, panel, metric, label)


@pytest.mark.parametrize(("motion", "other"), [("retention", "growth"), ("growth", "retention")])
def test_the_dashboard_of_a_motion_shows_nothing_of_the_other(motion: str, other: str) -> None:
    for page, panel, expr in dashboard_queries():
        if page == motion:
            assert f"{other}_" not in expr and f'motion="{other}"' not in expr, panel


def test_every_panel_says_what_it_shows_and_asks_the_chosen_prometheus() -> None:
    for path in DASHBOARDS.glob("*.json"):
        for panel in json.loads(path.read_text())["panels"]:
            if panel["type"] != "row":
                assert panel["description"], (path.stem, panel["title"])
                assert panel["datasource"]["uid"] == "${datasource}"


def test_every_metric_of_a_query_is_on_a_running_workers_page(cluster: Cluster) -> None:
    cluster.publish([("product-usage", "acme", session())])
    with cluster.worker("--restart") as worker:
        worker.wait_caught_up()
        page = worker.metrics()

    told = {line.split()[2] for line in page.splitlines() if line.startswith("# TYPE ")}
    for name, panel, expr in dashboard_queries():
        for metric in metrics_in(expr) - _ITS_OWN:
            family = metric.removesuffix("_bucket").removesuffix("_count").removesuffix("_sum")
            assert metric in told or family in told, (name, panel, metric)
