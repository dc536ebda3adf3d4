"""How a worker starts, what it says about itself, how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from kafka.admin import KafkaAdminClient

from streams.worker.process import WorkerFailed, WorkerProcess, wait_caught_up
from tests.support.waiting import eventually
from tests.worker.asking import get, is_running
from tests.worker.support import Cluster, session
from tests.worker.topic_settings import change


def test_without_topics_it_says_what_to_run(kafka_brokers: str, prefix: str) -> None:
    with pytest.raises(WorkerFailed, match=rf"twomotion topics apply --prefix {prefix}"):
        WorkerProcess(kafka_brokers, prefix).__enter__()


def test_a_topic_with_publishers_timestamps_is_refused(cluster: Cluster) -> None:
    change(cluster, "product-usage", {"message.timestamp.type": "CreateTime"})

    with pytest.raises(WorkerFailed, match=r"product-usage: message\.timestamp\.type is CreateTime"):
        cluster.worker().__enter__()


def test_a_session_that_the_broker_does_not_allow_is_refused(cluster: Cluster) -> None:
    with pytest.raises(WorkerFailed, match="TWOMOTION_SESSION_TIMEOUT_S"):
        cluster.worker(TWOMOTION_SESSION_TIMEOUT_S="0.2").__enter__()


@pytest.mark.kafka
def test_a_broker_that_does_not_answer_is_named() -> None:
    with pytest.raises(WorkerFailed, match=r"no Kafka broker answers at 127\.0\.0\.1:1 "):
        WorkerProcess("127.0.0.1:1").__enter__()


def test_it_says_how_it_is_over_http(cluster: Cluster) -> None:
    cluster.put("product-usage", session(), b"nonsense", partition=0)
    with cluster.worker() as worker:
        status = worker.wait_caught_up()

        assert status["ready"]
        assert (status["source_partitions"], status["journal_partitions"]) == (19, 32)
        page = worker.metrics()
        assert 'twomotion_events_total{outcome="accepted",source="product-usage"} 1.0' in page
        assert 'twomotion_events_total{outcome="rejected",source="product-usage"} 1.0' in page
        assert 'twomotion_dead_letters_total{reason="malformed_json",stage="door"} 1.0' in page
        assert 'twomotion_lag_records{partition="0",topic="product-usage"} 0.0' in page
        assert 'twomotion_journal_records_total{outcome="folded"} 1.0' in page
        assert "twomotion_ready 1.0" in page
        assert get(f"{worker.url}/readyz")[0] == 200
        assert get(f"{worker.url}/healthz")[0] == 200
        assert get(f"{worker.url}/elsewhere")[0] == 404


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order(cluster: Cluster, number: signal.Signals) -> None:
    with cluster.worker() as worker:
        os.kill(worker.pid, number)

        assert eventually(lambda: worker.exit_code is not None, what="the end")
        assert worker.exit_code == 0


def test_a_signal_during_the_start_ends_it_too(cluster: Cluster) -> None:
    worker = cluster.worker()
    worker.start()
    eventually(lambda: "metrics at" in worker.last_lines(), what="the start")

    assert worker.stop() == 0


def test_it_does_not_outlive_the_process_that_started_it(cluster: Cluster) -> None:
    script = (
        "import sys, os, signal\n"
        "from streams.worker.process import WorkerProcess\n"
        "worker = WorkerProcess(sys.argv[1], sys.argv[2]).__enter__()\n"
        "print(worker.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    parent = subprocess.run(
        [sys.executable, "-c", script, str(cluster.brokers), cluster.prefix],
        capture_output=True,
        text=True,
        check=False,
    )
    pid = int(parent.stdout)

    eventually(lambda: not is_running(pid), what="the worker to follow its parent")


def test_stages_can_be_run_by_workers_of_their_own(cluster: Cluster) -> None:
    cluster.publish_story(accounts=2, beats=24)

    with cluster.worker("--stages", "door") as door, cluster.worker("--stages", "engine") as engine:
        wait_caught_up([door, engine], 120)

    assert cluster.output() == cluster.oracle()
    assert any(cluster.oracle().values())


def test_the_group_shows_the_journal_offset_for_tools_that_show_a_lag(cluster: Cluster) -> None:
    cluster.put("product-usage", session(), partition=0)

    with cluster.worker() as worker:
        worker.wait_caught_up()

    admin = KafkaAdminClient(bootstrap_servers=cluster.brokers)
    try:
        (offsets,) = admin.list_group_offsets([f"{cluster.prefix}twomotion"]).values()
    finally:
        admin.close()
    journal = {tp.partition: at.offset for tp, at in offsets.items() if tp.topic.endswith("account-journal")}
    assert len(journal) == 32
    assert sum(journal.values()) == cluster.journal_length()
