"""One secured Kafka for all tests of this folder, and rights that a test gives and takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.security.support import Guarded
from tests.support.secured import SecuredKafka, secured_kafka


@pytest.fixture(scope="session")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredKafka]:
    """A local Kafka with TLS, users and rights: another one than `kafka`, whatever TWOMOTION_BROKERS says."""
    folder: Path = tmp_path_factory.mktemp("secured")
    with secured_kafka(folder) as running:
        yield running


@pytest.fixture
def guarded(secured: SecuredKafka) -> Iterator[Guarded]:
    """Topics under a prefix of the test's own; nobody may do anything on them yet."""
    mine = Guarded(secured, f"t{uuid4().hex[:8]}-")
    mine.as_admin.apply()
    yield mine
    mine.tidy_up()
