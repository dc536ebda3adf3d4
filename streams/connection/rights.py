"""What each kind of user has to be allowed on the broker, and nothing beyond it.

Derived from the contract of the topics and from how a worker names its group and its transactions. `Write` and
`Read` let a user describe what they are for, so `Describe` is named only where it stands alone.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, TypeAlias

from schemas.topics import SOURCES, TOPICS, real_name

Role: TypeAlias = Literal["worker", "door", "engine", "publisher", "subscriber", "operator"]
Resource: TypeAlias = Literal["topic", "group", "transactional-id", "cluster"]
Operation: TypeAlias = Literal[
    "Read", "Write", "Describe", "DescribeConfigs", "Create", "Alter", "AlterConfigs", "Delete"
]

JOURNAL: Final = "account-journal"
STATE: Final = "account-state"
DEAD_LETTERS: Final = "dead-letters"
#: What the engine tells others.
SAID: Final = tuple(
    name
    for name, topic in TOPICS.items()
    if topic.producers == ("engine",) and "engine" not in topic.consumers
)
CLUSTER_NAME: Final = "kafka-cluster"


class Right(NamedTuple):
    """One operation on one resource."""

    resource: Resource
    name: str  #: on the broker
    operation: Operation
    prefixed: bool = False  #: on everything whose name begins like this

    def __str__(self) -> str:
        begins = " (and all that begins like it)" if self.prefixed else ""
        return f"{self.operation} on {self.resource} {self.name}{begins}"


@dataclass(frozen=True)
class RoleRights:
    """A role of the system, for the table of the manual."""

    role: Role
    who: str
    rights: Callable[[str], Iterator[Right]]  #: of a prefix


def rights_of(role: Role, prefix: str = "", topics: Iterable[str] = ()) -> list[Right]:
    """The least rights of a role under a prefix, in the order of the table.

    Args:
        topics: contract names; of a publisher or a subscriber only these. Raises KeyError for unknown ones.
    """
    known = next(each for each in ROLES if each.role == role)
    wanted = {real_name(prefix, name) for name in topics}
    return [right for right in known.rights(prefix) if not wanted or right.name in wanted]


def group_of(prefix: str, *stages: str) -> str:
    """The consumer group of workers with these stages: one of its own where they do only one."""
    return f"{prefix}twomotion" if len(stages) != 1 else f"{prefix}twomotion-{stages[0]}"


def transactions_of(prefix: str) -> str:
    """How the transactional ids of all partitions begin."""
    return f"{prefix}twomotion-"


def of_stages(prefix: str, stages: Iterable[str], *, with_transactions: bool = True) -> list[Right]:
    """What a worker with these stages needs."""
    done = tuple(dict.fromkeys(stages))
    found = [Right("group", group_of(prefix, *done), "Read")]
    if "engine" in done:
        # At its start it looks for a group that has told of the journal before, whoever was in it.
        found += [Right("group", group_of(prefix, *other), "Describe") for other in ((), ("engine",))]
    if "door" in done:
        found += _of_door(prefix)
    if "engine" in done:
        found += _of_engine(prefix)
        if with_transactions:
            found.append(Right("transactional-id", transactions_of(prefix), "Write", prefixed=True))
    may_read = {right for right in found if right.operation == "Read"}
    return [
        right
        for right in dict.fromkeys(found)
        if right.operation != "Describe" or right._replace(operation="Read") not in may_read
    ]


def _of_door(prefix: str) -> Iterator[Right]:
    for name in SOURCES:
        yield from _on(prefix, name, "Read", "DescribeConfigs")
    # Read too: the end of the journal tells whether a source topic was created anew.
    yield from _on(prefix, JOURNAL, "Read", "Write", "DescribeConfigs")
    yield from _on(prefix, DEAD_LETTERS, "Write", "DescribeConfigs")


def _of_engine(prefix: str) -> Iterator[Right]:
    yield from _on(prefix, JOURNAL, "Read", "DescribeConfigs")
    yield from _on(prefix, STATE, "Read", "Write", "DescribeConfigs")
    # Read too: where no states are, what was told tells a new system from one whose states are lost.
    for name in SAID:
        yield from _on(prefix, name, "Read", "Write", "DescribeConfigs")
    yield from _on(prefix, DEAD_LETTERS, "Write", "DescribeConfigs")


def _of_operator(prefix: str) -> Iterator[Right]:
    # Alter lets describe, AlterConfigs lets describe the settings.
    for name in TOPICS:
        yield from _on(prefix, name, "Create", "Alter", "AlterConfigs")
    yield from _on(prefix, "control", "Read", "Write")
    yield from _on(prefix, DEAD_LETTERS, "Read")
    for stages in ((), ("door",), ("engine",)):
        yield Right("group", group_of(prefix, *stages), "Describe")
    yield Right("cluster", CLUSTER_NAME, "DescribeConfigs")


def _on(prefix: str, name: str, *operations: Operation) -> Iterator[Right]:
    return (Right("topic", real_name(prefix, name), operation) for operation in operations)


ROLES: Final = (
    RoleRights(
        "worker",
        "`twomotion worker`, both stages in one (the default)",
        lambda prefix: iter(of_stages(prefix, ("door", "engine"))),
    ),
    RoleRights("door", "`twomotion worker --stages door`", lambda prefix: iter(of_stages(prefix, ("door",)))),
    RoleRights(
        "engine", "`twomotion worker --stages engine`", lambda prefix: iter(of_stages(prefix, ("engine",)))
    ),
    RoleRights(
        "publisher",
        "who sends events (`twomotion publish`); each should have only its own topics",
        lambda prefix: (
            Right("topic", real_name(prefix, name), "Write") for name in SOURCES if name != "control"
        ),
    ),
    RoleRights(
        "subscriber",
        "who reads alerts or the board (`twomotion tail`); each should have only its own topics",
        lambda prefix: (Right("topic", real_name(prefix, name), "Read") for name in SAID),
    ),
    RoleRights(
        "operator",
        "`twomotion topics`, `catalog`, and looking at dead letters, lags and settings",
        _of_operator,
    ),
)


def as_commands(rights: Iterable[Right], principal: str, bootstrap: str) -> list[str]:
    """`kafka-acls.sh` commands that grant these rights, one a resource."""
    lines = []
    for (resource, name, prefixed), operations in _by_resource(rights).items():
        where = {"transactional-id": "--transactional-id", "cluster": "--cluster"}.get(
            resource, f"--{resource}"
        )
        of = "" if resource == "cluster" else f" {shlex.quote(name)}"
        pattern = " --resource-pattern-type prefixed" if prefixed else ""
        allowed = "".join(f" --operation {operation}" for operation in operations)
        lines.append(
            f"kafka-acls.sh --bootstrap-server {shlex.quote(bootstrap)} --command-config admin.properties --add"
            f" --allow-principal {shlex.quote(principal)}{allowed} {where}{of}{pattern}"
        )
    return lines


def as_json(rights: Iterable[Right], principal: str) -> list[dict[str, object]]:
    """The rights as documents: a resource, its pattern and the operations, for whatever manages the cluster."""
    return [
        {
            "principal": principal,
            "host": "*",
            "permission": "Allow",
            "resource": resource,
            "name": name,
            "pattern": "prefixed" if prefixed else "literal",
            "operations": operations,
        }
        for (resource, name, prefixed), operations in _by_resource(rights).items()
    ]


def as_strimzi(rights: Iterable[Right], user: str) -> str:
    """The rights as the manifest of a Strimzi `KafkaUser` (JSON, which is YAML too)."""
    names = {"transactional-id": "transactionalId"}
    acls: list[dict[str, object]] = []
    for (resource, name, prefixed), operations in _by_resource(rights).items():
        where: dict[str, object] = {"type": names.get(resource, resource)}
        if resource != "cluster":
            where |= {"name": name, "patternType": "prefix" if prefixed else "literal"}
        acls.append({"resource": where, "operations": operations, "host": "*"})
    manifest = {
        "apiVersion": "kafka.strimzi.io/v1beta2",
        "kind": "KafkaUser",
        "metadata": {"name": user},
        "spec": {
            "authentication": {"type": "scram-sha-512"},
            "authorization": {"type": "simple", "acls": acls},
        },
    }
    return json.dumps(manifest, indent=2)


def _by_resource(rights: Iterable[Right]) -> dict[tuple[Resource, str, bool], list[Operation]]:
    found: dict[tuple[Resource, str, bool], list[Operation]] = {}
    for right in rights:
        operations = found.setdefault((right.resource, right.name, right.prefixed), [])
        if right.operation not in operations:
            operations.append(right.operation)
    return found
