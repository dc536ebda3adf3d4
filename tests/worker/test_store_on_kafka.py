"""A worker whose states rest on disk: it reads on where its copy ends, and the copy is the changelog."""

from __future__ import annotations

import random
import re
import shutil
from functools import partial
from pathlib import Path

import pytest

from streams.worker.admin import Admin
from streams.worker.local_store import LocalStore
from streams.worker.process import WorkerFailed, WorkerProcess
from tests.support.waiting import eventually
from tests.worker.support import SHORT_LIVED, Cluster, session

pytest.importorskip("rocksdict", reason="the extra `rocksdb` is not installed")

PARTITIONS = 32
KILLS = 3


def worker_on(cluster: Cluster, data: Path, *options: str, **environment: str) -> WorkerProcess:
    return cluster.worker("--store", "rocksdb", "--data", str(data), *options, **environment)


def read_back(worker: WorkerProcess) -> int:
    found = re.search(r"^twomotion_states_recovered_total (\S+)$", worker.metrics(), re.MULTILINE)
    assert found
    return int(float(found.group(1)))


def changelog(cluster: Cluster) -> dict[tuple[int, bytes], bytes]:
    states: dict[tuple[int, bytes], bytes] = {}
    for record in cluster.read("account-state"):
        if record.value is None:
            states.pop((record.partition, record.key), None)
        else:
            states[record.partition, record.key] = record.value
    return states


def copy(cluster: Cluster, data: Path, number: int = 1) -> dict[tuple[int, bytes], bytes]:
    with Admin(cluster.brokers) as admin:
        topic_id = admin.describe(cluster.prefix)["account-state"].topic_id
        known = admin.changelog(cluster.prefix, topic_id, PARTITIONS)
    store = LocalStore(data / f"{cluster.prefix}twomotion" / str(number), known)
    states = {(n, key): value for n in range(PARTITIONS) for key, value in store.rest(n).items()}
    store.close()
    return states


def test_a_restart_reads_on_where_the_copy_ends(cluster: Cluster, tmp_path: Path) -> None:
    cluster.publish_story(accounts=2, beats=24)
    with worker_on(cluster, tmp_path) as worker:
        worker.wait_caught_up(120)
        assert worker.stop() == 0
    states = changelog(cluster)
    assert len(states) > PARTITIONS
    assert copy(cluster, tmp_path) == states

    with worker_on(cluster, tmp_path) as worker:
        worker.wait_caught_up()
        # The last record of each partition is read once more.
        assert read_back(worker) == PARTITIONS
        assert "twomotion_accounts 2.0" in worker.metrics()
        cluster.put("product-usage", session(), key=b"acme")
        worker.wait_caught_up()
        assert "twomotion_accounts 3.0" in worker.metrics()
        assert worker.stop() == 0

    assert copy(cluster, tmp_path) == changelog(cluster)
    shutil.rmtree(tmp_path)

    with worker_on(cluster, tmp_path) as worker:
        worker.wait_caught_up()
        assert read_back(worker) > 2 * PARTITIONS
        assert "twomotion_accounts 3.0" in worker.metrics()
        assert worker.stop() == 0
    assert copy(cluster, tmp_path) == changelog(cluster)


def test_kills_leave_a_copy_from_which_everything_goes_on_exactly(cluster: Cluster, tmp_path: Path) -> None:
    cluster.publish_story(accounts=6, beats=24)
    chance = random.Random(3)
    length = 0
    for _ in range(KILLS):
        with worker_on(cluster, tmp_path, **SHORT_LIVED) as worker:
            more = length + chance.randrange(100, 2_000)
            eventually(partial(cluster.has_grown_or_ended, worker, more), what="the journal to grow")
            worker.kill()
        length = cluster.journal_length()

    with worker_on(cluster, tmp_path) as worker:
        worker.wait_caught_up(120)
        assert worker.stop() == 0

    assert copy(cluster, tmp_path) == changelog(cluster)
    assert cluster.output() == cluster.oracle()


def test_several_processes_have_a_copy_each_and_one_takes_over_with_its_own(
    cluster: Cluster, tmp_path: Path
) -> None:
    cluster.publish_story(accounts=2, beats=24)
    with worker_on(cluster, tmp_path, "--processes", "2") as worker:
        worker.wait_caught_up(120)
        assert worker.stop() == 0
    states = changelog(cluster)

    with worker_on(cluster, tmp_path) as worker:
        worker.wait_caught_up()
        assert 0 < read_back(worker) < len(cluster.read("account-state"))
        assert worker.stop() == 0

    assert {key: value for key, value in copy(cluster, tmp_path).items() if key[1] >= b"\1"} == {
        key: value for key, value in states.items() if key[1] >= b"\1"
    }


def test_two_workers_in_one_folder_are_refused(cluster: Cluster, tmp_path: Path) -> None:
    with (
        worker_on(cluster, tmp_path),
        pytest.raises(WorkerFailed, match="give each worker a --data of its own"),
    ):
        worker_on(cluster, tmp_path).__enter__()
