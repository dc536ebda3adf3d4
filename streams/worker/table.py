"""The account states: encoded bytes by key per journal partition, and their changelog.

Faust's table keeps what it is good at (which changelog partitions are ours, reading them back);
its store does not fit: it knows no partitions, decodes every value and writes a record per event.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import faust
from faust.types import TP

from streams.worker.batch_app import BatchApp, RawBatch
from streams.worker.failure import fail_stop
from streams.worker.rest import Rest

#: Makes the place where a partition's states rest.
NewRest = Callable[[int], Rest]


class StatePart:
    """The states of one partition, as they are in the changelog."""

    def __init__(self, partition: int, rest: Rest) -> None:
        self.partition = partition
        self.rest = rest

    @property
    def applied(self) -> int | None:
        """Last changelog offset that `rest` contains."""
        return self.rest.applied

    def apply(self, end: int, records: Iterable[Any]) -> None:
        """Take over recovered records up to offset `end`."""
        rest = self.rest
        for record in records:
            if record.value is None:
                rest.pop(record.key, None)
            else:
                rest[record.key] = record.value
        self._save(end, whole=False)

    def acked(self, offset: int) -> None:
        """What was written at this changelog offset, and all before it, is in `rest`."""
        self._save(offset, whole=True)

    def _save(self, offset: int, *, whole: bool) -> None:
        if self.applied is None or offset > self.applied:
            self.rest.save(offset, whole=whole)


class StateTable(faust.Table):  # type: ignore[type-arg]
    """Faust's view of the states; values stay bytes until the engine touches them."""

    app: BatchApp

    def __init__(
        self, app: BatchApp, new_rest: NewRest, count: Callable[[int], None], **options: Any
    ) -> None:
        self._new_rest = new_rest
        self._count = count  # of records read back
        self.parts: dict[int, StatePart] = {}
        #: Partitions that this worker may process and write.
        self.active: frozenset[int] = frozenset()
        #: Makes these partitions ours; done before recovery asks where their changelogs end.
        self.claim: Callable[[frozenset[int]], Awaitable[None]] = _nobody_else
        # Counts batches, not records, and 1 would mean "never pause".
        super().__init__(app, schema=RawBatch(), recovery_buffer_size=2, **options)

    def part(self, partition: int) -> StatePart:
        """The states of a partition, empty when never seen."""
        part = self.parts.get(partition)
        if part is None:
            part = self.parts[partition] = StatePart(partition, self._new_rest(partition))
        return part

    def persisted_offset(self, tp: TP) -> int | None:
        return self.part(tp.partition).applied

    def apply_changelog_batch(self, batch: Iterable[Any], *args: Any, **options: Any) -> None:
        # Faust swallows what is raised here, and the state would be silently wrong.
        try:
            for event in batch:
                message = event.message
                part = self.part(message.partition)
                if part.applied is not None and message.key > part.applied + 1:
                    have = part.applied
                    part.rest.forget()  # what is on disk too: the next start reads everything
                    raise RuntimeError(
                        f"changelog {message.tp}: have {have}, the next batch starts at {message.key}"
                    )
                part.apply(message.offset, message.value)
                self._count(len(message.value))
        except Exception as failed:
            fail_stop("recovering account states", failed)

    async def on_rebalance(
        self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0
    ) -> None:
        # `assigned` lists standby partitions too: only actives may be written.
        mine = frozenset(
            tp.partition
            for tp in self.app.assignor.assigned_actives()
            if tp.topic == self.changelog_topic_name
        )
        self.active = mine
        for partition in [partition for partition in self.parts if partition not in mine]:
            del self.parts[partition]
        try:
            await self.claim(mine)
        except Exception as failed:
            fail_stop("claiming journal partitions", failed)
        await super().on_rebalance(assigned, revoked, newly_assigned, generation_id)


async def _nobody_else(partitions: frozenset[int]) -> None:
    """Nobody has to be kept from writing them."""
