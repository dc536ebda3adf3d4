"""A broker that is killed and comes back: the worker is alive all the time, and what it says is exact."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from tests.chaos.own_kafka import Kafka
from tests.support.waiting import eventually
from tests.worker.exactness import assert_exact
from tests.worker.support import SHORT_LIVED, Cluster


@pytest.fixture
def own_kafka() -> Iterator[Kafka]:
    with Kafka() as kafka:
        yield kafka


@pytest.mark.kafka
def test_while_no_broker_answers_a_worker_waits_and_says_so(own_kafka: Kafka) -> None:
    cluster = Cluster(own_kafka.bootstrap, "waits-")
    cluster.apply()

    with cluster.worker("--clock", "live") as worker:
        cluster.publish_story(accounts=2, beats=24)
        worker.wait_caught_up()
        before = len(worker.last_lines(100_000).splitlines())
        own_kafka.kill()

        silent = r"not ready: no broker answered for \d+ s\n"
        eventually(lambda: re.fullmatch(silent, page(f"{worker.url}/readyz")), what="the reason")
        assert page(f"{worker.url}/healthz") == "alive\n"
        shown = page(f"{worker.url}/metrics")
        assert "twomotion_ready 0.0" in shown
        assert 'twomotion_lag_seconds{partition="0",topic="product-usage"} 0.0' in shown
        status = worker.status()
        assert status is not None
        assert not status["ready"] and not status["sources_done"]
        assert re.match("no broker answered for", status["why_not_ready"])
        assert status["broker_silence_seconds"] >= 6
        assert len(status["partitions"]) == status["source_partitions"] + status["journal_partitions"]
        own_kafka.start()
        eventually(lambda: page(f"{worker.url}/readyz") == "ready\n", what="a worker that goes on")
        worker.wait_caught_up()
        assert len(worker.last_lines(100_000).splitlines()) - before < 200
        assert worker.stop() == 0


def page(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as refused:
        return refused.read().decode()


@pytest.mark.kafka
def test_a_worker_outlives_its_broker_or_stops_itself_and_is_exact_either_way(own_kafka: Kafka) -> None:
    cluster = Cluster(own_kafka.bootstrap, "away-")
    cluster.apply()
    cluster.publish_story(accounts=5, beats=24)

    with cluster.worker(**SHORT_LIVED) as worker:
        eventually(lambda: cluster.journal_length() > 1_500, what="work to be interrupted")
        own_kafka.kill()
        eventually(lambda: answer(f"{worker.url}/readyz") == 503, what="a worker that is not ready")
        assert answer(f"{worker.url}/healthz") == 200
        own_kafka.start()
        eventually(
            lambda: worker.exit_code is not None or answer(f"{worker.url}/readyz") == 200,
            what="a worker that is ready again, or has stopped itself",
        )
        assert worker.exit_code in {None, 70}, worker.last_lines(40)

    # A transaction that was open for longer than its timeout was given up by the broker: exit code 70.
    with cluster.worker() as worker:
        worker.wait_caught_up(120)
        assert worker.stop() == 0

    assert_exact(cluster)


def answer(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=60) as page:
            return int(page.status)
    except urllib.error.HTTPError as refused:
        return refused.code
    except OSError:
        return 0
