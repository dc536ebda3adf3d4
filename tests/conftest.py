"""One broker for the whole session of a process, one topic prefix for every test."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4
from zlib import crc32

import pytest
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from streams.devkafka import Broker, Kind, resolve_brokers
from streams.devkafka.jars import kafka_jars
from streams.devkafka.places import jars_dir

LANES = 2


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--kafka",
        choices=("local", "docker"),
        default="local",
        help="Kafka for the tests: started locally, or in a container (TWOMOTION_BROKERS, when set, wins)",
    )


def pytest_configure() -> None:
    """Let every Java of the tests compile quickly instead of well: none lives long enough to earn the better code.
    And let SIGINT reach the commands that tests interrupt: whatever a shell starts in the background ignores it."""
    os.environ.setdefault("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a broker before `-m` chooses, and keep the tests of each shared broker in one process.

    Of the tests that need no rights two lanes are made, by file: one after the other they would take as long as all
    the rest together. Each process that has a lane starts a broker of its own.

    A test that is marked and uses neither starts a broker of its own: it runs in whichever process is free, and
    before the small ones. Such a test takes a minute; at the end, one process would wait for it.
    """
    for item in items:
        for shared in {"kafka", "secured"}.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.kafka)
            lane = _lane(item) if shared == "kafka" else ""
            item.add_marker(pytest.mark.xdist_group(shared + lane))
    items.sort(key=_is_small)


def _lane(item: pytest.Item) -> str:
    file, _, _ = item.nodeid.partition("::")
    return f"-{crc32(file.encode()) % LANES}"


def _is_small(item: pytest.Item) -> bool:
    alone = item.get_closest_marker("xdist_group") is None
    return not (alone and item.get_closest_marker("kafka") is not None)


@pytest.fixture(scope="session")
def kafka(pytestconfig: pytest.Config) -> Iterator[Broker]:
    """A real Apache Kafka, started on first use: `kafka.bootstrap` is its address."""
    kind: Kind = pytestconfig.getoption("--kafka")
    with resolve_brokers(kind) as broker:
        yield broker


@pytest.fixture
def prefix(kafka: Broker) -> Iterator[str]:
    """A beginning of topic names that no other test has; its topics are deleted after the test."""
    mine = f"t{uuid4().hex[:8]}-"
    yield mine
    try:
        admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    except KafkaError:
        return  # the test has stopped the broker; nothing is left to tidy
    try:
        if topics := [name for name in admin.list_topics() if name.startswith(mine)]:
            admin.delete_topics(topics)
    finally:
        admin.close()


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own, in which Kafka's jars are there already; its path."""
    kafka_jars()
    mine = tmp_path / "cache" / "twomotion"
    mine.mkdir(parents=True)
    os.symlink(jars_dir(), mine / "jars")
    monkeypatch.setenv("XDG_CACHE_HOME", str(mine.parent))
    return mine
