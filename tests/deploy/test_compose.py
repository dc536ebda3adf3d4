"""The compose file is one, and what it names is there."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from streams.worker.settings import WorkerSettings, variable_of
from tests.deploy.queries import ROOT
from tests.deploy.tools import NotHere, compose_parser, prometheus_tools

FILE = ROOT / "deploy" / "compose.yaml"


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    """As written, with its anchors resolved."""
    return dict(yaml.safe_load(FILE.read_text())["services"])


def test_the_reference_parser_takes_it() -> None:
    try:
        parser = compose_parser()
    except NotHere as why:
        pytest.skip(str(why))
    done = subprocess.run([parser, FILE.name], capture_output=True, text=True, cwd=FILE.parent, check=False)

    assert done.returncode == 0, done.stderr
    parsed = yaml.safe_load(done.stdout)
    assert set(parsed["services"]) == {"grafana", "kafka", "prometheus", "topics", "worker"}
    assert (
        parsed["services"]["worker"]["depends_on"]["topics"]["condition"] == "service_completed_successfully"
    )
    assert Path(parsed["services"]["worker"]["build"]["context"]) == ROOT


def test_every_file_that_it_mounts_is_there(services: dict[str, dict[str, Any]]) -> None:
    mounts = [each for service in services.values() for each in service.get("volumes", [])]
    files = [each.split(":")[0] for each in mounts if each.startswith("./")]

    assert len(files) == 5
    assert [each for each in files if not (FILE.parent / each).exists()] == []


def test_what_is_published_is_published_to_this_host_alone(services: dict[str, dict[str, Any]]) -> None:
    ports = [port for service in services.values() for port in service.get("ports", [])]

    assert ports and all(port.startswith("127.0.0.1:") for port in ports)


def test_workers_cannot_write_to_their_image_and_have_no_capabilities(
    services: dict[str, dict[str, Any]],
) -> None:
    for name in ("topics", "worker"):
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["security_opt"] == ["no-new-privileges:true"]


def test_every_setting_that_it_names_is_one(services: dict[str, dict[str, Any]]) -> None:
    known = {variable_of(name) for name in WorkerSettings.model_fields}
    named = {
        name
        for service in services.values()
        for name in service.get("environment", {})
        if name.startswith("TWOMOTION_")
    }

    assert named and named <= known


def test_prometheus_takes_its_configuration_and_scrapes_the_job_that_the_rules_name() -> None:
    config = ROOT / "deploy" / "compose" / "prometheus.yaml"
    (scraped,) = yaml.safe_load(config.read_text())["scrape_configs"]
    assert scraped["job_name"] == "twomotion"
    try:
        promtool = prometheus_tools().promtool
    except NotHere as why:
        pytest.skip(str(why))

    done = subprocess.run(
        [promtool, "check", "config", "--syntax-only", config], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
