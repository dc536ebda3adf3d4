"""`twomotion kafka`: up, status and down as a person or a script uses them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from streams.devkafka import background
from streams.devkafka.launch import free_port, is_answering
from tests.support.waiting import eventually


class Ran(NamedTuple):
    code: int
    out: str
    err: str

    def json(self) -> dict[str, object]:
        document = json.loads(self.out)
        assert isinstance(document, dict)
        return document


def twomotion(*arguments: str) -> Ran:
    environment = {name: value for name, value in os.environ.items() if name != "TWOMOTION_BROKERS"}
    done = subprocess.run(
        [sys.executable, "-m", "streams.cli.main", *arguments],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        env=environment,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def ended(own_cache: Path) -> Iterator[None]:
    yield
    twomotion("kafka", "down")


@pytest.mark.kafka
def test_up_stays_up_is_idempotent_and_down_ends_it(own_cache: Path, tmp_path: Path, ended: None) -> None:
    port, home = free_port(), tmp_path / "mine"

    first = twomotion("kafka", "up", "--port", str(port), "--data", str(home))
    assert (first.code, f"127.0.0.1:{port}" in first.out) == (0, True), first.err
    assert "Waiting until Kafka answers" in first.err

    again = twomotion("kafka", "up", "--json").json()
    assert (again["started"], again["bootstrap"]) == (False, f"127.0.0.1:{port}")

    elsewhere = twomotion("kafka", "up", "--port", str(free_port()))
    assert (elsewhere.code, elsewhere.out) == (1, "")
    assert "is up already" in elsewhere.err
    assert "twomotion kafka down" in elsewhere.err

    status = twomotion("kafka", "status", "--json")
    assert status.code == 0
    assert status.json()["answering"] is True

    down = twomotion("kafka", "down", "--wipe", "--json")
    assert down.json() == {"running": False, "stopped": True, "wiped": True}
    assert not is_answering(f"127.0.0.1:{port}")
    assert not (home / "data").exists()
    assert twomotion("kafka", "status").code == 3


@pytest.mark.kafka
def test_a_kafka_that_was_killed_is_not_running_and_can_be_started_anew(own_cache: Path, ended: None) -> None:
    before = twomotion("kafka", "up", "--port", str(free_port()), "--json").json()
    pid = before["pid"]
    assert isinstance(pid, int)
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: background.running() is None, what="the process ends")
    assert twomotion("kafka", "status").code == 3

    after = twomotion("kafka", "up", "--port", str(free_port()), "--json").json()

    assert after["started"] is True
    assert isinstance(after["pid"], int)
    assert psutil.Process(after["pid"]).is_running()


def test_a_reused_process_id_is_not_taken_for_kafka(own_cache: Path) -> None:
    state = own_cache / "kafka" / "up.json"
    state.parent.mkdir()
    remembered = {
        "bootstrap": "127.0.0.1:9", "port": 9, "pid": os.getpid(), "process_started": 1.0,
        "home": str(own_cache), "log_file": str(own_cache / "log"), "kafka_version": "4.1.2",
    }  # fmt: skip
    state.write_text(json.dumps(remembered))

    assert twomotion("kafka", "status", "--json").json()["running"] is False
    assert twomotion("kafka", "down").out == "Kafka was not running.\n"


@pytest.mark.parametrize("command", ["up", "down", "status"])
def test_every_command_shows_examples_in_its_help(command: str) -> None:
    shown = twomotion("kafka", command, "--help")
    assert shown.code == 0
    assert f"twomotion kafka {command}" in shown.out
    assert "--json" in shown.out
