"""Lanes keep the order of their appends, and end the process rather than leave a hole."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable

from schemas.topics import real_name
from streams.worker.failure import FAIL_STOP_EXIT
from streams.worker.lanes import Lane, Lanes, new_producer
from tests.support.waiting import eventually
from tests.worker.support import SHORT_LIVED, Cluster, events, session
from tests.worker.topic_settings import change

JOURNAL = "account-journal"


def with_lane(cluster: Cluster, use: Callable[[Lane], Awaitable[None]]) -> None:
    """Run `use` with the lane of the first journal partition."""

    async def run() -> None:
        producer = new_producer(cluster.brokers)
        await producer.start()
        lanes = Lanes(producer)
        try:
            await use(lanes.lane(real_name(cluster.prefix, JOURNAL), 0))
        finally:
            lanes.stop()
            await producer.stop()

    asyncio.run(run())


def test_records_lie_in_the_order_in_which_they_were_appended(cluster: Cluster) -> None:
    values = [b"%d" % n + b"." * (n % 700) for n in range(8_000)]

    async def use(lane: Lane) -> None:
        acks = {await lane.append(None, b"acme", value) for value in values}
        await asyncio.gather(*acks)

    with_lane(cluster, use)

    assert [record.value for record in cluster.read(JOURNAL)] == values


def test_what_comes_while_a_batch_is_on_its_way_fills_the_next_one(cluster: Cluster) -> None:
    async def use(lane: Lane) -> None:
        first = await lane.append(None, b"acme", b"0")
        later = [first]
        while len(set(later)) == 1:  # until the first batch has left
            later.append(await lane.append(None, b"acme", b"%d" % len(later)))
            await asyncio.sleep(0)
        offsets = [(await ack).offset for ack in dict.fromkeys(later)]
        assert offsets == [0, len(later) - 1]

    with_lane(cluster, use)


def test_a_record_that_the_broker_refuses_ends_the_process_at_once(cluster: Cluster) -> None:
    script = (
        "import asyncio, sys\n"
        "from streams.worker.lanes import Lanes, new_producer\n"
        "async def run():\n"
        "    producer = new_producer(sys.argv[1])\n"
        "    await producer.start()\n"
        "    lane = Lanes(producer).lane(sys.argv[2], 0)\n"
        "    await lane.append(None, b'acme', bytes(3 << 20))\n"
        "    await (await lane.append(None, b'acme', b'behind it'))\n"
        "    print('went on')\n"
        "asyncio.run(run())\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, str(cluster.brokers), real_name(cluster.prefix, JOURNAL)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert (ended.returncode, ended.stdout) == (FAIL_STOP_EXIT, "")
    assert cluster.read(JOURNAL) == []


def test_a_door_that_cannot_write_stops_and_the_next_one_writes_everything_once(cluster: Cluster) -> None:
    large = session(event_id="large", note="x" * 30_000)
    good = [session(event_id=f"e-{n}") for n in range(50)]
    worker = cluster.worker(**SHORT_LIVED)
    with worker:
        worker.wait_caught_up()
        limit(cluster, 10_000)
        cluster.put("product-usage", *good[:25], large, *good[25:], partition=0)
        eventually(lambda: worker.exit_code is not None, what="the end")
        assert worker.exit_code == FAIL_STOP_EXIT
        assert "stopping at once, writing to" in worker.last_lines(200)

    limit(cluster, 2 * 1_048_576)
    with cluster.worker() as again:
        again.wait_caught_up()

    written = list(dict.fromkeys(record.value for record in events(cluster.read(JOURNAL))))
    assert written == [*good[:25], large, *good[25:]]


def limit(cluster: Cluster, size: int) -> None:
    """Change the largest record batch that the journal takes."""
    change(cluster, JOURNAL, {"max.message.bytes": str(size)})
