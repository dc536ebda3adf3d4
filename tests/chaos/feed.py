"""Publishing without a pause while everything else breaks, from a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from itertools import islice
from types import TracebackType

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas.partitioning import partition_of
from schemas.topics import real_name
from tests.chaos.moments import until
from tests.chaos.record import Record

_BURST_S = 0.05
#: A batch that a broker does not take for so long is given up and sent again, with the same event ids.
_PATIENCE_MS = 60_000


class Feed:
    """Sends the load at a rate; a context manager.

    Args:
        records: the load; taken from this feed's thread alone.
        partitions: of every source topic, by contract name.
        rate: records a second.
    """

    def __init__(
        self, brokers: str, prefix: str, records: Iterator[Record], partitions: Mapping[str, int], rate: int
    ) -> None:
        self._brokers = brokers
        self._prefix = prefix
        self._records = records
        self._partitions = partitions
        self._rate = rate
        self._between: deque[Record] = deque()
        self._paused = threading.Event()
        self._resting = threading.Event()
        self._ending = threading.Event()
        self._failed: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)
        self.sent = 0  #: acknowledged records

    def __enter__(self) -> Feed:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._thread.join(10)

    def insert(self, records: list[Record]) -> None:
        """Send these soon, each between records of the load."""
        self._between.extend(records)

    def pause(self, within: float = 120.0) -> None:
        """Return when everything that was begun is acknowledged and nothing more is sent."""
        self._paused.set()
        self._resting.clear()
        if not until(lambda: self._resting.is_set() or self._failed is not None, within):
            raise TimeoutError(f"the load was not acknowledged within {within:.0f} s")
        if self._failed is not None:
            raise RuntimeError("publishing failed") from self._failed

    def resume(self) -> None:
        self._paused.clear()

    # -- on the thread

    def _run(self) -> None:
        try:
            asyncio.run(self._publish())
        except BaseException as failed:
            self._failed = failed
            raise

    async def _publish(self) -> None:
        producer = await self._connect()
        burst: list[Record] = []
        try:
            while not self._ending.is_set():
                if self._paused.is_set() and not burst and not self._between:
                    self._resting.set()
                    await asyncio.sleep(_BURST_S)
                    continue
                self._resting.clear()
                if not burst:
                    burst = self._next_burst()
                try:
                    await self._send(producer, burst)
                    self.sent += len(burst)
                    burst = []
                except (KafkaError, OSError):
                    # What of it is on the broker comes twice: publishers do that, the event ids tell.
                    await self._close(producer)
                    producer = await self._connect()
                await asyncio.sleep(_BURST_S)
        finally:
            await self._close(producer)

    def _next_burst(self) -> list[Record]:
        count = max(1, round(self._rate * _BURST_S))
        burst = [] if self._paused.is_set() else list(islice(self._records, count))
        mixed: list[Record] = []
        bad = min(len(self._between), 20 * count)
        for number in range(max(bad, len(burst))):
            if number < bad:
                mixed.append(self._between.popleft())
            if number < len(burst):
                mixed.append(burst[number])
        return mixed

    async def _send(self, producer: AIOKafkaProducer, burst: list[Record]) -> None:
        acks = []
        for record in burst:
            name, count = real_name(self._prefix, record.topic), self._partitions[record.topic]
            if record.everywhere:
                places = range(count)
            elif record.place is not None:
                places = range(int(record.place * count), int(record.place * count) + 1)
            else:
                own = partition_of(record.key or b"", count)
                places = range(own, own + 1)
            for partition in places:
                acks.append(await producer.send(name, record.value, record.key, partition))
        await asyncio.gather(*acks)

    async def _connect(self) -> AIOKafkaProducer:
        while True:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._brokers,
                enable_idempotence=True,
                linger_ms=2,
                request_timeout_ms=_PATIENCE_MS,
                max_request_size=1 << 20,
            )
            try:
                await producer.start()
                return producer
            except (KafkaError, OSError):
                await self._close(producer)
                if self._ending.is_set():
                    raise
                await asyncio.sleep(random.uniform(0.2, 0.6))

    async def _close(self, producer: AIOKafkaProducer) -> None:
        with contextlib.suppress(KafkaError, OSError, TimeoutError):
            await asyncio.wait_for(producer.stop(), 5)
