"""The broker that the project starts by itself is a whole Apache Kafka with the promised settings."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic
from kafka.errors import KafkaError, UnknownTopicOrPartitionError

from streams.devkafka import Broker, KafkaUnavailable, launch, local_kafka
from streams.devkafka.launch import is_answering, is_port_free
from streams.devkafka.settings import HOST

MEGABYTE = 1024 * 1024


def create_topic(broker: Broker, name: str, **configs: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    try:
        admin.create_topics([NewTopic(name, num_partitions=1, replication_factor=1, topic_configs=configs)])
    finally:
        admin.close()


def read_all(broker: Broker, topic: str) -> list[tuple[bytes | None, int]]:
    consumer = KafkaConsumer(
        bootstrap_servers=broker.bootstrap,
        consumer_timeout_ms=3000,
        max_partition_fetch_bytes=16 * MEGABYTE,
        fetch_max_bytes=32 * MEGABYTE,
    )
    try:
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        consumer.seek_to_beginning(partition)
        end = consumer.end_offsets([partition])[partition]
        found: list[tuple[bytes | None, int]] = []
        for record in consumer:
            found.append((record.value, record.timestamp))
            if record.offset + 1 >= end:
                break
        return found
    finally:
        consumer.close()


def test_a_large_record_comes_back_with_the_brokers_own_time(kafka: Broker, prefix: str) -> None:
    topic = f"{prefix}large"
    create_topic(kafka, topic, **{"max.message.bytes": str(12 * MEGABYTE)})
    publishers_time_ms = 1_000
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap, max_request_size=16 * MEGABYTE)
    sent = producer.send(topic, b"x" * 8 * MEGABYTE, timestamp_ms=publishers_time_ms)
    sent.get(timeout=60)
    producer.close()

    [(value, timestamp)] = read_all(kafka, topic)

    assert value == b"x" * 8 * MEGABYTE
    assert timestamp > publishers_time_ms


def test_a_topic_that_nobody_created_does_not_appear_by_itself(kafka: Broker, prefix: str) -> None:
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap, max_block_ms=1500)
    with pytest.raises((KafkaError, UnknownTopicOrPartitionError)):
        producer.send(f"{prefix}typing-error", b"lost?").get(timeout=5)
    producer.close()

    admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    assert f"{prefix}typing-error" not in admin.list_topics()
    admin.close()


@pytest.mark.kafka
def test_a_named_data_folder_keeps_its_topics_and_a_taken_port_is_survived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with local_kafka(tmp_path / "kept") as first:
        create_topic(first, "stays")
    assert not is_answering(first.bootstrap)

    with socket.socket() as rival:
        rival.bind((HOST, 0))
        rival.listen()
        taken = rival.getsockname()[1]
        honest, offers = launch.free_port, iter([taken])
        monkeypatch.setattr(launch, "free_port", lambda: next(offers, None) or honest())

        with local_kafka(tmp_path / "kept") as second:
            admin = KafkaAdminClient(bootstrap_servers=second.bootstrap)
            topics = admin.list_topics()
            admin.close()

        assert second.bootstrap != f"{HOST}:{taken}"
        assert "stays" in topics


@pytest.mark.kafka
def test_a_broker_that_cannot_start_shows_its_last_lines_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "meta.properties").write_text("version=1\ncluster.id=another\nnode.id=7\n")

    with pytest.raises(KafkaUnavailable) as caught, local_kafka(tmp_path):
        pass

    assert "node" in caught.value.log_tail
    assert "--wipe" in caught.value.hint


@pytest.mark.kafka
def test_a_requested_port_that_is_taken_is_named_as_the_reason(tmp_path: Path) -> None:
    with socket.socket() as rival:
        rival.bind((HOST, 0))
        rival.listen()
        taken = rival.getsockname()[1]
        assert not is_port_free(taken)

        with pytest.raises(KafkaUnavailable) as caught, local_kafka(tmp_path, port=taken):
            pass

    assert "port is taken" in caught.value.hint
