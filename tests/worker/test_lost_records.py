"""Records that retention takes before they are read: the worker goes on behind them, and says so."""

from __future__ import annotations

import re

from kafka import KafkaAdminClient, TopicPartition

from schemas.topics import real_name
from tests.worker.support import Cluster, session

USAGE = "product-usage"
LOST = re.compile(r'^twomotion_lost_records_total\{topic="product-usage"\} (\S+)$', re.M)


def delete_before(cluster: Cluster, offset: int) -> None:
    """What the broker does by itself when the records are old enough."""
    admin = KafkaAdminClient(bootstrap_servers=cluster.brokers)
    try:
        admin.delete_records({TopicPartition(real_name(cluster.prefix, USAGE), 0): offset})
    finally:
        admin.close()


def lost(page: str) -> float:
    (found,) = LOST.findall(page)
    return float(found)


def test_records_deleted_while_no_worker_ran_are_counted_and_named(cluster: Cluster) -> None:
    cluster.put(USAGE, *(session(event_id=f"read-{n}") for n in range(20)), partition=0)
    with cluster.worker() as worker:
        worker.wait_caught_up()
        assert lost(worker.metrics()) == 0
        assert worker.stop() == 0
    cluster.put(USAGE, *(session(event_id=f"unread-{n}") for n in range(50)), partition=0)
    delete_before(cluster, 50)

    with cluster.worker() as worker:
        worker.wait_caught_up()
        page, log = worker.metrics(), worker.log.read_text()
        assert worker.stop() == 0

    assert lost(page) == 30
    assert f"30 records of {cluster.prefix}{USAGE}/0 were deleted before they were read" in log


def test_records_deleted_after_they_were_read_are_none_of_it(cluster: Cluster) -> None:
    cluster.put(USAGE, *(session(event_id=f"read-{n}") for n in range(20)), partition=0)
    with cluster.worker() as worker:
        worker.wait_caught_up()
        assert worker.stop() == 0
    delete_before(cluster, 20)

    with cluster.worker() as worker:
        worker.wait_caught_up()
        page = worker.metrics()

    assert lost(page) == 0
