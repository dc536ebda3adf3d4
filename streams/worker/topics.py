"""The topics a worker works with: real names, partition counts and ids as the broker has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import schemas.topics
from schemas.partitioning import partition_of
from streams.door.clock import SourceTopic

#: Source topics that the door reads, by contract name.
SOURCES = schemas.topics.SOURCES
#: The one of them that has no clock: what operators do says nothing of how far the customers' world is.
CONTROL = "control"
#: What the engine writes for others, by contract name.
OUTPUTS = tuple(
    name
    for name, topic in schemas.topics.TOPICS.items()
    if "engine" in topic.producers and "engine" not in topic.consumers
)
JOURNAL = "account-journal"
STATE = "account-state"


class Renewal(NamedTuple):
    """How a source topic differs from what was known of it."""

    topic: str  #: contract name
    before: SourceTopic
    now: SourceTopic

    @property
    def created_anew(self) -> bool:
        """Another topic of the same name: its offsets have nothing to do with those before."""
        return self.before.topic_id != self.now.topic_id


@dataclass
class Topics:
    """Topics under one prefix: read from the broker at start, the source topics again at every assignment.

    Args:
        prefix: in front of every real name.
        ids: first 8 bytes of each topic's UUID, by contract name.
        counts: partitions of each topic, by contract name.
    """

    prefix: str
    ids: dict[str, bytes]
    counts: dict[str, int]

    def renew(self, found: Mapping[str, SourceTopic]) -> list[Renewal]:
        """Take the source topics as they are now; one that is not there keeps what is known of it."""
        changed = [
            Renewal(name, before, found[name])
            for name, before in self.sources.items()
            if name in found and found[name] != before
        ]
        for renewal in changed:
            self.ids[renewal.topic], self.counts[renewal.topic] = renewal.now
        return changed

    def real_name(self, name: str) -> str:
        return schemas.topics.real_name(self.prefix, name)

    def place(self, name: str, key: bytes) -> tuple[str, int]:
        """Real name and partition of a record with this key."""
        return self.real_name(name), partition_of(key, self.counts[name])

    def contract_name(self, real_name: str) -> str:
        return real_name[len(self.prefix) :]

    def is_source(self, real_name: str) -> bool:
        return self.contract_name(real_name) in SOURCES

    def partitions(self, name: str) -> int:
        return self.counts[name]

    @property
    def journal(self) -> str:
        """Real name of the journal."""
        return self.real_name(JOURNAL)

    @property
    def state(self) -> str:
        """Real name of the states' changelog."""
        return self.real_name(STATE)

    @property
    def journal_partitions(self) -> int:
        return self.counts[JOURNAL]

    @property
    def sources(self) -> Mapping[str, SourceTopic]:
        """What a watermark says of each source topic, by contract name."""
        return {name: SourceTopic(self.ids[name], self.counts[name]) for name in SOURCES}
