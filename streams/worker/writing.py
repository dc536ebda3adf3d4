"""What a commit is, and who makes it durable: `exactly_once` or `at_least_once`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from streams.detection.system import Outgoing
from streams.worker.lanes import NO_HEADERS, Headers


class Commit(NamedTuple):
    """What an engine has said and become since its last commit."""

    messages: list[Outgoing]  #: in order; an empty value is a tombstone
    states: list[tuple[bytes, bytes]]  #: changed states; an empty value removes its key
    record: tuple[bytes, bytes]  #: the partition record, which says where to read on
    headers: Sequence[Headers] = ()  #: of each message, in order; empty where none has any

    @property
    def addressed(self) -> Iterable[tuple[Outgoing, Headers]]:
        """The messages with their headers."""
        return zip(self.messages, self.headers or [NO_HEADERS] * len(self.messages), strict=True)


class Writer(Protocol):
    """Makes commits of journal partitions durable. Whatever it raises leaves open what was written: stop."""

    async def claim(self, partitions: frozenset[int]) -> None:
        """From now on these partitions are this worker's; called on every assignment, before states are read."""

    async def write(self, partition: int, commit: Commit) -> int:
        """Returns the offset of the partition record in the changelog, when all of it is acked."""

    async def close(self) -> None:
        """Give up what was claimed; nothing is being written."""
