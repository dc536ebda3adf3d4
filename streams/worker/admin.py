"""Topics on the broker compared with the contract, and made to agree with it."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from kafka import TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, OffsetSpec
from kafka.errors import AuthorizationError, KafkaError

from schemas.topics import SOURCES, TOPICS, Topic, real_name
from streams.connection import Address, connection_of
from streams.connection.refusals import why_refused
from streams.connection.rights import Right
from streams.door.clock import SourceTopic
from streams.worker.local_store import Changelog
from streams.worker.missing_rights import missing_rights

#: Milliseconds after which a broker that does not answer counts as unreachable.
_ANSWER_MS = 10_000


class BrokerUnreachable(RuntimeError):
    """No broker answered, or it refused to; the message names the address."""


class Forbidden(BrokerUnreachable):
    """The broker answered that this user may not do it; the message says what."""


@dataclass(frozen=True)
class FoundTopic:
    """A topic as the broker has it; None where it does not exist."""

    name: str  #: contract name
    exists: bool
    topic_id: bytes  #: first 8 bytes of its UUID
    partitions: int
    settings: Mapping[str, str]


@dataclass(frozen=True)
class Difference:
    """One thing in which a topic is not as the contract says, and what to do about it."""

    topic: str  #: contract name
    setting: str
    expected: str
    found: str
    remedy: str

    @property
    def can_be_applied(self) -> bool:
        """Whether `twomotion topics apply` puts it right."""
        return self.remedy.startswith("apply")

    def __str__(self) -> str:
        return f"{self.topic}: {self.setting} is {self.found}, should be {self.expected}"


def settings_of(topic: Topic) -> dict[str, str]:
    """A topic's broker settings as the contract has them."""
    return {
        "cleanup.policy": topic.cleanup_policy,
        "message.timestamp.type": topic.timestamp_type,
        "max.message.bytes": str(topic.max_message_bytes),
        "retention.ms": str(-1 if topic.retention_ms is None else topic.retention_ms),
    }


def differences(found: Mapping[str, FoundTopic]) -> list[Difference]:
    """What is not as the contract says, in the contract's order.

    A topic that is not pinned may have more partitions than the contract starts with.
    """
    wrong: list[Difference] = []
    for name, topic in TOPICS.items():
        there = found[name]
        if not there.exists:
            wrong.append(Difference(name, "topic", "there", "missing", "apply creates it"))
            continue
        few = there.partitions < topic.partitions
        if few or (topic.pinned and there.partitions != topic.partitions):
            remedy = (
                "apply adds partitions"
                if not topic.pinned
                else "pinned for life: use another prefix, or delete the topic and all that was made from it"
            )
            wrong.append(Difference(name, "partitions", str(topic.partitions), str(there.partitions), remedy))
        for setting, expected in settings_of(topic).items():
            is_now = there.settings.get(setting, "unknown")
            if is_now != expected:
                wrong.append(Difference(name, setting, expected, is_now, "apply sets it"))
    return wrong


