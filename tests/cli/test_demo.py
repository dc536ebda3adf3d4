"""`twomotion demo`: a small story from end to end, and an end in the middle of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from kafka import KafkaAdminClient

from streams.devkafka import Broker
from tests.support.waiting import eventually

DEMO = [sys.executable, "-m", "streams.cli.main", "demo", "--accounts", "16", "--days", "120"]


@pytest.fixture
def elsewhere() -> dict[str, str]:
    """An environment without a Kafka of its own."""
    return {name: value for name, value in os.environ.items() if not name.startswith("TWOMOTION_")}


def topics(brokers: str) -> set[str]:
    admin = KafkaAdminClient(bootstrap_servers=brokers)
    try:
        return {name for name in admin.list_topics() if name.startswith("demo-")}
    finally:
        admin.close()


def test_a_small_story_is_told_found_and_tidied_up(kafka: Broker, elsewhere: dict[str, str]) -> None:
    command = [*DEMO, "--json", "--brokers", kafka.bootstrap]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=elsewhere)

    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert summary["events"] > 1_000
    assert summary["alerts"]["retention"] > 0
    assert summary["alerts"]["growth"] > 0
    assert sum(summary["quadrants"].values()) == 16
    for signal_, found in summary["truth"].items():
        assert found["recall"] is None or found["recall"] >= 0.8, (signal_, found)
    assert "Reading the alerts" in done.stderr
    assert topics(kafka.bootstrap) == set()


@pytest.mark.kafka
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_end_in_the_middle_takes_every_child_along(
    number: signal.Signals, elsewhere: dict[str, str], tmp_path: Path
) -> None:
    said = tmp_path / "said"
    with said.open("wb") as err:
        process = subprocess.Popen(DEMO, stdout=subprocess.DEVNULL, stderr=err, env=elsewhere)
    try:
        eventually(lambda: b"25 %" in said.read_bytes(), within=240, what="the demo is publishing")
        children = psutil.Process(process.pid).children(recursive=True)
        assert len(children) >= 2  # a broker and a worker
        process.send_signal(number)
        code = process.wait(timeout=120)
    finally:
        process.kill()

    assert code == {signal.SIGINT: 130, signal.SIGTERM: 143}[number]
    eventually(lambda: not any(child.is_running() for child in children), what="no child is left")
