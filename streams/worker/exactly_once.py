"""Commits as transactions: one transactional producer per journal partition that this worker owns.

A transaction holds messages, changed states and the partition record with the next journal offset;
readers of committed records, recovery among them, see all of it or nothing. There are no group offsets
in it: where to read on is in the partition record.

The transactional id is the partition's, so whoever claims a partition fences the one who had it: the
broker aborts what that one had open and refuses what it sends from then on. Hence the order on every
assignment, also for partitions that stay: claim → end of the changelog → recover → seek the journal.

32 producers take about 4 MB, 80 sockets and 0.15 s to start together, so each keeps its own
connections: requests on a shared one would wait for each other's replication.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator
from typing import Any

import aiokafka.producer.sender
from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    IllegalOperation,
    KafkaConnectionError,
    ProducerFenced,
    TransactionalIdAuthorizationFailed,
)
from aiokafka.structs import RecordMetadata

from streams.connection import Connection
from streams.worker.closing import close
from streams.worker.lanes import BATCH_BYTES, NO_HEADERS, REQUEST_BYTES, Headers
from streams.worker.topics import OUTPUTS, STATE, Topics
from streams.worker.writing import Commit

_log = logging.getLogger(__name__)

# The first send of a transaction finds the markers of the last one unwritten, most often, and asks again;
# stock waits 20 ms in between, a whole transaction takes 4 to 12.
aiokafka.producer.sender.BACKOFF_OVERRIDE = 0.003

#: The broker aborts an open transaction after this, and fences its producer: above the worst commit, and long
#: enough that a worker goes on after a minute without a broker. Whoever claims the partition does not wait for it.
_TRANSACTION_MS = 180_000
#: Longest wait for the broker's transaction coordinators, in s; they end what a former owner has open.
_CLAIM_S = 60.0
#: How soon a lost connection is tried again meanwhile, in s.
_AGAIN_S = 0.2

#: Topic, partition, key, value, headers.
_Record = tuple[str, int, bytes, bytes | None, Headers]


class Fenced(RuntimeError):
    """This worker does not own a partition any more; nothing of its last commit is visible."""


class NoCoordinator(RuntimeError):
    """The broker has no working transactions; the message says what to look at."""


class NotAllowed(RuntimeError):
    """The broker's rights do not let this worker commit; the message names the right."""


class ExactlyOnceWriter:
    """Writes each commit as one transaction of its partition's producer."""

    def __init__(self, brokers: Connection, app_id: str, topics: Topics) -> None:
        self._brokers = brokers
        self._app_id = app_id
        self._topics = topics
        self._producers: dict[int, AIOKafkaProducer] = {}

    async def claim(self, partitions: frozenset[int]) -> None:
        """Fence whoever had these partitions, this worker's own producers among them.

        Raises NoCoordinator when the broker's transactions do not work, NotAllowed when they are not for this user.
        """
        await self.close()
        starting = asyncio.gather(*(self._start(n) for n in sorted(partitions)))
        try:
            await asyncio.wait_for(starting, _CLAIM_S)
        except TimeoutError:
            raise NoCoordinator(
                f"no transaction coordinator has answered for {_CLAIM_S:.0f} s: are there as many brokers as "
                "transaction.state.log.replication.factor asks for? guarantee=at_least_once needs none"
            ) from None
        except TransactionalIdAuthorizationFailed as denied:
            raise NotAllowed(
                f"{self._brokers.security.user} is not allowed the transactions of this worker (right: Write on "
                f"transactional-id {self._app_id}- and all that begins like it; refused was {denied})"
            ) from None

    async def write(self, partition: int, commit: Commit) -> int:
        producer = self._producers[partition]
        sent: list[asyncio.Future[RecordMetadata]] = []
        last = 0
        try:
            await producer.begin_transaction()
            try:
                for topic, target, batch in self._batches(producer, partition, commit):
                    # Never appended to again: its sequence numbers are counted when it is sent.
                    batch.close()
                    last = batch.record_count() - 1
                    sent.append(await producer.send_batch(batch, topic, partition=target))
            except IllegalOperation:
                # A send before this one has failed and ended the transaction: that one says why.
                for each in sent:
                    await each
                raise
            # The client commits although a send has failed: every one of them has to be known first.
            for each in sent:
                written = await each
            await producer.commit_transaction()
        except ProducerFenced as fenced:
            raise self._fenced(partition) from fenced
        # The states' batches come last, and the partition record at their end.
        offset: int = written.offset
        return offset + last

    async def close(self) -> None:
        producers, self._producers = self._producers, {}
        await asyncio.gather(*(close(producer) for producer in producers.values()))

    def _fenced(self, partition: int) -> Fenced:
        return Fenced(
            f"journal partition {partition} is another worker's now, or the broker gave up a transaction that "
            f"took longer than {_TRANSACTION_MS // 1000} s: this worker was away for too long. Nothing of its "
            "last commit is visible; started again, it reads on where its successor is"
        )

    def _batches(
        self, producer: AIOKafkaProducer, partition: int, commit: Commit
    ) -> Iterator[tuple[str, int, Any]]:
        """(topic, partition, batch), in order for each partition; the changelog's last."""
        topics = self._topics
        messages: Iterable[_Record] = (
            (*topics.place(message.topic, message.key), message.key, message.value or None, headers)
            for message, headers in commit.addressed
        )
        states: Iterable[_Record] = (
            (topics.state, partition, key, value or None, NO_HEADERS)
            for key, value in (*commit.states, commit.record)
        )
        for records in (messages, states):
            filling: dict[tuple[str, int], Any] = {}
            for topic, target, key, value, headers in records:
                batch = filling.get((topic, target))
                if (
                    batch is None
                    or batch.append(timestamp=None, key=key, value=value, headers=headers) is None
                ):
                    if batch is not None:
                        yield topic, target, batch
                    batch = filling[topic, target] = producer.create_batch()
                    # The first record of a batch is always taken, whatever its size.
                    batch.append(timestamp=None, key=key, value=value, headers=headers)
            for (topic, target), batch in filling.items():
                yield topic, target, batch

    def _new_producer(self, partition: int) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            **self._brokers.aiokafka(),
            transactional_id=f"{self._app_id}-{partition}",
            transaction_timeout_ms=_TRANSACTION_MS,
            acks="all",
            linger_ms=0,
            retry_backoff_ms=50,
            request_timeout_ms=10_000,
            max_batch_size=BATCH_BYTES,
            max_request_size=REQUEST_BYTES,
        )

    async def _start(self, partition: int) -> None:
        """Begin, as often as the connection is lost while the broker is asked."""
        while True:
            producer = self._producers[partition] = self._new_producer(partition)
            try:
                await producer.start()
                break
            except KafkaConnectionError as lost:
                _log.info("a connection was lost while a partition was claimed, once more: %r", lost)
                await close(producer)
                await asyncio.sleep(_AGAIN_S)
        # A client that knows of no topic asks for all that the cluster has, now and then.
        await producer.client.set_topics([self._topics.real_name(name) for name in (STATE, *OUTPUTS)])
