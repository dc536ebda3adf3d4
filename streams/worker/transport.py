"""Batch transport: one Faust message per fetched batch instead of one per record.

Stock Faust costs about 50 µs a record in its per-message path. Here a message carries the records
of one fetch of one partition; its offset is the fetch position − 1 (not the last record's: control
records and compaction leave holes), its key the position that the batch starts at, so that a stage
can prove that nothing is missing between two batches.

This file leans on private parts of faust-streaming 0.15.3 and aiokafka 0.14.0; the versions are
pinned, and every override says why it exists.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from typing import Any, NamedTuple

import faust
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.structs import OffsetAndMetadata
from faust.transport.consumer import ensure_TP
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage

from streams.worker.failure import fail_stop

#: Longest wait for records on the consumer's thread, in s; commits and seeks queue behind it.
_POLL_S = 0.1
#: The same while a partition is held back: what is released should be fetched soon.
_POLL_HELD_S = 0.02

#: A batch: its records, the position after it, the position that it starts at.
Fetched = tuple[list[ConsumerRecord], int, int]


class Start(NamedTuple):
    """Where a partition's processing starts after an assignment."""

    offset: int
    note: str  #: metadata of the committed offset


class BatchApp(faust.App):
    """A Faust app on the batch transport, with what the transport asks of the stages."""

    #: Real names of the topics whose offset lives in the state, not in the group.
    offset_in_state: frozenset[str] = frozenset()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        #: Next offset of a partition of a topic in `offset_in_state`.
        self.state_offset: Callable[[TP], int] = lambda tp: 0
        #: Told after every assignment, before anything is fetched, where each partition starts.
        self.on_positioned: list[Callable[[Mapping[TP, Start]], Awaitable[None]]] = []
        #: Metadata to commit beside an offset of a partition.
        self.note_of: Callable[[TP, int], str] = lambda tp, offset: ""

    def _create_directories(self) -> None:
        """Nothing is kept on disk."""

    def _new_transport(self) -> Transport:
        return Transport(self.conf.broker_consumer, self)


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
        positions = self.consumer.positions
        got = await super()._fetch_records(consumer, active_partitions, timeout, max_records)
        subscription = consumer._subscription.subscription
        if subscription is None or subscription.assignment is None:
            return {}
        fetched: dict[TP, Fetched] = {}
        for client_tp in subscription.assignment.tps:
            tp = ensure_TP(client_tp)
            if tp not in active_partitions and client_tp not in got:
                continue
            state = subscription.assignment.state_value(client_tp)
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
        starts: dict[TP, Start] = {}
        for tp, client_tp in zip(tps, wanted, strict=True):
            offset: int = await client.position(client_tp)
            committed = notes.get(client_tp)
            note = committed.metadata if committed is not None and committed.offset == offset else ""
            starts[tp] = Start(offset, note)
        return starts


