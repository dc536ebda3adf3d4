"""What the doctor says of a real broker: a sound system, and one with each fault."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from schemas.topics import real_name
from streams.devkafka import Broker
from streams.doctor.examine import examine
from streams.doctor.finding import EXIT_FAILED, EXIT_WARNED, Finding
from streams.worker.admin import Admin
from streams.worker.settings import WorkerSettings
from tests.support.waiting import eventually
from tests.worker.exactness import open_partitions
from tests.worker.support import SESSION_S, Cluster, session


@pytest.fixture
def cluster(kafka: Broker, prefix: str) -> Cluster:
    made = Cluster(kafka.bootstrap, prefix)
    made.apply()
    return made


def seen(cluster: Cluster) -> list[Finding]:
    settings = WorkerSettings(
        brokers=str(cluster.brokers), prefix=cluster.prefix, session_timeout_s=float(SESSION_S)
    )
    return list(examine(settings))


def failures(cluster: Cluster) -> list[Finding]:
    return [finding for finding in seen(cluster) if finding.level == "fail"]


def run(cluster: Cluster, *options: str) -> subprocess.CompletedProcess[str]:
    where = ["--brokers", str(cluster.brokers), "--prefix", cluster.prefix]
    return subprocess.run(
        [sys.executable, "-m", "streams.cli.main", "doctor", *where, *options],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def change(cluster: Cluster, topic: str, setting: str, value: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=cluster.brokers)
    try:
        resource = ConfigResource(
            ConfigResourceType.TOPIC, real_name(cluster.prefix, topic), {setting: value}
        )
        admin.alter_configs([resource])
    finally:
        admin.close()
    with Admin(cluster.brokers) as looking:
        eventually(
            lambda: looking.describe(cluster.prefix)[topic].settings[setting] == value, what="the change"
        )


def delete(cluster: Cluster, topic: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=cluster.brokers)
    try:
        admin.delete_topics([real_name(cluster.prefix, topic)])
    finally:
        admin.close()
    with Admin(cluster.brokers) as looking:
        eventually(lambda: not looking.describe(cluster.prefix)[topic].exists, what="the topic is gone")


def test_of_a_system_at_work_nothing_is_wrong(cluster: Cluster) -> None:
    cluster.put("product-usage", session(), key=b"acme")
    with cluster.worker() as worker:
        worker.wait_caught_up()
        eventually(lambda: not failures(cluster), what="a copy of the offsets is committed")
        found = {finding.check: finding for finding in seen(cluster)}
        assert worker.stop() == 0

    assert found["topics"].level == found["rights"].level == found["states"].level == "ok"
    assert "1 worker" in found["groups"].sentence
    assert found["clock"].level == "ok" and "0.0" in found["clock"].sentence
    assert found["catalogs"].level == "ok"
    assert {check for check, finding in found.items() if finding.level == "warn"} <= {
        "replication",
        "settings",
    }


def test_what_compares_the_clocks_is_read_by_nobody(cluster: Cluster) -> None:
    assert not failures(cluster)

    assert cluster.read("dead-letters") == []
    assert open_partitions(cluster, "dead-letters") == 0


def test_a_missing_topic_is_named_with_what_makes_it(cluster: Cluster) -> None:
    delete(cluster, "quadrant-changes")

    ran = run(cluster, "--json")

    assert ran.returncode == EXIT_FAILED
    told = json.loads(ran.stdout)
    assert told["exit_code"] == EXIT_FAILED
    (finding,) = [each for each in told["findings"] if each["level"] == "fail"]
    assert finding["sentence"] == "quadrant-changes: topic is missing, should be there"
    assert finding["todo"] == f"twomotion topics apply --prefix {cluster.prefix}"


@pytest.mark.parametrize(
    ("topic", "setting", "value"),
    [
        ("account-state", "cleanup.policy", "delete"),
        ("account-journal", "retention.ms", "604800000"),
        ("crm-changes", "message.timestamp.type", "CreateTime"),
    ],
)
def test_a_setting_that_differs_is_named(cluster: Cluster, topic: str, setting: str, value: str) -> None:
    change(cluster, topic, setting, value)

    (finding,) = failures(cluster)

    assert finding.sentence.startswith(f"{topic}: {setting} is {value}, should be ")
    assert finding.todo is not None and "topics apply" in finding.todo


def test_journal_and_states_of_unlike_number_are_a_failure(cluster: Cluster) -> None:
    admin = KafkaAdminClient(bootstrap_servers=cluster.brokers)
    try:
        admin.create_partitions({real_name(cluster.prefix, "account-journal"): 40})
    finally:
        admin.close()
    with Admin(cluster.brokers) as looking:
        eventually(lambda: looking.describe(cluster.prefix)["account-journal"].partitions == 40, what="40")

    sentences = [finding.sentence for finding in failures(cluster)]

    assert "account-journal has 40 partitions and account-state 32: they are one pair" in sentences


def test_a_broker_that_does_not_answer_is_a_failure() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "streams.cli.main", "doctor", "--brokers", "127.0.0.1:1"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert ran.returncode == EXIT_FAILED
    assert "no Kafka broker answers at 127.0.0.1:1" in ran.stdout


def test_records_that_wait_for_nobody_are_a_failure(cluster: Cluster) -> None:
    cluster.put("product-usage", session(), key=b"acme")

    found = {finding.check: finding for finding in seen(cluster)}

    assert found["groups"].level == "warn"
    assert found["lag"].level == "fail" and "1 record in 1 partition wait" in found["lag"].sentence


def test_a_group_that_stands_still_is_a_failure(cluster: Cluster) -> None:
    """The worker is a member for as long as its session lasts, and does nothing."""
    cluster.put("product-usage", session(), key=b"acme")
    with cluster.worker(TWOMOTION_SESSION_TIMEOUT_S="60") as worker:
        worker.wait_caught_up()
        eventually(lambda: not failures(cluster), what="the group to have committed all of it")
        os.kill(worker.pid, signal.SIGSTOP)
        cluster.put("product-usage", *(session(event_id=f"later-{n}") for n in range(5)), key=b"acme")

        (finding,) = failures(cluster)
        worker.kill()

    assert finding.check == "lag"
    assert finding.sentence.startswith("product-usage/")
    assert "5 records wait and nothing has moved" in finding.sentence


def test_states_that_are_lost_are_a_failure(cluster: Cluster) -> None:
    cluster.publish_story(accounts=2, beats=24)
    with cluster.worker() as worker:
        worker.wait_caught_up(120)
        assert worker.stop() == 0
    delete(cluster, "account-state")
    cluster.apply()

    (finding,) = failures(cluster)

    assert finding.check == "states" and "the states are lost" in finding.sentence
    assert finding.todo is not None and "--rebuild" in finding.todo


def test_a_journal_that_is_another_one_is_a_failure(cluster: Cluster) -> None:
    cluster.publish_story(accounts=2, beats=24)
    with cluster.worker() as worker:
        worker.wait_caught_up(120)
        assert worker.stop() == 0
    delete(cluster, "account-journal")
    cluster.apply()

    (finding,) = failures(cluster)

    assert finding.check == "states" and "it is another one" in finding.sentence


def test_warnings_count_when_they_are_asked_to(cluster: Cluster) -> None:
    """One broker, and no worker: two warnings."""
    assert run(cluster).returncode == 0
    assert run(cluster, "--strict").returncode == EXIT_WARNED
