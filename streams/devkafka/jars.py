"""Kafka's jars: exact versions and SHA-256 from `jgo.lock.toml`, fetched once into the user's cache.

Reading the lock needs no resolving of dependencies, so a second start touches no network. Nothing here
needs Maven or an installed Java.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

import requests
from jgo.config import GlobalSettings
from jgo.constants import MAVEN_CENTRAL_URL
from jgo.env import LockedDependency, LockFile
from jgo.maven import Artifact, MavenContext

from streams.devkafka.errors import KafkaUnavailable
from streams.devkafka.places import jars_dir
from streams.devkafka.progress import Say, silent

LOCK_FILE = Path(__file__).with_name("jgo.lock.toml")
KAFKA = ("org.apache.kafka", "kafka_2.13")
_PARALLEL_DOWNLOADS = 6


def kafka_version() -> str:
    """The locked version of Apache Kafka, such as `4.1.2`."""
    for dependency in LockFile.load(LOCK_FILE).dependencies:
        if (dependency.groupId, dependency.artifactId) == KAFKA:
            return str(dependency.version)
    raise LookupError(f"{LOCK_FILE.name} does not name {':'.join(KAFKA)}")


def kafka_jars(say: Say = silent) -> list[Path]:
    """All jars of the class path, checked against the lock; the missing ones are downloaded.

    Raises `KafkaUnavailable` if one cannot be had, or is not what the lock says.
    """
    context = maven_context()
    wanted = [(entry, _artifact(context, entry)) for entry in LockFile.load(LOCK_FILE).dependencies]
    if all(_is_intact(entry, artifact) for entry, artifact in wanted):
        return [_path(artifact) for _, artifact in wanted]
    with _only_one_process_downloads():
        missing = [(entry, artifact) for entry, artifact in wanted if not _is_intact(entry, artifact)]
        _download(missing, say)
    return [_path(artifact) for _, artifact in wanted]


def maven_context() -> MavenContext:
    """Maven Central, after the mirrors of the user's jgo configuration if there are any."""
    logging.getLogger("jgo").setLevel(logging.ERROR)
    mirrors = GlobalSettings.load().repositories
    return MavenContext(
        repo_cache=jars_dir(), remote_repos={**mirrors, "central": MAVEN_CENTRAL_URL}, timeout=30
    )


def _artifact(context: MavenContext, entry: LockedDependency) -> Artifact:
    component = context.project(entry.groupId, entry.artifactId).at_version(entry.version)
    return component.artifact(entry.classifier or "", entry.packaging)


def _path(artifact: Artifact) -> Path:
    path = artifact.cached_path
    if path is None:
        raise LookupError(f"{artifact} has no place in the cache")
    return path


def _is_intact(entry: LockedDependency, artifact: Artifact) -> bool:
    path = _path(artifact)
    # Hashing all 42 MB takes 0.1 s: cheaper than a half-downloaded jar that fails somewhere inside the JVM.
    return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == entry.sha256


def _download(missing: list[tuple[LockedDependency, Artifact]], say: Say) -> None:
    title = f"Downloading Apache Kafka {kafka_version()}, once"
    say(f"{title} (0 of {len(missing)} files)")
    size = 0
    with ThreadPoolExecutor(_PARALLEL_DOWNLOADS) as pool:
        running = [pool.submit(_fetch, entry, artifact) for entry, artifact in missing]
        try:
            for done, future in enumerate(as_completed(running), start=1):
                size += future.result()
                say(f"{title} ({done} of {len(missing)} files, {size / 1e6:.0f} MB)")
        except KafkaUnavailable:
            pool.shutdown(cancel_futures=True)
            raise


def _fetch(entry: LockedDependency, artifact: Artifact) -> int:
    path = _path(artifact)
    # What is there is broken or half a file (the download streams into place): begin again.
    path.unlink(missing_ok=True)
    try:
        artifact.resolve()
    except (requests.RequestException, RuntimeError, OSError) as problem:
        raise KafkaUnavailable(
            f"Could not download {path.name}: {problem}",
            hint="The first start needs Maven Central (a mirror can be named in jgo's configuration). "
            "Or use a Kafka of your own: TWOMOTION_BROKERS=host:port.",
        ) from problem
    if not _is_intact(entry, artifact):
        path.unlink(missing_ok=True)
        raise KafkaUnavailable(
            f"{path.name} is not what {LOCK_FILE.name} describes (another SHA-256); it was deleted.",
            hint="Try again. If it stays so, a proxy or mirror changes what it delivers.",
        )
    return path.stat().st_size


@contextmanager
def _only_one_process_downloads() -> Iterator[None]:
    jars_dir().mkdir(parents=True, exist_ok=True)
    with (jars_dir() / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
