"""Transactions: what is seen of a worker that is killed, revoked, replaced or refused in the middle of one."""

from __future__ import annotations

import os
import signal
import sys
from functools import partial
from pathlib import Path

import pytest
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from schemas.topics import TOPICS, real_name
from streams.worker.process import WorkerProcess
from tests.support.waiting import eventually
from tests.worker.exactness import assert_exact, expected, open_partitions, said
from tests.worker.support import SHORT_LIVED, Cluster, session

#: Nothing is committed by itself within a test.
NEVER = {
    "TWOMOTION_COMMIT_INTERVAL_S": "1000",
    "TWOMOTION_COMMIT_GAP_S": "1e9",
    "TWOMOTION_COMMIT_EVENTS": "1000000",
}


class Halting:
    """A worker that halts in its open transactions, see `halting_worker`."""

    def __init__(self, cluster: Cluster, folder: Path, after: int) -> None:
        self.mark, self._go = folder / "mark", folder / "go"
        halt = {"HALT_AFTER": str(after), "HALT_MARK": str(self.mark), "HALT_GO": str(self._go)}
        settings = {
            "TWOMOTION_COMMIT_INTERVAL_S": "0.3",
            "TWOMOTION_CLOCK": "replay",
        }
        self.process = WorkerProcess(
            cluster.brokers,
            cluster.prefix,
            environment=SHORT_LIVED | settings | halt,
            command=(sys.executable, "-m", "tests.worker.halting_worker"),
        )

    def wait_halted(self) -> None:
        eventually(lambda: self.mark.exists() or not self.process.is_ready(), what="an open transaction")

    def go_on(self) -> None:
        self._go.touch()


def test_a_kill_inside_an_open_transaction_leaves_nothing_of_it_visible(
    cluster: Cluster, tmp_path: Path
) -> None:
    cluster.publish_story(accounts=5, beats=24)
    halting = Halting(cluster, tmp_path, after=20)
    with halting.process as worker:
        halting.wait_halted()
        eventually(lambda: open_partitions(cluster, "account-state"), what="states that are sent")
        worker.kill()

    with cluster.worker() as worker:
        worker.wait_caught_up(120)

    assert_exact(cluster)
    assert not open_partitions(cluster, "account-state")


def test_a_zombie_is_fenced_and_nothing_of_it_is_visible(cluster: Cluster, tmp_path: Path) -> None:
    cluster.publish_story(accounts=5, beats=24)
    halting = Halting(cluster, tmp_path, after=20)
    with halting.process as zombie:
        halting.wait_halted()
        os.kill(zombie.pid, signal.SIGSTOP)
        with cluster.worker() as successor:
            successor.wait_caught_up(120)

            halting.go_on()
            os.kill(zombie.pid, signal.SIGCONT)

            eventually(lambda: zombie.exit_code is not None, what="the end of the zombie")
            assert zombie.exit_code == 70
            assert "is another worker's now" in zombie.last_lines(60)
            successor.wait_caught_up()

    assert_exact(cluster)


def test_workers_that_share_the_work_in_two_ways_fence_each_other(cluster: Cluster) -> None:
    """They are of two groups, so each would say everything: the older one stops instead."""
    with cluster.worker() as whole:
        whole.wait_caught_up()
        with cluster.worker("--stages", "engine"):
            cluster.put("product-usage", session(), partition=0)

            eventually(lambda: whole.exit_code is not None, what="the end of the older worker")
            assert whole.exit_code == 70
            assert "is another worker's now" in whole.last_lines(60)


def test_what_is_folded_and_not_committed_at_a_revocation_is_dropped_and_read_again(cluster: Cluster) -> None:
    cluster.publish_story(accounts=5, beats=24)
    with cluster.worker(**NEVER) as first:
        eventually(lambda: slices_folded(first) > 50, what="something folded")
        with cluster.worker(**NEVER) as second:
            eventually(
                lambda: journal_partitions(first) == journal_partitions(second) == 16, what="a half each"
            )
            assert said(cluster).total() == 0
            assert first.stop() == 0
            eventually(lambda: journal_partitions(second) == 32, what="the other half")

    with cluster.worker() as last:
        last.wait_caught_up(120)

    assert_exact(cluster)


def slices_folded(worker: WorkerProcess) -> float:
    """Slices of time that the engine has folded in, committed or not."""
    for line in worker.metrics().splitlines():
        if line.startswith("twomotion_batch_seconds_count") and 'stage="engine"' in line:
            return float(line.rpartition(" ")[2])
    return 0


def journal_partitions(worker: WorkerProcess) -> int:
    status = worker.status()
    return status["journal_partitions"] if status else 0


def test_the_end_of_a_worker_commits_what_is_folded(cluster: Cluster) -> None:
    cluster.publish_story(accounts=5, beats=24)

    with cluster.worker(**NEVER) as worker:
        eventually(lambda: (s := worker.status()) is not None and s["sources_done"], what="the journal")
        assert worker.stop() == 0

    assert said(cluster).total() > 0
    assert said(cluster) <= expected(cluster)[0]


def test_a_refused_message_stops_the_worker_and_nothing_of_its_transaction_is_visible(
    cluster: Cluster,
) -> None:
    with cluster.worker(**SHORT_LIVED) as worker:
        limit(cluster, "account-quadrants", 60)
        cluster.publish_story(accounts=5, beats=24)

        eventually(lambda: worker.exit_code is not None, what="the end")
        assert worker.exit_code == 70
        assert "MessageSizeTooLarge" in worker.last_lines(60)
    assert cluster.read("account-quadrants") == []

    limit(cluster, "account-quadrants", TOPICS["account-quadrants"].max_message_bytes)
    with cluster.worker() as worker:
        worker.wait_caught_up(120)

    assert_exact(cluster)


def limit(cluster: Cluster, topic: str, size: int) -> None:
    """Let the broker refuse larger batches of a topic."""
    admin = KafkaAdminClient(bootstrap_servers=cluster.brokers)
    try:
        name, settings = real_name(cluster.prefix, topic), {"max.message.bytes": str(size)}
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, settings)])
    finally:
        admin.close()


@pytest.mark.parametrize("guarantee", ["exactly_once", "at_least_once"])
def test_both_guarantees_say_everything_and_nothing_else(cluster: Cluster, guarantee: str) -> None:
    cluster.publish_story(accounts=5, beats=24)

    with cluster.worker(TWOMOTION_GUARANTEE=guarantee) as worker:
        worker.wait_caught_up(120)
        assert worker.stop() == 0

    assert_exact(cluster)


def test_a_worker_with_the_other_guarantee_goes_on_where_the_last_one_ended(cluster: Cluster) -> None:
    cluster.publish_story(accounts=14, beats=24)
    for guarantee in ("at_least_once", "exactly_once", "at_least_once"):
        length = cluster.journal_length()
        with cluster.worker(TWOMOTION_GUARANTEE=guarantee) as worker:
            # Soon, so that there is mostly something left for the last of them.
            eventually(partial(cluster.has_grown_or_ended, worker, length + 100), what="the journal to grow")
            assert worker.stop() == 0

    with cluster.worker() as worker:
        worker.wait_caught_up(120)

    assert_exact(cluster)
