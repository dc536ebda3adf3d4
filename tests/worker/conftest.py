"""A system of its own for every test of the worker."""

from __future__ import annotations

import pytest

from streams.devkafka import Broker
from tests.worker.support import Cluster


@pytest.fixture
def cluster(kafka: Broker, prefix: str) -> Cluster:
    """Topics of the contract under the test's own prefix."""
    made = Cluster(kafka.bootstrap, prefix)
    made.apply()
    return made


@pytest.fixture
def kafka_brokers(kafka: Broker) -> str:
    """Address of the broker, for a worker without topics."""
    return kafka.bootstrap
