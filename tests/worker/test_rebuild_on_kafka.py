"""The states' topic is lost: nobody starts as if nothing had been told, and `--rebuild` tells nothing twice."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from functools import partial

import pytest
from kafka import TopicPartition
from kafka.admin import KafkaAdminClient

from schemas.topics import TOPICS, real_name
from streams.worker.admin import Admin
from streams.worker.process import WorkerFailed
from tests.support.waiting import eventually
from tests.worker.exactness import assert_exact, said
from tests.worker.support import SESSION_S, SHORT_LIVED, Cluster, session


def lose(cluster: Cluster, topic: str = "account-state") -> None:
    """Delete a topic and make it anew, as an operator who repairs would."""
    admin = KafkaAdminClient(bootstrap_servers=cluster.brokers)
    try:
        admin.delete_topics([real_name(cluster.prefix, topic)])
    finally:
        admin.close()
    with Admin(cluster.brokers) as looking:
        eventually(lambda: not looking.describe(cluster.prefix)[topic].exists, what="the topic is gone")
    cluster.apply()


def prepare_and_fail(cluster: Cluster) -> str:
    """Run `worker --rebuild` where it must refuse; what it says."""
    command = [sys.executable, "-m", "streams.cli.main", "worker", "--rebuild", "--clock", "replay"]
    ran = subprocess.run(
        [*command, "--brokers", str(cluster.brokers), "--prefix", cluster.prefix],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={"PATH": "/usr/bin:/bin", "TWOMOTION_SESSION_TIMEOUT_S": SESSION_S},
    )
    assert ran.returncode == 1, ran.stderr
    return ran.stderr


def has_told(cluster: Cluster, least: int) -> bool:
    return said(cluster).total() >= least


def test_a_worker_refuses_states_that_are_lost_and_rebuilds_them_without_a_word(cluster: Cluster) -> None:
    cluster.publish_story(accounts=3, beats=24)
    with cluster.worker() as worker:
        worker.wait_caught_up(120)
        assert worker.stop() == 0
    told = said(cluster)
    lose(cluster)

    with pytest.raises(WorkerFailed, match=r"the states are lost.*twomotion worker --rebuild"):
        cluster.worker().__enter__()
    with cluster.worker("--rebuild") as worker:
        worker.wait_caught_up(120)
        assert said(cluster) == told
        cluster.publish_story(accounts=2, beats=24, seed=2)
        worker.wait_caught_up(120)

    assert said(cluster).total() > told.total()
    assert_exact(cluster)


def test_a_rebuild_may_be_killed_and_started_again_by_several(cluster: Cluster) -> None:
    cluster.publish_story(accounts=8, beats=24)
    with cluster.worker(**SHORT_LIVED) as worker:
        eventually(partial(has_told, cluster, 60), what="a part is told")
        worker.kill()
    lose(cluster)

    for seconds in (0.2, 0.8):
        with cluster.worker("--rebuild", TWOMOTION_COMMIT_EVENTS="200", **SHORT_LIVED) as worker:
            time_to_work(seconds)
            worker.kill()
    with cluster.worker("--rebuild", "--processes", "2") as workers:
        workers.wait_caught_up(120)

    assert_exact(cluster, places_again=True)


def time_to_work(seconds: float) -> None:
    """Let a worker fold for a moment, so that it is killed in the middle."""
    ends = time.monotonic() + seconds
    eventually(lambda: time.monotonic() > ends, what="a moment")


def test_workers_that_run_are_not_rebuilt_under(cluster: Cluster) -> None:
    cluster.put("product-usage", session(), key=b"acme")
    with cluster.worker() as worker:
        worker.wait_caught_up()
        lose(cluster, "account-state")

        assert "workers are running" in prepare_and_fail(cluster)
        worker.kill()


def test_with_states_in_place_a_rebuild_is_an_ordinary_start(cluster: Cluster) -> None:
    cluster.publish_story(accounts=2, beats=24)
    with cluster.worker() as worker:
        worker.wait_caught_up(120)
        assert worker.stop() == 0

    with cluster.worker("--rebuild") as worker:
        worker.wait_caught_up(120)
        assert "nothing to rebuild" in worker.log.read_text()

    assert_exact(cluster)


def test_a_journal_that_waits_for_its_first_engine_is_no_loss(cluster: Cluster) -> None:
    cluster.publish_story(accounts=2, beats=24)
    with cluster.worker("--stages", "door") as door:
        door.wait_caught_up(120)
    with cluster.worker("--stages", "engine") as engine:
        engine.wait_caught_up(120)

    assert_exact(cluster)


def test_a_rebuild_from_another_journal_is_refused(cluster: Cluster) -> None:
    cluster.publish_story(accounts=2, beats=24)
    with cluster.worker() as worker:
        worker.wait_caught_up(120)
        assert worker.stop() == 0
    lose(cluster)
    lose(cluster, "account-journal")

    assert "not the journal that the states were made of" in prepare_and_fail(cluster)


def test_without_transactions_nothing_is_lost_either(cluster: Cluster) -> None:
    cluster.publish_story(accounts=5, beats=24)
    once = {"TWOMOTION_GUARANTEE": "at_least_once"}
    with cluster.worker(**once, **SHORT_LIVED) as worker:
        eventually(partial(has_told, cluster, 40), what="a part is told")
        worker.kill()
    lose(cluster)

    with cluster.worker("--rebuild", **once) as worker:
        worker.wait_caught_up(120)

    assert_exact(cluster, repeats=True)


def crm(kind: str, event_id: str, **fields: object) -> bytes:
    event = {
        "event_id": event_id,
        "type": kind,
        "schema_version": 1,
        "account_id": "acme",
        "occurred_at": "2026-06-01T12:00:00Z",
        "source_system": "crm",
        **fields,
    }
    return json.dumps(event).encode()


def customer(event_id: str, **fields: object) -> bytes:
    return crm("account.changed", event_id, name="Acme", segment="mid_market", lifecycle="live", **fields)


def rival_named(event_id: str) -> bytes:
    return crm(
        "note.logged", event_id, note_id=event_id, author_id="p-1", competitors=["Rival"], context="qbr"
    )


def alert_ids(cluster: Cluster) -> list[str]:
    return [json.loads(record.value)["alert_id"] for record in cluster.read("retention-alerts")]


def test_after_a_rebuild_from_a_shorter_journal_and_a_snapshot_ids_go_on(cluster: Cluster) -> None:
    """Retention has taken all of the journal that was there when the states were lost."""
    cluster.put("crm-changes", customer("e-1"), rival_named("e-2"), key=b"acme")
    with cluster.worker() as worker:
        worker.wait_caught_up()
        assert worker.stop() == 0
    assert alert_ids(cluster) == ["competitor-present/acme/1"]
    lose(cluster)
    forget_the_journal(cluster)

    with cluster.worker("--rebuild") as worker:
        cluster.put("crm-changes", customer("e-3", origin="snapshot"), rival_named("e-4"), key=b"acme")
        worker.wait_caught_up()
        assert "begins after its first record" in worker.log.read_text()

    assert alert_ids(cluster) == ["competitor-present/acme/1", "competitor-present/acme/2"]


def forget_the_journal(cluster: Cluster) -> None:
    admin = KafkaAdminClient(bootstrap_servers=cluster.brokers)
    try:
        name = real_name(cluster.prefix, "account-journal")
        partitions = TOPICS["account-journal"].partitions
        admin.delete_records({TopicPartition(name, number): -1 for number in range(partitions)})
    finally:
        admin.close()


def test_states_of_another_journal_are_refused_at_once(cluster: Cluster) -> None:
    cluster.put("product-usage", session(), key=b"acme")
    with cluster.worker() as worker:
        worker.wait_caught_up()
        assert worker.stop() == 0
    lose(cluster, "account-journal")

    with pytest.raises(WorkerFailed, match=r"exit code 1(.|\n)*it is another journal than they were made of"):
        cluster.worker().__enter__()
