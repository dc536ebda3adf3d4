"""The consumer's own thread: fetched batches with their positions, commits with a note.

Leans on private parts of faust-streaming 0.15.3 and aiokafka 0.14.0, as `transport` does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Container, Iterable, Mapping, Sequence
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

#: Most bytes of all partitions that one fetch asks a broker for; a partition's share is the app's setting.
_FETCH_BYTES = 8 * 1024 * 1024

#: An assigned partition, the name that Faust has for it, and the client's state of it.
Assigned = tuple[TopicPartition, TP, Any]
#: A batch: its records, the position after it, the position that it starts at.
Fetched = tuple[list[ConsumerRecord], int, int]


class BatchThread(driver.AIOKafkaConsumerThread):
    """The consumer's thread: positions of batches, committed-only reading, commits with a note."""

    consumer: BatchConsumer
    _assignment: Any = None
    _states: Sequence[Assigned] = ()
    _asked: frozenset[TP] | None = None  # what the client asks for; None: for whatever is assigned

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
        # Stock 50 MB: a response is held in one piece, and copied partition by partition.
        client._fetch_max_bytes = _FETCH_BYTES
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
        assigned = self._assigned(consumer)
        # What is held is fetched meanwhile, to be there when it is released.
        if (asked := active_partitions | frozenset(self.consumer.held.copy())) != self._asked:
            ask_only_for(assigned, asked)
            self._asked = asked
        got = await super()._fetch_records(consumer, active_partitions, timeout, max_records)
        fetched: dict[TP, Fetched] = {}
        for client_tp, tp, state in self._assigned(consumer):
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

    def _assigned(self, consumer: AIOKafkaConsumer) -> Sequence[Assigned]:
        subscription = consumer._subscription.subscription
        assignment = None if subscription is None else subscription.assignment
        if assignment is not self._assignment:
            self._assignment, self._asked = assignment, None
            self._states = (
                [(tp, ensure_TP(tp), assignment.state_value(tp)) for tp in assignment.tps]
                if assignment is not None
                else ()
            )
        return self._states

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


def ask_only_for(assigned: Iterable[Assigned], wanted: Container[TP]) -> None:
    """Have the client ask for nothing but these: it would ask for whatever is assigned, in every request, for the
    changelogs too, which are read after an assignment only."""
    for _, tp, state in assigned:
        if tp in wanted:
            state.resume()
        else:
            state.pause()
