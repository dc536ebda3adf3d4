"""The broker's settings: one node, broker and controller, quick to start, strict where production is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

HOST = "127.0.0.1"
CLUSTER_ID = "dHdvbW90aW9uLWRldi1rYQ"
"""Fixed (22 characters of base64, as Kafka wants it): data folders on a laptop need no telling apart."""

_FIXED = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    # A typing error in a topic name must be an error here as in production.
    "auto.create.topics.enable": "false",
    "num.partitions": "1",
    "default.replication.factor": "1",
    "min.insync.replicas": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    # A crashed worker's transaction is aborted after its own timeout, not up to 10 s later.
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": "1000",
    # Groups form at once, and kill tests may use sessions of little more than a second.
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    # The door trusts the broker's clock, never a publisher's (topics say so too).
    "log.message.timestamp.type": "LogAppendTime",
    # Above the largest topic limit of the contract; each topic sets its own below this.
    "message.max.bytes": str(20 * 1024 * 1024),
    "replica.fetch.max.bytes": str(20 * 1024 * 1024),
    "log.retention.hours": "168",
    # Many small partitions: no 10 MB index file and no 128 MB cleaner buffer for each start.
    "log.index.size.max.bytes": str(1024 * 1024),
    "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),
    "log.segment.delete.delay.ms": "1000",
}


def open_listeners(port: int, controller_port: int) -> dict[str, str]:
    """For everybody on this machine, without TLS or names."""
    return {
        "listeners": f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{port}",
    }


def server_properties(*, data_dir: Path, controller_port: int, listeners: Mapping[str, str]) -> str:
    """The text of `server.properties` for one node that listens on the loopback address alone."""
    placed = {
        "controller.quorum.voters": f"1@{HOST}:{controller_port}",
        "log.dirs": str(data_dir),
    }
    return "".join(f"{name}={value}\n" for name, value in (_FIXED | placed | dict(listeners)).items())
