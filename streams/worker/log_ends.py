"""How far logs and groups are: what tells a lost state from a new system."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from kafka import TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import KafkaError

from streams.worker.admin import Admin
from streams.worker.settings import WorkerSettings


class Extent(NamedTuple):
    """The records that a partition holds: from offset `begin` up to, not with, `end`."""

    begin: int
    end: int

    @property
    def is_empty(self) -> bool:
        return self.begin >= self.end


class LogAdmin(Admin):
    """An Admin that asks for offsets too. Raises BrokerUnreachable as that does."""

    def extents(self, topic: str, partitions: int) -> dict[int, Extent]:
        """What each partition of a topic (real name) holds."""
        tps = [TopicPartition(topic, number) for number in range(partitions)]
        try:
            begins = self._client.list_partition_offsets(dict.fromkeys(tps, OffsetSpec.EARLIEST))
            ends = self._client.list_partition_offsets(dict.fromkeys(tps, OffsetSpec.LATEST))
        except (KafkaError, OSError) as failed:
            raise self._unreachable(failed) from None
        return {tp.partition: Extent(int(begins[tp].offset), int(ends[tp].offset)) for tp in tps}

    def committed(self, groups: Iterable[str], topic: str) -> dict[int, int]:
        """Partition of a topic (real name) -> the highest offset that one of the groups has committed."""
        highest: dict[int, int] = {}
        try:
            for group in groups:
                for tp, offset in self._client.list_group_offsets(group).get(group, {}).items():
                    if tp.topic == topic and offset.offset > highest.get(tp.partition, 0):
                        highest[tp.partition] = int(offset.offset)
        except (KafkaError, OSError) as failed:
            raise self._unreachable(failed) from None
        return highest

    def members(self, groups: Iterable[str]) -> dict[str, int]:
        """Group -> how many members it has now."""
        try:
            described = self._client.describe_groups(list(groups))
        except (KafkaError, OSError) as failed:
            raise self._unreachable(failed) from None
        return {group: len(about["members"]) for group, about in described.items()}


def engine_groups(settings: WorkerSettings) -> tuple[str, str]:
    """The groups whose members fold the journal: workers of both stages, and those of the engine alone."""
    return settings.whole_id, f"{settings.whole_id}-engine"
