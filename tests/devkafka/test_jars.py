"""Jars are what the lock says, byte for byte, or they are not used."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from jgo.env import LockedDependency, LockFile
from jgo.maven import MavenContext

from streams.devkafka import KafkaUnavailable, jars
from streams.devkafka.places import jars_dir

GOOD = b"the jar that was locked"


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
        """Keep the test's output clean."""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A Maven repository on this machine with a lock of one jar; yields the path of the served jar."""
    served = tmp_path / "served" / "org" / "example" / "thing" / "1.0" / "thing-1.0.jar"
    served.parent.mkdir(parents=True)
    served.write_bytes(GOOD)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(tmp_path / "served")))
    threading.Thread(target=server.serve_forever, daemon=True).start()

    entry = LockedDependency("org.example", "thing", "1.0", sha256=hashlib.sha256(GOOD).hexdigest())
    LockFile([entry]).save(tmp_path / "lock.toml")
    monkeypatch.setattr(jars, "LOCK_FILE", tmp_path / "lock.toml")
    monkeypatch.setattr(jars, "kafka_version", lambda: "4.1.2")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    here = {"here": f"http://127.0.0.1:{server.server_port}"}
    monkeypatch.setattr(jars, "maven_context", lambda: MavenContext(repo_cache=jars_dir(), remote_repos=here))
    yield served
    server.shutdown()
    server.server_close()


def test_the_shipped_lock_names_kafka_4_1_and_a_checksum_for_every_jar() -> None:
    assert jars.kafka_version().startswith("4.1.")
    assert all(len(entry.sha256 or "") == 64 for entry in LockFile.load(jars.LOCK_FILE).dependencies)


def test_a_jar_is_fetched_once(repository: Path) -> None:
    told: list[str] = []
    [jar] = jars.kafka_jars(told.append)
    assert jar.read_bytes() == GOOD
    assert told[-1].endswith("(1 of 1 files, 0 MB)")

    repository.unlink()
    told.clear()
    assert jars.kafka_jars(told.append) == [jar]
    assert told == []


def test_half_a_jar_of_an_interrupted_download_is_fetched_again(repository: Path) -> None:
    [jar] = jars.kafka_jars()
    jar.write_bytes(GOOD[:5])

    assert jars.kafka_jars() == [jar]
    assert jar.read_bytes() == GOOD


def test_a_jar_with_another_checksum_is_refused_and_deleted(repository: Path) -> None:
    repository.write_bytes(b"something else")

    with pytest.raises(KafkaUnavailable, match="another SHA-256"):
        jars.kafka_jars()

    assert not list(jars_dir().rglob("*.jar"))


def test_a_jar_that_is_nowhere_says_what_to_do(repository: Path) -> None:
    repository.unlink()

    with pytest.raises(KafkaUnavailable) as caught:
        jars.kafka_jars()

    assert "thing-1.0.jar" in caught.value.message
    assert "TWOMOTION_BROKERS" in caught.value.hint
