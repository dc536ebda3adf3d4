"""The rules are valid, each does in time what it says, and whoever is paged finds what to do."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from deploy.rules import ALERTS, GROUPS, Alert, Record, Times
from deploy.rules.model import duration
from deploy.rules.writing import as_yaml
from streams.worker.metric_list import METRICS
from tests.deploy.queries import ROOT, grouped_by, matchers_in, metrics_in, series_of_a_worker
from tests.deploy.tools import NotHere, prometheus_tools

RULES = ROOT / "deploy" / "helm" / "twomotion" / "rules"
CASES = sorted((Path(__file__).parent / "rules").glob("*.test.yaml"))
RUNBOOKS = (ROOT / "docs" / "runbooks.md").read_text()


@pytest.fixture(scope="module")
def promtool() -> Path:
    try:
        return prometheus_tools().promtool
    except NotHere as why:
        pytest.skip(str(why))


def run(command: Sequence[str | Path]) -> str:
    done = subprocess.run(list(map(str, command)), cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_prometheus_takes_every_rule(promtool: Path) -> None:
    said = run([promtool, "check", "rules", *sorted(RULES.glob("*.yaml"))])

    assert sum(map(int, re.findall(r"(\d+) rules found", said))) == sum(len(group.rules) for group in GROUPS)


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_every_alert_does_in_time_what_its_cases_say(promtool: Path, case: Path) -> None:
    run([promtool, "test", "rules", case])


def test_no_alert_is_without_a_case_in_which_it_fires_and_one_in_which_it_does_not() -> None:
    fires: set[str] = set()
    silent: set[str] = set()
    for case in CASES:
        for test in yaml.safe_load(case.read_text())["tests"]:
            for expected in test.get("alert_rule_test", []):
                (fires if expected.get("exp_alerts") else silent).add(expected["alertname"])

    assert fires == silent == {alert.name for alert in ALERTS}


def test_prometheus_takes_the_shortened_rules_of_a_drill(promtool: Path, tmp_path: Path) -> None:
    file = tmp_path / "drill.yaml"
    file.write_text(as_yaml(GROUPS, Times(faster=60), every_s=1))

    run([promtool, "check", "rules", file])


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_every_alert_has_its_runbook(alert: Alert) -> None:
    _, found, section = RUNBOOKS.partition(f"\n## {alert.name}\n")
    section = section.partition("\n## ")[0]

    assert found
    for part in ("Meaning", "Impact", "Look", "Do"):
        assert f"**{part}.**" in section


def test_no_runbook_is_about_an_alert_that_is_gone() -> None:
    assert re.findall(r"^## (\w+)$", RUNBOOKS, re.M) == [alert.name for alert in ALERTS]


def test_every_rule_asks_for_what_a_worker_shows_or_another_rule_records() -> None:
    shown = series_of_a_worker()
    recorded = {rule.name for group in GROUPS for rule in group.rules if isinstance(rule, Record)}
    values = {
        (series, label.name): set(label.values)
        for metric in METRICS
        for label in metric.labels
        if label.values
        for series in (metric.series, f"{metric.name}_bucket", f"{metric.name}_count")
    }
    for group in GROUPS:
        for rule in group.rules:
            expr = rule.expr(Times())
            metrics = metrics_in(expr)
            assert metrics <= set(shown) | recorded | {"up"}, rule.name
            labels = set().union(*(shown.get(metric, set()) for metric in metrics))
            assert grouped_by(expr) <= labels | {"job", "instance"}, rule.name
            for metric, label, operator, value in matchers_in(expr):
                assert label in shown.get(metric, set()) | {"job", "instance"}, rule.name
                if (metric, label) in values:
                    asked = value.split("|") if "~" in operator else [value]
                    assert set(asked) <= values[metric, label], rule.name


def test_the_objective_of_freshness_is_one_of_the_histograms_bounds() -> None:
    (latency,) = [metric for metric in METRICS if metric.name == "twomotion_end_to_end_seconds"]

    assert 5.0 in latency.buckets


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(300, "5m"), (90, "90s"), (259_200, "3d"), (7_200, "2h"), (1.5, "1500ms")],
)
def test_a_duration_is_written_in_the_largest_unit_that_fits(seconds: float, text: str) -> None:
    assert duration(seconds) == text
