"""Whether a broker answers, which Kafka it is, and whether transactions can work on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from streams.doctor.finding import Finding, count, fail, ok, warn
from streams.doctor.sight import CannotLook, Sight

#: Oldest Kafka with all that is used: topic ids in metadata.
LEAST: Final = (2, 8)
#: Oldest Kafka that the tests run on.
TESTED: Final = (4, 1)

_REPLICAS = "transaction.state.log.replication.factor"
_IN_SYNC = "transaction.state.log.min.isr"
_LONGEST = "transaction.max.timeout.ms"
_CREATES = "auto.create.topics.enable"
#: Of this project's transactions, in ms.
_TRANSACTION_MS = 180_000


def check(sight: Sight) -> Iterator[Finding]:
    brokers = sight.admin.brokers()
    yield ok("broker", f"{count(len(brokers), 'broker')} at {sight.settings.brokers}")
    yield _version(sight.admin.version())
    yield from _settings(sight, len(brokers))
    if sight.there:
        yield _replication(sight, len(brokers))


def _version(version: tuple[int, ...]) -> Finding:
    named = ".".join(map(str, version))
    if version < LEAST:
        least = ".".join(map(str, LEAST))
        return fail("version", f"Kafka {named}", f"use Kafka {least} or newer: topics need ids")
    tested = "" if version >= TESTED else "; tested with 4.1"
    return ok("version", f"Kafka {named} by its protocol{tested}")


def _settings(sight: Sight, brokers: int) -> Iterator[Finding]:
    try:
        settings = sight.admin.broker_settings((_REPLICAS, _IN_SYNC, _LONGEST, _CREATES))
    except CannotLook as unknown:
        yield warn("settings", str(unknown), "allow DescribeConfigs on the cluster to have them checked")
        return
    if sight.settings.guarantee == "exactly_once":
        yield _transactions(settings, brokers)
    if settings.get(_CREATES) == "true":
        yield warn(
            "settings",
            f"{_CREATES} is true: a deleted topic comes back with wrong settings, and workers refuse it",
            f"set {_CREATES}=false on the brokers",
        )


def _transactions(settings: dict[str, str], brokers: int) -> Finding:
    least = max(int(settings.get(_REPLICAS, 1)), int(settings.get(_IN_SYNC, 1)))
    if brokers < least:
        return fail(
            "transactions",
            f"the brokers ask for {count(least, 'copy', 'copies')} of their transaction log and are {brokers}",
            f"start more brokers, set {_REPLICAS} and {_IN_SYNC}, or use --guarantee at_least_once",
        )
    if int(settings.get(_LONGEST, _TRANSACTION_MS)) < _TRANSACTION_MS:
        return fail(
            "transactions",
            f"{_LONGEST} is {settings[_LONGEST]}, a worker's transactions take up to {_TRANSACTION_MS}",
            f"raise {_LONGEST} on the brokers",
        )
    return ok("transactions", f"the brokers keep {count(least, 'copy', 'copies')} of their transaction log")


def _replication(sight: Sight, brokers: int) -> Finding:
    parts = sight.admin.replicas(sight.real(name) for name in sight.found)
    single = {str(part["topic"]) for part in parts if len(part["replicas"]) < 2}  # type: ignore[arg-type]
    behind = sum(len(part["isr"]) < len(part["replicas"]) for part in parts)  # type: ignore[arg-type]
    if behind:
        return warn(
            "replication",
            f"{count(behind, 'partition')} of {len(parts)} have copies that lag behind",
            "look at the brokers: one is down, slow or has no room",
        )
    if single and brokers > 1:
        return warn(
            "replication",
            f"{count(len(single), 'topic')} have a single copy: a lost disk is a lost topic",
            "create topics with --replication-factor 3, or raise it with kafka-reassign-partitions.sh",
        )
    if brokers == 1:
        return warn(
            "replication",
            "one broker: its disk is the only copy of everything",
            "in production use three or more",
        )
    return ok("replication", f"all {len(parts)} partitions have all their copies")
