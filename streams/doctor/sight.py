"""What all checks look at: one connection, the settings of a worker, and the topics as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from kafka import TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, OffsetSpec
from kafka.errors import KafkaError

from schemas.topics import real_name
from streams.worker.admin import FoundTopic
from streams.worker.log_ends import LogAdmin
from streams.worker.settings import WorkerSettings
from streams.worker.topics import Topics


class CannotLook(RuntimeError):
    """A check has no answer: the broker does not know the request, or this user may not ask."""


class Looking(LogAdmin):
    """An admin that asks what the checks need beside that; each raises CannotLook."""

    def brokers(self) -> list[int]:
        return [int(broker["broker_id"]) for broker in self.ask(KafkaAdminClient.describe_cluster)["brokers"]]

    def broker_settings(self, names: Iterable[str]) -> dict[str, str]:
        """Settings of the first broker; without those that it does not show."""
        broker = str(self.brokers()[0])
        resource = ConfigResource(ConfigResourceType.BROKER, broker, list(names))
        try:
            shown = self._client.describe_configs([resource], config_filter="all")["broker"][broker]
        except (KafkaError, OSError, KeyError) as failed:
            raise CannotLook(f"the broker does not show its settings ({_name(failed)})") from None
        return {name: str(entry["value"]) for name, entry in shown.items() if entry["value"] is not None}

    def version(self) -> tuple[int, ...]:
        """Of Kafka's protocol, as the client infers it from what the broker offers."""
        found: tuple[int, ...] = tuple(self._client._manager.broker_version_data.broker_version)
        return found

    def replicas(self, topics: Iterable[str]) -> list[dict[str, object]]:
        """Each partition of these topics (real names): topic, replicas, isr."""
        wanted = set(topics)
        return [
            {"topic": topic["name"], "replicas": part["replica_nodes"], "isr": part["isr_nodes"]}
            for topic in self.ask(KafkaAdminClient.describe_topics)
            if topic["name"] in wanted
            for part in topic["partitions"]
        ]

    def stable_ends(self, topic: str, partitions: int) -> dict[int, int]:
        """How far a reader of committed records comes, by partition of a topic (real name)."""
        tps = {TopicPartition(topic, number): OffsetSpec.LATEST for number in range(partitions)}
        try:
            ends = self._client.list_partition_offsets(tps, isolation_level=1)
        except (KafkaError, OSError, ValueError) as failed:
            raise CannotLook(
                f"the broker does not tell the stable end of {topic} ({_name(failed)})"
            ) from None
        return {tp.partition: int(end.offset) for tp, end in ends.items()}

    def groups(self, names: Iterable[str]) -> dict[str, Mapping[str, object]]:
        """What the broker knows of these groups."""
        found: dict[str, Mapping[str, object]] = self.ask(KafkaAdminClient.describe_groups, list(names))
        return found

    def transactions(self, begins: str) -> list[tuple[str, str, int]]:
        """Transactions that are going on now: transactional id, state, producer id; ids that begin like this."""
        found = self.ask(KafkaAdminClient.list_transactions)
        return [
            (str(one.transactional_id), str(getattr(one.state, "value", one.state)), int(one.producer_id))
            for many in found.values()
            for one in many
            if str(one.transactional_id).startswith(begins)
        ]

    def ask(self, what: Callable[..., Any], *given: object) -> Any:
        """Call a method of the client; raises CannotLook."""
        try:
            return what(self._client, *given)
        except (KafkaError, OSError, ValueError) as failed:
            raise CannotLook(f"{what.__name__.replace('_', ' ')} has no answer ({_name(failed)})") from None


def _name(failed: BaseException) -> str:
    return str(failed) or type(failed).__name__


@dataclass
class Sight:
    """What is looked at."""

    settings: WorkerSettings
    admin: Looking

    @cached_property
    def found(self) -> Mapping[str, FoundTopic]:
        """Every topic of the contract, as the broker has it."""
        return self.admin.describe(self.settings.prefix)

    @property
    def there(self) -> bool:
        """Whether all topics are, so that what lies on them can be looked at."""
        return all(topic.exists for topic in self.found.values())

    @property
    def topics(self) -> Topics:
        return Topics(
            self.settings.prefix,
            ids={name: topic.topic_id for name, topic in self.found.items()},
            counts={name: topic.partitions for name, topic in self.found.items()},
        )

    def real(self, name: str) -> str:
        return real_name(self.settings.prefix, name)
