"""The Faust app on the batch transport: what the transport and the stages know of each other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

import faust
from faust.types import TP


class Start(NamedTuple):
    """Where a partition's processing starts after an assignment."""

    offset: int
    note: str  #: metadata of the committed offset
    lost: int = 0  #: records behind the committed offset that the broker has deleted, unread


async def _none(starts: Mapping[TP, Start]) -> set[TP]:
    return set()


class BatchApp(faust.App):
    """A Faust app on the batch transport, with what the transport asks of the stages."""

    #: Real names of the topics whose offset lives in the state, not in the group.
    offset_in_state: frozenset[str] = frozenset()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        #: False from a revocation to the next assignment; what belongs to the last one must not go on then.
        self.holds_partitions = False
        #: Next offset of a partition of a topic in `offset_in_state`.
        self.state_offset: Callable[[TP], int] = lambda tp: 0
        #: Which of these partitions are of a topic created anew since their offset was committed.
        self.created_anew: Callable[[Mapping[TP, Start]], Awaitable[set[TP]]] = _none
        #: Told after every assignment, before anything is fetched, where each partition starts.
        self.on_positioned: list[Callable[[Mapping[TP, Start]], Awaitable[None]]] = []
        #: Metadata to commit beside an offset of a partition.
        self.note_of: Callable[[TP, int], str] = lambda tp, offset: ""

    # Faust tells the recovery of the last assignment only when the next one is there.
    async def _on_partitions_revoked(self, revoked: set[TP]) -> None:
        self.holds_partitions = False
        await super()._on_partitions_revoked(revoked)

    async def _on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        self.holds_partitions = True
        await super()._on_partitions_assigned(assigned, generation_id)

    def _create_directories(self) -> None:
        """Nothing is kept on disk."""

    def _new_transport(self) -> Any:
        from streams.worker.transport import Transport  # which needs this class

        return Transport(self.conf.broker_consumer, self)


class RawBatch(faust.Schema[Any, Any]):
    """No decoding: an event's value is the list of records as aiokafka made them."""

    def compile(self, app: Any, **options: Any) -> Any:
        create = app.create_event

        async def decode(message: Any, *, propagate: bool = False) -> Any:
            return create(None, message.value, None, message)

        return decode
