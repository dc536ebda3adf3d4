"""Kafka in a container, where a Docker engine answers (`--kafka=docker`)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from streams.devkafka.errors import KafkaUnavailable
from streams.devkafka.progress import Say, silent

IMAGE = "confluentinc/cp-kafka:7.9.0"
"""Confluent's packaging of Apache Kafka 3.9, in KRaft mode.

The newest line whose start scripts are the ones that testcontainers drives: 8.0 changed them, and
containers of it fail to start (testcontainers-java issue 10363).
"""


def why_no_docker() -> str | None:
    """None if `--kafka=docker` can work here, else the reason why not, as a sentence."""
    try:
        import docker
        import docker.errors
    except ImportError:
        return "The package testcontainers is not installed (pip install 'twomotion[docker]')."
    try:
        client = docker.from_env(timeout=5)
        try:
            client.ping()
        finally:
            client.close()
    except (docker.errors.DockerException, OSError) as problem:
        return f"No Docker engine answers: {problem}"
    return None


@contextmanager
def docker_kafka(say: Say = silent) -> Iterator[str]:
    """The bootstrap address of a Kafka container that lives for the block. Raises `KafkaUnavailable`."""
    reason = why_no_docker()
    if reason is not None:
        raise KafkaUnavailable(reason, hint="Leave out --kafka=docker: the local Kafka needs no Docker.")
    from testcontainers.community.kafka import KafkaContainer

    say(f"Starting Kafka in a container (image {IMAGE})")
    container = KafkaContainer(IMAGE).with_kraft()
    for name, value in _SETTINGS.items():
        container.with_env(name, value)
    with container:
        yield container.get_bootstrap_server()


_SETTINGS = {
    "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
    "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
    "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
    "KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS": "4",
    "KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS": "1000",
    "KAFKA_LOG_MESSAGE_TIMESTAMP_TYPE": "LogAppendTime",
    "KAFKA_MESSAGE_MAX_BYTES": str(20 * 1024 * 1024),
    "KAFKA_REPLICA_FETCH_MAX_BYTES": str(20 * 1024 * 1024),
}
