"""Ordered, idempotent writing: one lane per target partition.

A lane has one batch in flight while the next fills; so the order of a partition's records is the
order of the appends, whatever the client does, and batches grow with the load by themselves. A
failed batch makes all behind it fail for ever (sequence numbers), so any error stops the process.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from aiokafka import AIOKafkaProducer
from aiokafka.structs import RecordMetadata

from streams.connection import Address, connection_of
from streams.worker.failure import fail_stop

#: The client takes a list, nothing else.
Headers = list[tuple[str, bytes]]

NO_HEADERS: Headers = []

#: Soft size of a batch; a record larger than that travels alone.
BATCH_BYTES = 512 * 1024
#: Above the largest topic limit (`account-state`, 8 MB) with room for the record's own frame.
REQUEST_BYTES = 12 * 1024 * 1024
#: Closed batches that may wait in a lane before an append has to.
_QUEUED = 2


def new_producer(brokers: Address) -> AIOKafkaProducer:
    """An idempotent producer that waits for all replicas and batches only what `Lane` gave it."""
    return AIOKafkaProducer(
        **connection_of(brokers).aiokafka(),
        acks="all",
        enable_idempotence=True,
        linger_ms=0,
        retry_backoff_ms=20,
        # A batch fails for good after this, and with it the worker: a broker may be away for less.
        request_timeout_ms=40_000,
        max_batch_size=BATCH_BYTES,
        max_request_size=REQUEST_BYTES,
    )


class Lane:
    """The way to one partition; `append` in order, await the future for the ack."""

    def __init__(
        self, producer: AIOKafkaProducer, topic: str, partition: int, linger_s: Callable[[], float]
    ) -> None:
        self._linger_s = linger_s
        self._producer = producer
        self._topic = topic
        self._partition = partition
        self._filling = producer.create_batch()
        self._ack: asyncio.Future[RecordMetadata] = asyncio.get_running_loop().create_future()
        self._closed: deque[tuple[object, asyncio.Future[RecordMetadata]]] = deque()
        self._started = False  # whether the filling batch holds anything
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name=f"lane {topic}/{partition}")

    def try_append(
        self, timestamp: int | None, key: bytes | None, value: bytes | None, headers: Headers = NO_HEADERS
    ) -> asyncio.Future[RecordMetadata] | None:
        """Append to the filling batch: the future of its ack, or None when it is full (then `append`)."""
        # The first record of a batch is always taken, whatever its size.
        if self._filling.append(timestamp=timestamp, key=key, value=value, headers=headers) is None:
            return None
        if not self._started:
            self._started = True
            self._wake.set()
        return self._ack

    async def append(
        self, timestamp: int | None, key: bytes | None, value: bytes | None, headers: Headers = NO_HEADERS
    ) -> asyncio.Future[RecordMetadata]:
        """Append; waits only while full batches queue up."""
        ack = self.try_append(timestamp, key, value, headers)
        while ack is None:
            while len(self._closed) >= _QUEUED:
                self._room.clear()
                await self._room.wait()
            if self._started:
                self._close()
            ack = self.try_append(timestamp, key, value, headers)
        return ack

    def _close(self) -> None:
        # A batch handed over is never appended to again: its sequence numbers are counted later.
        self._filling.close()
        self._closed.append((self._filling, self._ack))
        self._filling = self._producer.create_batch()
        self._ack = asyncio.get_running_loop().create_future()
        self._started = False
        self._wake.set()

    async def _run(self) -> None:
        try:
            while True:
                await self._wake.wait()
                if not self._closed:
                    if not self._started:
                        self._wake.clear()
                        continue
                    if linger_s := self._linger_s():
                        await asyncio.sleep(linger_s)
                    if self._started and not self._closed:
                        self._close()
                batch, ack = self._closed.popleft()
                self._room.set()
                sent = await self._producer.send_batch(batch, self._topic, partition=self._partition)
                ack.set_result(await sent)
        except asyncio.CancelledError:
            raise
        except BaseException as failed:
            fail_stop(f"writing to {self._topic}/{self._partition}", failed)

    def stop(self) -> None:
        """Stop writing; what is not acked may or may not be in the log."""
        self._task.cancel()


class Lanes:
    """The lanes of one writer, made when first used.

    Args:
        linger_s: how long a batch waits for more records, asked anew for each batch. A batch costs some
            50 µs whatever it holds, so a writer with a backlog lets them grow.
    """

    def __init__(self, producer: AIOKafkaProducer, linger_s: Callable[[], float] = lambda: 0.0) -> None:
        self._producer = producer
        self._linger_s = linger_s
        self._lanes: dict[tuple[str, int], Lane] = {}

    def lane(self, topic: str, partition: int) -> Lane:
        """The lane to a partition of a topic's real name."""
        lane = self._lanes.get((topic, partition))
        if lane is None:
            lane = self._lanes[topic, partition] = Lane(self._producer, topic, partition, self._linger_s)
        return lane

    def stop(self) -> None:
        """Stop writing; the producer is its owner's to stop."""
        for lane in self._lanes.values():
            lane.stop()
