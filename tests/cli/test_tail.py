"""`twomotion tail` on real topics: order, filters, following, Ctrl-C."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from streams.cli.main import root
from streams.devkafka import Broker
from streams.devkafka.launch import free_port
from streams.publishing import Publisher
from tests.support.events import EXAMPLES
from tests.support.topics import apply_topics
from tests.support.waiting import eventually

TOPICS = {"RetentionAlert": "retention-alerts", "QuadrantChange": "quadrant-changes"}


def say(brokers: str, prefix: str, kind: str, *days: tuple[str, int]) -> None:
    """Put messages of accounts, each decided on a day of June."""

    async def put() -> None:
        async with Publisher(brokers, prefix) as publisher:
            for account, day in days:
                message = json.loads((EXAMPLES / f"{kind}.json").read_bytes())
                message["account"] |= {"id": account, "name": None}
                message["times"]["decided_at"] = f"2026-06-{day:02}T10:00:00Z"
                await publisher.put(TOPICS[kind], account.encode(), json.dumps(message).encode())

    asyncio.run(put())


def tail(brokers: str, prefix: str, *arguments: str) -> Result:
    return CliRunner().invoke(root, ["tail", *arguments, "--brokers", brokers, "--prefix", prefix])


def accounts(shown: Result) -> list[str]:
    assert shown.exit_code == 0, shown.output
    return [json.loads(line)["account"]["id"] for line in shown.stdout.splitlines()]


@pytest.fixture
def alerts(kafka: Broker, prefix: str) -> str:
    """Fourteen accounts, one message each, in no order of time; the address of the broker."""
    apply_topics(kafka.bootstrap, prefix)
    days = [(f"a{day:02}", day) for day in range(1, 15)]
    say(kafka.bootstrap, prefix, "RetentionAlert", *days[::2], *days[1::2])
    return kafka.bootstrap


def test_the_newest_ten_are_shown_oldest_first(alerts: str, prefix: str) -> None:
    assert accounts(tail(alerts, prefix, "retention", "--json")) == [f"a{day:02}" for day in range(5, 15)]


def test_from_the_beginning_means_all_of_them_across_partitions_in_order(alerts: str, prefix: str) -> None:
    shown = tail(alerts, prefix, "retention", "--from-beginning", "--json")
    assert accounts(shown) == [f"a{day:02}" for day in range(1, 15)]


def test_max_ends_it_and_an_account_narrows_it(alerts: str, prefix: str) -> None:
    assert accounts(tail(alerts, prefix, "retention", "--from-beginning", "--max", "2", "--json")) == [
        "a01",
        "a02",
    ]
    assert accounts(tail(alerts, prefix, "retention", "--max", "1", "--json")) == ["a14"]
    assert accounts(tail(alerts, prefix, "retention", "--account", "a03", "--json")) == ["a03"]


def test_a_line_says_when_what_who_and_why(alerts: str, prefix: str) -> None:
    line = tail(alerts, prefix, "retention", "--account", "a03").stdout
    message = json.loads((EXAMPLES / "RetentionAlert.json").read_bytes())

    for part in ("2026-06-03 10:00", "a03", message["status"], message["severity"], message["signal"]["id"]):
        assert part in line
    assert message["why"] in line


def test_the_board_tells_moves(kafka: Broker, prefix: str) -> None:
    apply_topics(kafka.bootstrap, prefix)
    say(kafka.bootstrap, prefix, "QuadrantChange", ("acme", 3))

    line = tail(kafka.bootstrap, prefix, "board").stdout

    assert "acme" in line
    assert "→" in line


def test_an_empty_topic_is_said_on_stderr_alone(kafka: Broker, prefix: str) -> None:
    apply_topics(kafka.bootstrap, prefix)
    shown = tail(kafka.bootstrap, prefix, "growth")
    assert (shown.exit_code, shown.stdout) == (0, "")
    assert "Nothing there yet" in shown.stderr


def test_following_shows_what_comes_and_ends_on_ctrl_c(kafka: Broker, prefix: str, tmp_path: Path) -> None:
    apply_topics(kafka.bootstrap, prefix)
    say(kafka.bootstrap, prefix, "RetentionAlert", ("before", 1))
    shown = tmp_path / "shown"
    command = [sys.executable, "-m", "streams.cli.main", "tail", "retention", "--follow", "--json"]
    with shown.open("wb") as out:
        process = subprocess.Popen(
            [*command, "--brokers", kafka.bootstrap, "--prefix", prefix],
            stdout=out,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    try:
        eventually(lambda: b"before" in shown.read_bytes(), what="what was there is shown")
        say(kafka.bootstrap, prefix, "RetentionAlert", ("after", 2))
        eventually(lambda: b"after" in shown.read_bytes(), what="what came is shown")
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (process.returncode, errors) == (0, b"")


def test_no_kafka_and_no_topic_are_told_apart(kafka: Broker, prefix: str) -> None:
    assert tail(f"127.0.0.1:{free_port()}", prefix, "growth").exit_code == 3
    missing = tail(kafka.bootstrap, prefix, "growth")
    assert missing.exit_code == 1
    assert "twomotion topics apply" in missing.stderr
