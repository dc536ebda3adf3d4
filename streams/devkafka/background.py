"""The Kafka that stays: `twomotion kafka up`, `down` and `status`, remembered in one state file."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from pydantic import BaseModel, ConfigDict, ValidationError

from streams.devkafka.errors import KafkaUnavailable
from streams.devkafka.jars import kafka_version
from streams.devkafka.launch import is_answering, is_port_free, launch
from streams.devkafka.places import kafka_dir
from streams.devkafka.progress import Say, silent

USUAL_PORT = 9092
"""Taken when it is free, so that the address is the one everybody expects."""


class State(BaseModel):
    """What is running. `process_started` (seconds since the epoch) tells a reused process id apart."""

    model_config = ConfigDict(frozen=True)

    bootstrap: str
    port: int
    pid: int
    process_started: float
    home: Path
    log_file: Path
    kafka_version: str


def up(*, port: int | None = None, home: Path | None = None, say: Say = silent) -> tuple[State, bool]:
    """Start the Kafka that stays, unless it is up; returns it and whether it was started now.

    `home` is the folder of its data and log (default: in the user's cache). Raises `KafkaUnavailable`,
    also when one is up already with another port or folder than asked for.
    """
    wanted_home = (home or default_home()).resolve()
    with _one_at_a_time():
        state = running()
        if state is not None:
            if (port or state.port) != state.port or (home is not None and wanted_home != state.home):
                raise KafkaUnavailable(
                    f"Kafka is up already, at {state.bootstrap} with its data in {state.home}.",
                    hint="Stop it first: twomotion kafka down.",
                )
            return state, False
        chosen = port or (USUAL_PORT if is_port_free(USUAL_PORT) else None)
        launched = launch(wanted_home, port=chosen, guarded=False, say=say)
        state = State(
            bootstrap=launched.bootstrap,
            port=int(launched.bootstrap.rpartition(":")[2]),
            pid=launched.process.pid,
            process_started=psutil.Process(launched.process.pid).create_time(),
            home=wanted_home,
            log_file=launched.log_file,
            kafka_version=kafka_version(),
        )
        # The process is meant to outlive this one; without this Python warns that nobody waited for it.
        launched.process.returncode = 0
        _state_file().write_text(state.model_dump_json(indent=2))
        return state, True


def running() -> State | None:
    """The Kafka that `up` started, if its process still lives."""
    try:
        state = State.model_validate_json(_state_file().read_bytes())
        alive = psutil.Process(state.pid)
        is_same = abs(alive.create_time() - state.process_started) < 1.0
        is_same = is_same and alive.status() != psutil.STATUS_ZOMBIE
    except (FileNotFoundError, ValidationError, psutil.NoSuchProcess):
        return None
    return state if is_same else None


def answers(state: State) -> bool:
    """Whether it does not only live but also answers."""
    return is_answering(state.bootstrap)


def down(*, wipe: bool = False, say: Say = silent, grace: float = 15.0) -> State | None:
    """Stop it and, with `wipe`, delete its data; returns what was running, None if nothing was."""
    with _one_at_a_time():
        state = running()
        if state is not None:
            say("Stopping Kafka")
            _end(psutil.Process(state.pid), grace)
        if wipe:
            say("Deleting its data")
            _wipe(_last_home())
        _state_file().unlink(missing_ok=True)
        return state


def default_home() -> Path:
    return kafka_dir() / "home"


def _end(process: psutil.Process, grace: float) -> None:
    try:
        process.terminate()
        process.wait(grace)
    except psutil.TimeoutExpired:
        process.kill()
        process.wait(grace)
    except psutil.NoSuchProcess:
        return


def _last_home() -> Path:
    try:
        return State.model_validate_json(_state_file().read_bytes()).home
    except (FileNotFoundError, ValidationError):
        return default_home()


def _wipe(home: Path) -> None:
    # Only what a broker made: the folder may be one that a person named with --data.
    shutil.rmtree(home / "data", ignore_errors=True)
    for name in ("server.properties", "kafka.log"):
        (home / name).unlink(missing_ok=True)


def _state_file() -> Path:
    return kafka_dir() / "up.json"


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    kafka_dir().mkdir(parents=True, exist_ok=True)
    with (kafka_dir() / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
