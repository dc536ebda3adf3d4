"""Which Kafka is used: the one that was named, else a local one, else a container when asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.devkafka import Broker, KafkaUnavailable, NoKafkaAnswers, find_brokers, resolve_brokers
from streams.devkafka.docker import why_no_docker
from streams.devkafka.launch import free_port, is_answering


def test_the_brokers_named_in_the_environment_win(kafka: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWOMOTION_BROKERS", kafka.bootstrap)
    with resolve_brokers("docker") as broker:
        assert broker == Broker(kafka.bootstrap, "given")
    assert find_brokers() == kafka.bootstrap
    assert is_answering(kafka.bootstrap), "a broker that was given is not stopped"


@pytest.mark.kafka
def test_named_brokers_that_do_not_answer_are_an_error_not_a_reason_to_start_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TWOMOTION_BROKERS", f"127.0.0.1:{free_port()}")
    with pytest.raises(KafkaUnavailable) as caught, resolve_brokers():
        pass
    assert "TWOMOTION_BROKERS" in caught.value.hint


def test_where_no_kafka_is_running_the_hint_names_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TWOMOTION_BROKERS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(NoKafkaAnswers) as caught:
        find_brokers()
    assert "twomotion kafka up" in caught.value.hint


def test_without_a_docker_engine_asking_for_one_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TWOMOTION_BROKERS", raising=False)
    monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{free_port()}")
    with pytest.raises(KafkaUnavailable) as caught, resolve_brokers("docker"):
        pass
    assert "No Docker engine answers" in caught.value.message
    assert "--kafka=docker" in caught.value.hint


@pytest.mark.kafka
def test_a_container_serves_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    if reason := why_no_docker():
        pytest.skip(f"needs Docker: {reason}")
    monkeypatch.delenv("TWOMOTION_BROKERS", raising=False)
    with resolve_brokers("docker") as broker:
        assert is_answering(broker.bootstrap)
    assert not is_answering(broker.bootstrap)
