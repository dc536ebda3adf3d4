"""`twomotion publish` as a person or a script uses it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from streams.cli.main import root
from streams.cli.publish import REFUSALS_SHOWN
from streams.devkafka import Broker
from streams.devkafka.launch import free_port
from tests.support.events import heartbeat, session
from tests.support.topics import apply_topics, records_on


def publish(brokers: str, *arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(root, ["publish", *arguments, "--brokers", brokers], input=stdin)


def test_a_good_file_is_published_and_counted(kafka: Broker, prefix: str, tmp_path: Path) -> None:
    apply_topics(kafka.bootstrap, prefix)
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"\n".join([session(1, "acme"), heartbeat(1)]))

    done = publish(kafka.bootstrap, "product-usage", str(file), "--prefix", prefix)

    assert done.exit_code == 0, done.output
    assert f"Published 1 events to {prefix}product-usage, and 1 heartbeats" in done.stdout
    assert len(records_on(kafka.bootstrap, f"{prefix}product-usage")) == 9


def test_every_refused_line_is_named_and_nothing_is_published(
    kafka: Broker, prefix: str, tmp_path: Path
) -> None:
    apply_topics(kafka.bootstrap, prefix)
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"\n".join([session(1, "acme"), b"{", b'{"type": "sun.rose"}']))

    done = publish(kafka.bootstrap, "product-usage", str(file), "--prefix", prefix)

    assert (done.exit_code, done.stdout) == (1, "")
    assert f"{file}:2: malformed_json: " in done.stderr
    assert f"{file}:3: unknown_type: " in done.stderr
    assert "Nothing is published: 2 lines refused" in done.stderr
    assert records_on(kafka.bootstrap, f"{prefix}product-usage") == []


def test_a_pipe_with_skip_invalid_publishes_the_good_lines(kafka: Broker, prefix: str) -> None:
    apply_topics(kafka.bootstrap, prefix)
    stdin = b"\n".join([b"nonsense"] * (REFUSALS_SHOWN + 5) + [session(1, "acme")])

    options = ("product-usage", "-", "--prefix", prefix, "--skip-invalid")
    done = publish(kafka.bootstrap, *options, stdin=stdin)

    assert done.exit_code == 1
    assert "... and 5 more" in done.stderr
    assert "Published 1 events" in done.stdout


def test_json_names_all_refused_lines(kafka: Broker, prefix: str) -> None:
    apply_topics(kafka.bootstrap, prefix)
    stdin = b"\n".join([b"nonsense"] * 30)

    done = publish(kafka.bootstrap, "product-usage", "-", "--prefix", prefix, "--json", stdin=stdin)

    summary = json.loads(done.stdout)
    assert (summary["published_records"], summary["lines"]["refused"]) == (0, 30)
    assert summary["refused"][29]["line"] == 30
    assert summary["refused"][29]["reason"] == "malformed_json"


@pytest.mark.parametrize(
    "arguments", [["sunrises", "-"], ["account-journal", "-"], ["product-usage", "/not/there"]]
)
def test_a_wrong_source_or_file_is_a_usage_error(arguments: list[str]) -> None:
    assert publish("127.0.0.1:1", *arguments).exit_code == 2


def test_no_kafka_is_an_exit_code_of_its_own() -> None:
    done = publish(f"127.0.0.1:{free_port()}", "product-usage", "-", stdin=session(1, "acme"))

    assert done.exit_code == 3
    assert "twomotion kafka up" in done.stderr


def test_a_missing_topic_is_a_failure_that_says_what_to_do(kafka: Broker, prefix: str) -> None:
    done = publish(kafka.bootstrap, "product-usage", "-", "--prefix", prefix, stdin=session(1, "acme"))

    assert done.exit_code == 1
    assert "twomotion topics apply" in done.stderr
