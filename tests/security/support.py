"""A system on the secured Kafka: what an administrator does, and what users with few rights try."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kafka import KafkaAdminClient
from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
)

from schemas.topics import TOPICS, real_name
from streams.connection.rights import Right, Role, rights_of
from streams.worker.admin import Admin
from streams.worker.process import WorkerProcess
from tests.support.secured import SecuredKafka
from tests.support.waiting import eventually
from tests.worker.support import Cluster

_TYPES = {
    "topic": ResourceType.TOPIC,
    "group": ResourceType.GROUP,
    "transactional-id": ResourceType.TRANSACTIONAL_ID,
    "cluster": ResourceType.CLUSTER,
}


@dataclass(frozen=True)
class Guarded:
    """The topics of one test, and rights on them."""

    secured: SecuredKafka
    prefix: str

    @property
    def as_admin(self) -> Cluster:
        return Cluster(self.secured.admin, self.prefix)

    def as_user(self, name: str) -> Cluster:
        return Cluster(self.secured.user(name), self.prefix)

    def worker(self, user: str, *options: str) -> WorkerProcess:
        """A worker of this user, not started yet."""
        return self.as_user(user).worker(*options)

    def allow(self, role: Role, *, user: str | None = None, but: Iterable[Right] = ()) -> list[Right]:
        """Give a user the rights of a role and no others, `but` some; returns what the role has in full."""
        rights = rights_of(role, self.prefix)
        taken = [right for right in rights if right in set(but)]
        who = user or role
        with self._asking() as client:
            done = client.create_acls([_acl(right, f"User:{who}") for right in rights if right not in taken])
        assert not done["failed"], done
        # The broker hears of new rights a moment after they are made.
        with Admin(self.secured.user(who)) as asking:
            eventually(lambda: asking.missing(rights) == taken, what=f"{role} may do what it should")
        return rights

    @contextmanager
    def taken(self, user: str, right: Right) -> Iterator[None]:
        """A user has one right less for the length of the block."""
        acl = _acl(right, f"User:{user}")
        with self._asking() as client, Admin(self.secured.user(user)) as asking:
            client.delete_acls([acl])
            eventually(lambda: asking.missing([right]), what=f"{user} may not any more: {right}")
            yield
            client.create_acls([acl])
            eventually(lambda: not asking.missing([right]), what=f"{user} may again: {right}")

    @contextmanager
    def _asking(self) -> Iterator[KafkaAdminClient]:
        client = KafkaAdminClient(**self.secured.admin.kafka_python())
        try:
            yield client
        finally:
            client.close()

    def tidy_up(self) -> None:
        """Take all rights, delete the topics."""
        everything = ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY)
        with self._asking() as client:
            client.delete_acls([ACLFilter(None, None, ACLOperation.ANY, ACLPermissionType.ANY, everything)])
            client.delete_topics([real_name(self.prefix, name) for name in TOPICS])


def _acl(right: Right, principal: str) -> ACL:
    pattern = ACLResourcePatternType.PREFIXED if right.prefixed else ACLResourcePatternType.LITERAL
    operation = "".join(f"_{each}" if each.isupper() else each.upper() for each in right.operation)
    return ACL(
        principal,
        "*",
        ACLOperation[operation.lstrip("_")],
        ACLPermissionType.ALLOW,
        ResourcePattern(_TYPES[right.resource], right.name, pattern),
    )