class BatchConsumer(driver.Consumer):
    """Faust's consumer, handing out batches."""

    app: BatchApp
    _thread: BatchThread

    def __init__(self, *args: Any, **options: Any) -> None:
        #: Position up to which records of a partition were handed out (written on the consumer's thread).
        self.positions: dict[TP, int] = {}
        #: Partitions that their stage wants nothing more of for now.
        self.held: set[TP] = set()
        #: Metadata of offsets about to be committed.
        self.notes: dict[tuple[TP, int], str] = {}
        self._deferred: set[TP] = set()
        super().__init__(*args, **options)

    def _new_consumer_thread(self) -> BatchThread:
        return BatchThread(self, loop=self.loop, beacon=self.beacon)

    def end_of(self, tp: TP) -> int | None:
        """End of a partition as of the last fetch; None before the first. Asks nobody."""
        return self._thread.highwater(tp)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Any]]:
        # First wait for the flow, which may span a whole rebalance, then note the generation: noted
        # before, the first batch of a recovery would count as old and be dropped.
        if not self.flow_active:
            await self.wait(self.can_resume_flow)  # type: ignore[arg-type]
        generation = self.app.consumer_generation_id
        fetched, active = await self._wait_next_records(timeout)
        if fetched is None or self.should_stop or not self.flow_active:
            # Stock seeks here. Every recovery seeks by itself before it resumes, so what is dropped is
            # fetched again, and a second seek from this task could only race with that one.
            return
        for tp, (records, position, base) in fetched.items():
            if not self.flow_active or self.app.consumer_generation_id != generation:
                return
            if active is None or tp in active:
                yield (
                    tp,
                    ConsumerMessage(
                        tp.topic,
                        tp.partition,
                        position - 1,
                        records[-1].timestamp / 1000.0 if records else 0.0,
                        0,
                        None,
                        base,
                        records,
                        None,
                        0,
                        len(records),
                        tp,
                        generation_id=generation,
                    ),
                )

    # Stock empties the set of active partitions when a buffer is full and then sleeps for a second.
    # Stages hold back single partitions instead (`held`).
    def on_buffer_full(self, tp: TP) -> None: ...

    def on_buffer_drop(self, tp: TP) -> None: ...

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None: ...

    # Stock resumes the source partitions before it seeks, while the flow is already active: batches
    # fetched in between would be applied, seeked back over and applied again. Resumed after the seek.
    def resume_partitions(self, tps: Iterable[TP]) -> None:
        sources = {tp for tp in tps if not self._is_changelog_tp(tp)}
        self._deferred |= sources
        super().resume_partitions(set(tps) - sources)

    def pause_partitions(self, tps: Iterable[TP]) -> None:
        self._deferred.difference_update(tps)
        super().pause_partitions(tps)

    async def perform_seek(self) -> None:
        """Seek every source to where its processing starts, tell the stages, then resume them."""
        try:
            await super().perform_seek()
            sources = [tp for tp in self.assignment() if not self._is_changelog_tp(tp)]
            in_state = {
                tp: self.app.state_offset(tp) for tp in sources if tp.topic in self.app.offset_in_state
            }
            for tp in in_state:
                self._committed_offset[tp] = self._read_offset[tp] = None
            # seek_to_committed does not rewind where nothing is committed, and offset 0 is not there any
            # more once retention has passed it: what is new starts at the beginning.
            fresh = [tp for tp in sources if not in_state.get(tp) and self._committed_offset.get(tp) is None]
            in_state = {tp: offset for tp, offset in in_state.items() if offset}
            if fresh:
                await self._thread.seek_to_beginning(*map(driver.ensure_aiokafka_TP, fresh))
            if in_state:
                await self._thread.seek_wait(
                    {driver.ensure_aiokafka_TP(tp): offset for tp, offset in in_state.items()}
                )
            for tp, offset in in_state.items():
                self._read_offset[tp] = self._committed_offset[tp] = offset
            starts = await self._thread.starts(sources)
            for tp, start in starts.items():
                self.positions[tp] = start.offset
            self.held.clear()
            self.notes.clear()
            for told in self.app.on_positioned:
                await told(starts)
        except asyncio.CancelledError:
            raise  # another rebalance began
        except Exception as failed:
            fail_stop("positions after an assignment", failed)
        resumed, self._deferred = self._deferred, set()
        super().resume_partitions(resumed)

    def _new_offset(self, tp: TP) -> int | None:
        # Batches of one partition are acked in order, so the highest is what may be committed.
        acked = self._acked[tp]
        if not acked:
            return None
        top = max(acked)
        acked.clear()
        self._acked_index[tp].clear()
        return top + 1

    async def commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:
        # What counts is in the state; the group gets a copy of it, for tools that show a lag.
        for tp in self.assignment():
            if tp.topic in self.app.offset_in_state:
                self._acked_index[tp].clear()
                self._acked[tp] = [self.app.state_offset(tp) - 1] if self.app.state_offset(tp) else []
        return await super().commit(topics, start_new_transaction)

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        noted = {(tp, offset): self.app.note_of(tp, offset) for tp, offset in offsets.items()}
        self.notes.update(noted)
        try:
            return await super()._commit(offsets)
        finally:
            for key in noted:
                self.notes.pop(key, None)


class Transport(driver.Transport):
    """aiokafka with batches."""

    Consumer = BatchConsumer


class RawBatch(faust.Schema[Any, Any]):
    """No decoding: an event's value is the list of records as aiokafka made them."""

    def compile(self, app: Any, **options: Any) -> Any:
        create = app.create_event

        async def decode(message: Any, *, propagate: bool = False) -> Any:
            return create(None, message.value, None, message)

        return decode
