"""Settings of a test's topics, changed on the broker."""

from __future__ import annotations

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from schemas.topics import real_name
from streams.worker.admin import Admin
from tests.support.waiting import eventually
from tests.worker.support import Cluster


def change(cluster: Cluster, topic: str, settings: dict[str, str]) -> None:
    """Change settings of a topic, and wait until the broker says them."""
    admin = KafkaAdminClient(bootstrap_servers=cluster.brokers)
    try:
        admin.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, real_name(cluster.prefix, topic), settings)]
        )
    finally:
        admin.close()
    with Admin(cluster.brokers) as looking:
        eventually(
            lambda: settings.items() <= looking.describe(cluster.prefix)[topic].settings.items(),
            what="the change",
        )
