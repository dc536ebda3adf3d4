"""`--brokers`: the option, then the environment, then the Kafka that is up; else a hint."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from streams.cli.brokers import brokers_option
from streams.devkafka import KafkaUnavailable, broker


@click.command()
@brokers_option
def show(brokers: str) -> None:
    click.echo(brokers)


def test_the_option_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWOMOTION_BROKERS", "named:1")
    assert CliRunner().invoke(show, ["--brokers", "asked:1"]).output == "asked:1\n"
    assert CliRunner().invoke(show).output == "named:1\n"


def test_without_any_the_hint_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TWOMOTION_BROKERS", raising=False)
    monkeypatch.setattr(broker, "running", lambda: None)
    refused = CliRunner().invoke(show).exception
    assert isinstance(refused, KafkaUnavailable)
    assert "twomotion kafka up" in refused.hint
