"""A system of its own for the tests that look at a real worker."""

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
