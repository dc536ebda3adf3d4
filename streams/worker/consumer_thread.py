"""The consumer's own thread: fetched batches with their positions, commits with a note.

Leans on private parts of faust-streaming 0.15.3 and aiokafka 0.14.0, as `transport` does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.structs import OffsetAndMetadata
from faust.transport.consumer import ensure_TP
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from streams.worker.bare_records import hand_out_bare_records
from streams.worker.batch_app import Start

if TYPE_CHECKING:
    from streams.worker.transport import BatchConsumer

#: Longest wait for records on the consumer's thread, in s; commits and seeks queue behind it.
_POLL_S = 0.1
#: The same while a partition is held back: what is released should be fetched soon.
_POLL_HELD_S = 0.02

#: A batch: its records, the position after it, the position that it starts at.
Fetched = tuple[list[ConsumerRecord], int, int]


class BatchThread(driver.AIOKafkaConsumerThread):
    """The consumer's thread: positions of batches, committed-only reading, commits with a note."""

    consumer: BatchConsumer

    def _create_worker_consumer(self, transport: Any) -> AIOKafkaConsumer:
        # Faust reads committed records only in its own exactly-once mode, which is not used here.
        consumer = self.consumer
        consumer.in_transaction, kept = True, consumer.in_transaction
        try:
            client = super()._create_worker_consumer(transport)
        finally:
            consumer.in_transaction = kept
        # Stock 1500 ms is hard-coded; seeks and offset queries wait behind that long poll.
        client._fetch_max_wait_ms = int(_POLL_S * 1000)
        hand_out_bare_records(client)
        return client

    def highwater(self, tp: TP) -> int | None:  # type: ignore[override]
        """End of the partition for a reader of committed records, as of the last fetch."""
        end: int | None = self._ensure_consumer().last_stable_offset(driver.ensure_aiokafka_TP(tp))
        return end

    async def _seek_wait(self, consumer: AIOKafkaConsumer, partitions: Mapping[TP, int]) -> None:
        # Recovery's own start positions: the first batch after them must know its base.
        positions = self.consumer.positions
        positions.update((ensure_TP(tp), offset) for tp, offset in partitions.items())
        await super()._seek_wait(consumer, partitions)

    async def getmany(self, active_partitions: Any, timeout: float) -> Any:
        # Frozen here, on the main thread: by the time the consumer's thread runs, the live set may be
        # emptied, and an empty set means "all partitions" to aiokafka; or refilled by the next generation.
        wanted: Any = frozenset(active_partitions or ()) - self.consumer.held
        if not wanted:
            await asyncio.sleep(_POLL_HELD_S)
            return {}
        return await super().getmany(wanted, _POLL_HELD_S if self.consumer.held else _POLL_S)

    async def _fetch_records(  # type: ignore[override]
        self,
        consumer: AIOKafkaConsumer,
        active_partitions: Any,
        timeout: float | None = None,
        max_records: int | None = None,
    ) -> dict[TP, Fetched]:
        """Fetched batches, empty ones too: a position that moved without records (control records at
        the end of a transaction) has to be seen, else recovery waits for ever for the last offset."""
        positions, ends = self.consumer.positions, self.consumer.ends
        got = await super()._fetch_records(consumer, active_partitions, timeout, max_records)
        subscription = consumer._subscription.subscription
        if subscription is None or subscription.assignment is None:
            return {}
        fetched: dict[TP, Fetched] = {}
        for client_tp in subscription.assignment.tps:
            tp = ensure_TP(client_tp)
            state = subscription.assignment.state_value(client_tp)
            ends[tp] = state.lso
            if tp not in active_partitions and client_tp not in got:
                continue
            if not state.has_valid_position:
                continue
            position: int = state.position
            records: list[ConsumerRecord] = got.get(client_tp) or []
            base = positions.get(tp)
            positions[tp] = position
            if records or (base is not None and position > base):
                fetched[tp] = (records, position, records[0].offset if base is None else base)
        return fetched

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        client = self._ensure_consumer()
        mine = client.assignment()
        notes = self.consumer.notes
        wanted = {
            driver.ensure_aiokafka_TP(tp): OffsetAndMetadata(offset, notes.get((tp, offset), ""))
            for tp, offset in offsets.items()
        }
        wanted = {tp: offset for tp, offset in wanted.items() if tp in mine}
        try:
            if wanted:
                await client.commit(wanted)
        except Exception as failed:
            # The group may be rebalancing; what is not committed is read again and suppressed.
            self.log.info("offsets not committed: %r", failed)
            return False
        return True

    async def starts(self, tps: Iterable[TP]) -> dict[TP, Start]:
        """Position and note of each partition, after the seeks."""
        return await self.call_thread(self._starts, list(tps))  # type: ignore[no-any-return]

    async def _starts(self, tps: list[TP]) -> dict[TP, Start]:
        client = self._ensure_consumer()
        wanted = [TopicPartition(tp.topic, tp.partition) for tp in tps]
        notes = await client._coordinator.fetch_committed_offsets(wanted)
        begins = await client.beginning_offsets(wanted) if wanted else {}
        starts: dict[TP, Start] = {}
        for tp, client_tp in zip(tps, wanted, strict=True):
            offset: int = await client.position(client_tp)
            committed = notes.get(client_tp)
            note = committed.metadata if committed is not None and committed.offset == offset else ""
            # The client goes on at the log's beginning then, without a word; its position may be there already.
            known = committed is not None and committed.offset >= 0
            lost = max(0, begins[client_tp] - committed.offset) if known else 0
            starts[tp] = Start(offset, note, lost)
        return starts
