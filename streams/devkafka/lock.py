"""`python -m streams.devkafka.lock`: resolve Kafka's jars and write `jgo.lock.toml` with each SHA-256."""

from __future__ import annotations

from jgo.env import LockFile
from jgo.parse import Coordinate

from streams.devkafka.jars import KAFKA, LOCK_FILE, maven_context

KAFKA_VERSION = "4.1.2"
ROOTS = [
    (*KAFKA, KAFKA_VERSION),
    # Kafka logs through SLF4J and brings no binding of its own; with this one its log file is not empty.
    ("org.slf4j", "slf4j-simple", "1.7.36"),
]


def main() -> None:
    context = maven_context()
    roots = [
        context.create_dependency(Coordinate(groupId=g, artifactId=a, version=v, scope="compile", raw=True))
        for g, a, v in ROOTS
    ]
    inputs, transitive = context.resolver.resolve(roots)
    needed = [found for found in (*inputs, *transitive) if found.scope in ("compile", "runtime")]
    needed.sort(key=lambda found: (found.groupId, found.artifactId))
    LockFile.from_resolved_dependencies(needed, environment_name="kafka").save(LOCK_FILE)


if __name__ == "__main__":
    main()
