"""Which rights the broker does not give this user, asked before anything is started.

The broker itself says what a user may do on topics. For groups and transactions it has no such answer to a
user who may not even look at them, so a request is sent that changes nothing whatever it finds (a heartbeat of
no member, the end of no transaction): the broker looks at the rights before anything else. Topics are asked
for by name here: an administrator's client creates none that way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from kafka.admin import KafkaAdminClient
from kafka.errors import (
    GroupAuthorizationFailedError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailedError,
)
from kafka.protocol.consumer.group import HeartbeatRequest
from kafka.protocol.metadata import FindCoordinatorRequest
from kafka.protocol.producer.transaction import EndTxnRequest

from streams.connection.rights import Right

_NAMES: Final[Mapping[str, str]] = {
    "Read": "READ",
    "Write": "WRITE",
    "Describe": "DESCRIBE",
    "DescribeConfigs": "DESCRIBE_CONFIGS",
    "Create": "CREATE",
    "Alter": "ALTER",
    "AlterConfigs": "ALTER_CONFIGS",
    "Delete": "DELETE",
}
_NOBODY: Final = "nobody"
_HIDDEN: Final[frozenset[str]] = frozenset()
#: What a coordinator is asked for.
_GROUPS: Final = 0


def missing_rights(client: KafkaAdminClient, rights: Iterable[Right]) -> list[Right]:
    """Those of the rights that this client's user does not have, in their order.

    A topic that is not there counts as allowed: that it is missing is another answer. Of groups `Read` and
    `Describe`, of transactional ids `Write` is looked at. Raises kafka.errors.KafkaError, OSError.
    """
    wanted = list(rights)
    topics = {right.name for right in wanted if right.resource == "topic"}
    allowed = _on_topics(client, sorted(topics)) if topics else {}
    cluster: frozenset[str] | None = None
    missing: list[Right] = []
    for right in wanted:
        if right.resource == "topic":
            operations = allowed[right.name]
            may = operations is None or _NAMES[right.operation] in operations
            if operations == _HIDDEN and right.operation.endswith("Configs"):
                # Of a topic that the user may not see nothing is known; what shows it is named, and enough.
                may = any(each[:2] == right[:2] for each in missing)
        elif right.resource == "group":
            may = (_may_join if right.operation == "Read" else _may_describe)(client, right.name)
        elif right.resource == "transactional-id":
            # Any id that the right covers: the first partition's.
            may = _may_write_transactions(client, f"{right.name}0" if right.prefixed else right.name)
        else:
            cluster = cluster if cluster is not None else _on_cluster(client)
            may = _NAMES[right.operation] in cluster
        if not may:
            missing.append(right)
    return missing


def _on_topics(client: KafkaAdminClient, names: list[str]) -> dict[str, frozenset[str] | None]:
    """Operations allowed on each topic; None for one that is not there."""
    found: dict[str, frozenset[str] | None] = dict.fromkeys(names)
    for topic in client.describe_topics(names):
        if topic["error_code"] == TopicAuthorizationFailedError.errno:
            found[topic["name"]] = _HIDDEN
        elif topic["error_code"] == 0:
            found[topic["name"]] = frozenset(topic["authorized_operations"])
    return found


def _on_cluster(client: KafkaAdminClient) -> frozenset[str]:
    return frozenset(client.describe_cluster()["authorized_operations"])


def _may_join(client: KafkaAdminClient, group: str) -> bool:
    asked = HeartbeatRequest(group_id=group, generation_id=-1, member_id=_NOBODY)
    answer = client._manager.run(client._manager.send, asked)
    return bool(answer.error_code != GroupAuthorizationFailedError.errno)


def _may_describe(client: KafkaAdminClient, group: str) -> bool:
    asked = FindCoordinatorRequest(key=group, key_type=_GROUPS, max_version=3)
    answer = client._manager.run(client._manager.send, asked)
    return bool(answer.error_code != GroupAuthorizationFailedError.errno)


def _may_write_transactions(client: KafkaAdminClient, transactional_id: str) -> bool:
    asked = EndTxnRequest(
        transactional_id=transactional_id, producer_id=-1, producer_epoch=-1, committed=False, max_version=3
    )
    answer = client._manager.run(client._manager.send, asked)
    return bool(answer.error_code != TransactionalIdAuthorizationFailedError.errno)