class Admin:
    """A connection for looking at topics and changing them; a context manager.

    Raises BrokerUnreachable from every call when no broker answers.
    """

    def __init__(self, brokers: Address) -> None:
        self._brokers = connection_of(brokers)
        # The client logs every retry; what it means is said once, by the error below.
        logging.getLogger("kafka").setLevel(logging.CRITICAL)
        try:
            self._client = KafkaAdminClient(
                **self._brokers.kafka_python(),
                bootstrap_timeout_ms=_ANSWER_MS,
                request_timeout_ms=_ANSWER_MS,
            )
        except (KafkaError, OSError, ValueError) as failed:
            raise self._unreachable(failed) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def missing(self, rights: Iterable[Right]) -> list[Right]:
        """Those of the rights that this user does not have."""
        try:
            return missing_rights(self._client, rights)
        except (KafkaError, OSError) as failed:
            raise self._unreachable(failed) from None

    def _unreachable(self, cause: Exception) -> BrokerUnreachable:
        if isinstance(cause, AuthorizationError):
            return Forbidden(
                f"{self._brokers.security.user} may not do this on Kafka at {self._brokers}: {cause}"
            )
        if (why := why_refused(self._brokers)) is not None:
            return BrokerUnreachable(why)
        return BrokerUnreachable(
            f"no Kafka broker answers at {self._brokers} ({type(cause).__name__}): is it running, is the "
            "address right? `twomotion kafka up` starts a local one"
        )

    def describe(self, prefix: str, among: Collection[str] = tuple(TOPICS)) -> dict[str, FoundTopic]:
        """Every topic of the contract under this prefix, as it is, by contract name.

        Args:
            among: the topics that are asked for; the others count as not there.
        """
        names = {real_name(prefix, name): name for name in TOPICS if name in among}
        try:
            # All topics are asked for: asking for one by name creates it on brokers that do so.
            everything = self._client.describe_topics()
            there = {topic["name"]: topic for topic in everything if topic["name"] in names}
            settings: Mapping[str, Mapping[str, Mapping[str, object]]] = {}
            if there:
                wanted = list(settings_of(next(iter(TOPICS.values()))))
                resources = [ConfigResource(ConfigResourceType.TOPIC, real, wanted) for real in there]
                settings = self._client.describe_configs(resources, config_filter="all")["topic"]
        except (KafkaError, OSError) as failed:
            raise self._unreachable(failed) from None
        found: dict[str, FoundTopic] = {}
        for name in TOPICS:
            topic = there.get(real := real_name(prefix, name))
            found[name] = FoundTopic(
                name,
                exists=topic is not None,
                topic_id=_short_id(str(topic["topic_id"])) if topic else b"",
                partitions=len(topic["partitions"]) if topic else 0,
                settings={key: str(entry["value"]) for key, entry in settings.get(real, {}).items()},
            )
        return found

    def sources(self, prefix: str) -> dict[str, SourceTopic]:
        """The source topics that exist under this prefix, by contract name: their ids and partitions alone."""
        names = {real_name(prefix, name): name for name in SOURCES}
        try:
            there = [topic for topic in self._client.describe_topics() if topic["name"] in names]
        except (KafkaError, OSError) as failed:
            raise self._unreachable(failed) from None
        return {
            names[topic["name"]]: SourceTopic(_short_id(str(topic["topic_id"])), len(topic["partitions"]))
            for topic in there
        }

    def apply(self, prefix: str, replication_factor: int = -1) -> list[str]:
        """Create what is missing and change what differs and can be; returns what was done, as sentences.

        Args:
            replication_factor: of new topics; -1 leaves it to the broker's default.
        """
        found = self.describe(prefix)
        done: list[str] = []
        new = {
            real_name(prefix, name): {
                "num_partitions": topic.partitions,
                "replication_factor": replication_factor,
                "configs": settings_of(topic),
            }
            for name, topic in TOPICS.items()
            if not found[name].exists
        }
        changed = [each for each in differences(found) if found[each.topic].exists]
        try:
            if new:
                self._client.create_topics(new, wait_for_metadata=True)
                done += [f"created {name}" for name in new]
            grown = {
                real_name(prefix, each.topic): int(each.expected)
                for each in changed
                if each.setting == "partitions" and not TOPICS[each.topic].pinned
            }
            if grown:
                self._client.create_partitions(grown)
                done += [f"{name} has {count} partitions now" for name, count in grown.items()]
            for name in dict.fromkeys(each.topic for each in changed if each.setting != "partitions"):
                settings = {
                    each.setting: each.expected
                    for each in changed
                    if each.topic == name and each.setting != "partitions"
                }
                self._client.alter_configs(
                    [ConfigResource(ConfigResourceType.TOPIC, real_name(prefix, name), settings)]
                )
                done += [f"{real_name(prefix, name)}: {key} is {to} now" for key, to in settings.items()]
        except (KafkaError, OSError) as failed:
            raise BrokerUnreachable(f"the broker at {self._brokers} refused: {failed}") from None
        if done:
            self._wait_for_agreement(prefix)
        return done

    def _wait_for_agreement(self, prefix: str) -> None:
        """What was changed is told a moment later by the broker that is asked."""
        deadline = time.monotonic() + _ANSWER_MS / 1000
        while any(each.can_be_applied for each in differences(self.describe(prefix))):
            if time.monotonic() > deadline:
                return
            time.sleep(0.05)

    def session_timeouts_ms(self) -> tuple[int, int]:
        """Shortest and longest session timeout that the broker lets a group member have. Raises Forbidden too."""
        shortest, longest = "group.min.session.timeout.ms", "group.max.session.timeout.ms"
        try:
            broker = str(self._client.describe_cluster()["brokers"][0]["broker_id"])
            resource = ConfigResource(ConfigResourceType.BROKER, broker, [shortest, longest])
            settings = self._client.describe_configs([resource], config_filter="all")["broker"][broker]
        except (KafkaError, OSError) as failed:
            raise self._unreachable(failed) from None
        if shortest not in settings:
            # The client leaves out what the broker does not show this user.
            raise Forbidden("DescribeConfigs on the cluster is not allowed")
        return int(settings[shortest]["value"]), int(settings[longest]["value"])

    def changelog(self, prefix: str, topic_id: bytes, partitions: int) -> Changelog:
        """The states' changelog as it is now."""
        name = real_name(prefix, "account-state")
        tps = {TopicPartition(name, n): OffsetSpec.LATEST for n in range(partitions)}
        deletions = "delete.retention.ms"
        try:
            ends = self._client.list_partition_offsets(tps)
            resource = ConfigResource(ConfigResourceType.TOPIC, name, [deletions])
            settings = self._client.describe_configs([resource], config_filter="all")["topic"][name]
        except (KafkaError, OSError) as failed:
            raise self._unreachable(failed) from None
        return Changelog(
            topic_id,
            {tp.partition: int(end.offset) for tp, end in ends.items()},
            int(settings[deletions]["value"]),
        )


def _short_id(uuid: str) -> bytes:
    return bytes.fromhex(uuid.replace("-", ""))[:8]
