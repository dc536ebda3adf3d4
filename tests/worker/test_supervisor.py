"""Several processes under one supervisor: what ends is started again, and they speak as one."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from typing import cast

import pytest

from streams.worker.process import WorkerProcess
from streams.worker.report import ProcessStatus
from tests.support.waiting import eventually
from tests.worker.asking import get, is_running
from tests.worker.support import SHORT_LIVED, Cluster, session


def processes(worker: WorkerProcess) -> list[ProcessStatus]:
    status = worker.status()
    return status["processes"] if status else []


def pids(worker: WorkerProcess) -> list[int]:
    return [process["pid"] for process in processes(worker) if process["pid"] is not None]


def value(page: str, sample: str) -> float:
    found = re.search(rf"^{re.escape(sample)} (\S+)$", page, re.MULTILINE)
    assert found, f"{sample} is not among\n{page}"
    return float(found.group(1))


def accepted(page: str) -> float:
    return value(page, 'twomotion_events_total{outcome="accepted",source="product-usage"}')


def test_a_killed_process_is_started_again_and_the_work_goes_on(cluster: Cluster) -> None:
    cluster.publish_story(accounts=4, beats=24)
    with cluster.worker("--processes", "2", **SHORT_LIVED) as worker:
        eventually(lambda: len(pids(worker)) == 2, what="two processes")
        first, second = pids(worker)
        os.kill(first, signal.SIGKILL)

        eventually(lambda: len(pids(worker)) == 2 and first not in pids(worker), what="a new process")
        worker.wait_caught_up(120)

        assert second in pids(worker)
        assert [process["starts"] for process in processes(worker)] == [2, 1]
        assert value(worker.metrics(), 'twomotion_process_starts_total{process="1"}') == 2
        assert worker.stop() == 0
    assert "process 1 was ended by signal 9: started again in 0.5 s" in worker.last_lines(10_000)
    expected = cluster.oracle()
    assert cluster.output() == expected
    assert any(expected.values())


def test_one_page_counts_for_all_processes_and_over_restarts(cluster: Cluster) -> None:
    with cluster.worker("--processes", "2") as worker:
        # Published at rest: what is read again after a rebalance would be journalled and counted again.
        worker.wait_caught_up()
        cluster.put("product-usage", *(session(event_id=f"a-{n}") for n in range(20)), partition=0)
        cluster.put("product-usage", *(session(event_id=f"b-{n}") for n in range(20)), partition=7)
        worker.wait_caught_up()
        before = worker.metrics()
        assert accepted(before) == 40
        assert value(before, 'twomotion_batch_seconds_count{stage="door"}') >= 2
        assert value(before, "twomotion_accounts") == 1
        assert before.count("twomotion_lag_records{") == 19 + 32
        assert before.count("# TYPE twomotion_events_total") == 1
        both = pids(worker)
        for pid in both:
            os.kill(pid, signal.SIGKILL)

        eventually(lambda: len(pids(worker)) == 2 and not {*both} & {*pids(worker)}, what="new processes")
        worker.wait_caught_up()
        kept = accepted(worker.metrics())
        assert kept >= 40
        cluster.put("product-usage", session(event_id="c"), partition=3)
        worker.wait_caught_up()

        after = worker.metrics()
        assert accepted(after) == kept + 1
        assert value(after, "twomotion_ready") == 1
        assert value(after, "twomotion_accounts") == 1
        assert [value(after, f'twomotion_process_up{{process="{n}"}}') for n in (1, 2)] == [1, 1]


def test_it_is_ready_when_all_processes_are(cluster: Cluster) -> None:
    with cluster.worker("--processes", "2", **SHORT_LIVED) as worker:

        def said() -> tuple[int, str]:
            return get(f"{worker.url}/readyz")

        # Both have been ready; the group may still be sharing out what the second one takes over.
        eventually(lambda: said() == (200, "ready\n"), what="both to be ready")
        os.kill(pids(worker)[1], signal.SIGKILL)
        eventually(
            lambda: said() == (503, "not ready: process 2 of 2 does not run\n"),
            what="the one that is missing",
        )
        assert get(f"{worker.url}/healthz") == (200, "alive\n")
        assert value(worker.metrics(), "twomotion_ready") == 0
        eventually(lambda: said() == (200, "ready\n"), what="both to be ready again")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_all_processes_in_order(cluster: Cluster, number: signal.Signals) -> None:
    with cluster.worker("--processes", "2") as worker:
        both = pids(worker)
        os.kill(worker.pid, number)

        eventually(lambda: worker.exit_code is not None, what="the end")
        assert worker.exit_code == 0
    assert not any(map(is_running, both))
    log = worker.last_lines(10_000)
    assert all(f"INFO [{n}] streams.worker.run: ended" in log for n in (1, 2))


def test_no_process_outlives_a_killed_supervisor(cluster: Cluster) -> None:
    with cluster.worker("--processes", "2") as worker:
        both = pids(worker)
        worker.kill()

        eventually(lambda: not any(map(is_running, both)), what="the processes to follow")


def test_one_process_is_supervised_too_where_it_is_asked_for(cluster: Cluster) -> None:
    with cluster.worker("--restart") as worker:
        (pid,) = pids(worker)
        os.kill(pid, signal.SIGTERM)

        eventually(lambda: pids(worker) and pid not in pids(worker), what="a new process")


def test_processes_that_refuse_to_start_are_given_up_with_their_reason(
    kafka_brokers: str, prefix: str
) -> None:
    worker = WorkerProcess(kafka_brokers, prefix, options=("--restart",))
    worker.start()

    eventually(lambda: worker.exit_code is not None, within=180, what="the end")
    assert worker.exit_code == 1
    assert "5 times in a row before it was ready: it says why above" in worker.last_lines()
    assert f"twomotion topics apply --prefix {prefix}" in worker.last_lines(10_000)


def test_the_supervisor_loads_neither_kafka_nor_the_engine() -> None:
    script = (
        "import sys, json\n"
        "import streams.cli.worker, streams.worker.supervisor\n"
        "print(json.dumps([name.partition('.')[0] for name in sys.modules]))\n"
    )
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    assert not {"faust", "aiokafka", "kafka", "msgspec"} & set(cast(list[str], json.loads(loaded)))
