"""One drill of them all; `make drills` makes every fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.rules import ALERTS
from streams.devkafka import Broker
from tests.deploy.tools import NotHere, prometheus_tools
from tests.drills.faults import DRILLS
from tests.drills.run import run_drill


def test_every_alert_of_the_service_has_a_drill() -> None:
    assert {name for drill in DRILLS for name in drill.alerts} == {alert.name for alert in ALERTS}


def test_a_flood_of_garbage_fires_its_alert_in_a_real_prometheus_and_its_end_clears_it(
    kafka: Broker, tmp_path: Path
) -> None:
    try:
        prometheus_tools()
    except NotHere as why:
        pytest.skip(str(why))
    (flood,) = [drill for drill in DRILLS if drill.name == "poison flood"]
    lines: list[str] = []

    (outcome,) = run_drill(flood, kafka, tmp_path, lines.append, quiet_s=1.0)

    assert outcome.passed, (outcome, lines)
