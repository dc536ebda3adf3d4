"""Source topics that change while the system lives: more partitions, or another topic of the same name."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.structs import OffsetAndMetadata
from kafka.admin import KafkaAdminClient

from schemas.journal import WATERMARK_HEADER, Watermark, unpack_header
from schemas.topics import TOPICS, real_name
from streams.worker.admin import Admin
from tests.support.waiting import eventually
from tests.worker.support import SHORT_LIVED, Cluster, events, session

USAGE = "product-usage"
COUNT = TOPICS[USAGE].partitions
NEW_PARTITION = COUNT


@contextmanager
def admin(cluster: Cluster) -> Iterator[KafkaAdminClient]:
    client = KafkaAdminClient(bootstrap_servers=cluster.brokers)
    try:
        yield client
    finally:
        client.close()


def create_anew(cluster: Cluster, topic: str = USAGE) -> None:
    """Delete a topic with all that it holds, and create it again under the same name."""
    name = real_name(cluster.prefix, topic)
    with admin(cluster) as client:
        client.delete_topics([name])
        eventually(lambda: name not in client.list_topics(), what="the topic to be gone")
    cluster.apply()


def sessions(first: int, last: int) -> list[bytes]:
    return [session(event_id=f"e-{n}") for n in range(first, last)]


def journalled(cluster: Cluster) -> list[ConsumerRecord]:
    return events(cluster.read("account-journal"))


def event_ids(cluster: Cluster) -> set[bytes]:
    return {record.value for record in journalled(cluster)}


@pytest.mark.parametrize("clock", ["live", "replay"])
def test_new_partitions_of_a_source_are_read_and_waited_for_while_the_worker_runs(
    cluster: Cluster, clock: str
) -> None:
    cluster.put(USAGE, session(), partition=0)
    settings = {"TWOMOTION_CLOCK": clock, "TWOMOTION_LIVE_EVERY_S": "0.5", "TWOMOTION_METADATA_AGE_S": "1"}
    with cluster.worker(**settings) as worker:
        eventually(lambda: journalled(cluster), what="the first event")

        with admin(cluster) as client:
            client.create_partitions({real_name(cluster.prefix, USAGE): COUNT + 1})
            eventually(
                lambda: (
                    len(client.describe_topics([real_name(cluster.prefix, USAGE)])[0]["partitions"]) > COUNT
                ),
                what="the new partition",
            )
        cluster.put(USAGE, session(event_id="e-2"), partition=NEW_PARTITION)

        eventually(lambda: len(journalled(cluster)) == 2, what="the event of the new partition")
        eventually(lambda: said_of(cluster) >= {(NEW_PARTITION, COUNT + 1)}, what="a statement about it")
        assert worker.exit_code is None
        assert f"{USAGE} has {COUNT + 1} partitions now" in worker.last_lines(100_000)


def said_of(cluster: Cluster) -> set[tuple[int, int]]:
    """(partition, of how many) in all statements about the topic."""
    marks = [
        Watermark.decode(record.value)
        for record in cluster.read("account-journal")
        if record.headers[0][0] == WATERMARK_HEADER
    ]
    return {(each.partition, each.of) for mark in marks for each in mark.partitions if each.topic == USAGE}


def test_a_source_created_anew_while_no_worker_runs_is_read_whole_and_told(cluster: Cluster) -> None:
    cluster.put(USAGE, *sessions(0, 40), partition=0)
    with cluster.worker() as worker:
        worker.wait_caught_up()

    create_anew(cluster)
    cluster.put(USAGE, *sessions(100, 150), partition=0)
    with cluster.worker() as worker:
        worker.wait_caught_up()
        page, log = worker.metrics(), worker.last_lines(200)

    assert event_ids(cluster) == {*sessions(0, 40), *sessions(100, 150)}
    assert len({unpack_header(record.headers[0][1]).topic_id for record in journalled(cluster)}) == 2
    assert 'twomotion_journal_records_total{outcome="folded"} 50.0' in page
    assert 'twomotion_sources_created_anew_total{source="product-usage"} 1.0' in page
    assert f"{USAGE} was deleted and created anew" in log


def test_an_offset_that_was_committed_for_the_former_topic_skips_nothing(cluster: Cluster) -> None:
    cluster.put(USAGE, *sessions(0, 40), partition=0)
    with cluster.worker() as worker:
        worker.wait_caught_up()
    former = committed(cluster)
    create_anew(cluster)
    cluster.put(USAGE, *sessions(100, 180), partition=0)

    # As a worker does that has not heard yet that the topic is another one.
    asyncio.run(commit(cluster, former))
    with cluster.worker() as worker:
        worker.wait_caught_up()

    assert event_ids(cluster) == {*sessions(0, 40), *sessions(100, 180)}


def committed(cluster: Cluster) -> OffsetAndMetadata:
    """What the group has committed of the first usage partition."""
    with admin(cluster) as client:
        (offsets,) = client.list_group_offsets([group_of(cluster)]).values()
    (found,) = [
        at for tp, at in offsets.items() if tp.topic == real_name(cluster.prefix, USAGE) and tp.partition == 0
    ]
    assert found.offset == 40
    return OffsetAndMetadata(found.offset, found.metadata)


async def commit(cluster: Cluster, at: OffsetAndMetadata) -> None:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=cluster.brokers, group_id=group_of(cluster), enable_auto_commit=False
    )
    await consumer.start()
    try:
        tp = TopicPartition(real_name(cluster.prefix, USAGE), 0)
        consumer.assign([tp])
        await consumer.commit({tp: at})
    finally:
        await consumer.stop()


def group_of(cluster: Cluster) -> str:
    return f"{cluster.prefix}twomotion"


def test_a_source_created_anew_under_a_running_worker_loses_nothing_and_is_told(cluster: Cluster) -> None:
    cluster.put(USAGE, *sessions(0, 40), partition=0)
    worker = cluster.worker(TWOMOTION_METADATA_AGE_S="1", **SHORT_LIVED)
    with worker:
        worker.wait_caught_up()
        create_anew(cluster)
        cluster.put(USAGE, *sessions(100, 180), partition=0)
        told = False
        expected = {*sessions(0, 40), *sessions(100, 180)}

        def is_whole() -> bool:
            nonlocal told
            told = told or "was deleted and created anew" in worker.last_lines(100_000)
            if worker.exit_code is not None:
                worker.start()  # as its supervisor would
            return told and event_ids(cluster) == expected

        eventually(is_whole, what="everything to be read")


def test_a_journal_of_another_partition_count_than_the_states_is_refused_with_what_to_do(
    cluster: Cluster,
) -> None:
    with admin(cluster) as client:
        client.create_partitions({real_name(cluster.prefix, "account-journal"): 33})
    with Admin(cluster.brokers) as looking:
        eventually(
            lambda: looking.describe(cluster.prefix)["account-journal"].partitions == 33, what="the change"
        )
    worker = cluster.worker()
    worker.start()

    assert eventually(lambda: worker.exit_code, what="the refusal") == 1
    said = worker.last_lines()
    assert "account-journal: partitions is 33, should be 32" in said
    assert "pinned for life" in said
