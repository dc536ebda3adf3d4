"""Publishers that write in transactions: what they took back is not journalled, and stops nothing."""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaProducer

from schemas.topics import real_name
from tests.worker.support import Cluster, events, session


def test_a_source_written_in_transactions_is_read_to_its_end_without_what_was_aborted(
    cluster: Cluster,
) -> None:
    """Markers and aborted records take up offsets without ever being handed out, at the end too."""
    asyncio.run(publish(cluster, commits=(True, False, True, False, False)))

    with cluster.worker() as worker:
        worker.wait_caught_up()
        asyncio.run(publish(cluster, commits=(True, False), first=5))
        worker.wait_caught_up()

    journal = {record.value for record in events(cluster.read("account-journal"))}
    assert journal == {session(event_id=f"e-{n}") for n in (0, 2, 5)}


async def publish(cluster: Cluster, commits: tuple[bool, ...], first: int = 0) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=cluster.brokers, transactional_id=f"{cluster.prefix}publisher"
    )
    await producer.start()
    try:
        for number, commit in enumerate(commits, first):
            await producer.begin_transaction()
            name = real_name(cluster.prefix, "product-usage")
            await producer.send_and_wait(name, session(event_id=f"e-{number}"), key=b"acme", partition=0)
            await (producer.commit_transaction() if commit else producer.abort_transaction())
    finally:
        await producer.stop()
