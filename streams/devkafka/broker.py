"""A Kafka to work with, wherever it comes from."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from streams.devkafka.background import running
from streams.devkafka.docker import docker_kafka
from streams.devkafka.errors import NoKafkaAnswers
from streams.devkafka.launch import is_answering, launch, stop
from streams.devkafka.progress import Say, silent
from streams.devkafka.secured import Secured

BROKERS_VARIABLE = "TWOMOTION_BROKERS"
GIVEN_WITHIN_S = 5.0
Kind = Literal["local", "docker"]


@dataclass(frozen=True)
class Broker:
    """`bootstrap` is `host:port[,host:port...]`; `log_file` and `pid` only for a local broker."""

    bootstrap: str
    source: Literal["given", "local", "docker"]
    log_file: Path | None = None
    pid: int | None = None
    tls_bootstrap: str | None = None
    """Of a secured local broker, for users with a certificate."""


@contextmanager
def local_kafka(
    data_dir: Path | None = None,
    *,
    port: int | None = None,
    secured: Secured | None = None,
    say: Say = silent,
) -> Iterator[Broker]:
    """A local Apache Kafka for the length of the block; it ends with this process, however that ends.

    With `data_dir` its data stays there for the next time, otherwise it is in a temporary folder that
    goes away. With `secured` it has TLS, users and rights. Raises `KafkaUnavailable`.
    """
    temporary = data_dir is None
    home = Path(tempfile.mkdtemp(prefix="twomotion-kafka-")) if data_dir is None else data_dir
    try:
        launched = launch(home, port=port, guarded=True, remove_home=temporary, secured=secured, say=say)
        try:
            yield Broker(
                launched.bootstrap,
                "local",
                launched.log_file,
                launched.process.pid,
                launched.tls_bootstrap,
            )
        finally:
            stop(launched.process)
    finally:
        if temporary:
            shutil.rmtree(home, ignore_errors=True)


@contextmanager
def resolve_brokers(kind: Kind | None = None, *, say: Say = silent) -> Iterator[Broker]:
    """The Kafka to use: the one in `TWOMOTION_BROKERS`, else one started for this block.

    `kind` says which to start: `local` (also when it is None) or `docker`, for a container. Naming a
    kind does not override `TWOMOTION_BROKERS`, and a Kafka of `twomotion kafka up` is left alone: what
    is started here is empty. Raises `KafkaUnavailable`.
    """
    given = given_brokers()
    if given is not None:
        say(f"Waiting until Kafka answers a metadata request (at {given}, from {BROKERS_VARIABLE})")
        _require_answer(given, hint=f"{BROKERS_VARIABLE} names it; unset it to use a local Kafka instead.")
        yield Broker(given, "given")
    elif kind == "docker":
        with docker_kafka(say) as bootstrap:
            yield Broker(bootstrap, "docker")
    else:
        with local_kafka(say=say) as broker:
            yield broker


def find_brokers() -> str:
    """The address of a Kafka that is there already, for commands that start none.

    `TWOMOTION_BROKERS`, else the one of `twomotion kafka up`. Raises `NoKafkaAnswers` if there is none.
    """
    given = given_brokers()
    if given is not None:
        return given
    state = running()
    if state is None:
        raise NoKafkaAnswers(
            "No Kafka is running.",
            hint=f"Start the local one with `twomotion kafka up`, or set {BROKERS_VARIABLE}=host:port.",
        )
    return state.bootstrap


def given_brokers() -> str | None:
    """What `TWOMOTION_BROKERS` says; None when it is unset or blank."""
    return os.environ.get(BROKERS_VARIABLE, "").strip() or None


def _require_answer(bootstrap: str, *, hint: str) -> None:
    if not is_answering(bootstrap, patience_s=GIVEN_WITHIN_S):
        raise NoKafkaAnswers(f"No Kafka answers at {bootstrap}.", hint=hint)
