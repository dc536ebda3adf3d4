"""Batch transport: one Faust message per fetched batch instead of one per record.

Stock Faust costs about 50 µs a record in its per-message path. Here a message carries the records
of one fetch of one partition; its offset is the fetch position − 1 (not the last record's: control
records and compaction leave holes), its key the position that the batch starts at, so that a stage
can prove that nothing is missing between two batches.

This file and `consumer_thread` lean on private parts of faust-streaming 0.15.3 and aiokafka 0.14.0;
the versions are pinned, and every override says why it exists.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

from faust.tables.recovery import RebalanceAgain
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage

from streams.worker.batch_app import BatchApp
from streams.worker.consumer_thread import BatchThread
from streams.worker.failure import fail_stop


class BatchConsumer(driver.Consumer):
    """Faust's consumer, handing out batches."""

    app: BatchApp
    _thread: BatchThread

    def __init__(self, *args: Any, **options: Any) -> None:
        #: Position up to which records of a partition were handed out (written on the consumer's thread).
        self.positions: dict[TP, int] = {}
        #: End of each partition for a reader of committed records, as of its last fetch (same thread).
        self.ends: dict[TP, int | None] = {}
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
        return self.ends.get(tp)

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

    # Stock asks of every partition whether a stream has moved it and whether its offset was committed. Changelogs have
    # no stream, and the journal's offset is in the states: after five minutes it would call each of them stuck, in a
    # dozen lines, every few seconds. Which partition is stuck is in /readyz.
    async def verify_all_partitions_active(self) -> None: ...

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
        """Seek every source to where its processing starts, tell the stages, then resume them.

        Raises RebalanceAgain when the assignment that it is for is not in force any more: the next one seeks anew.
        """
        generation = self.app.consumer_generation_id
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
            # An offset that was committed for a former topic of this name is a hole in the present one.
            if anew := await self.app.created_anew(starts):
                await self._thread.seek_to_beginning(*map(driver.ensure_aiokafka_TP, anew))
                for tp in anew:
                    self._committed_offset[tp] = self._read_offset[tp] = None
                starts |= await self._thread.starts(anew)
            if self._is_over(generation):
                raise RebalanceAgain
            for tp, start in starts.items():
                self.positions[tp] = start.offset
            self.held.clear()
            self.ends.clear()
            self.notes.clear()
            for told in self.app.on_positioned:
                await told(starts)
        except asyncio.CancelledError:
            raise  # another rebalance began
        except Exception as failed:
            # Partitions that are not ours any more cannot be sought: no reason to stop.
            if self._is_over(generation):
                raise RebalanceAgain from failed
            fail_stop("positions after an assignment", failed)
        resumed, self._deferred = self._deferred, set()
        super().resume_partitions(resumed)

    def _is_over(self, generation: int) -> bool:
        return not self.app.holds_partitions or self.app.consumer_generation_id != generation

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
