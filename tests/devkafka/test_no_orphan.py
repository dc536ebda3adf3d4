"""A broker never outlives the process that started it, whichever way that one ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from streams.devkafka.launch import GUARDIAN
from tests.support.waiting import eventually

HOLD_A_BROKER = """
import sys
from streams.devkafka import local_kafka
with local_kafka() as broker:
    print(broker.pid, broker.log_file.parent, flush=True)
    sys.stdin.read()
"""
# Starts a guarded `sleep` as the broker's stand-in: what is looked at here is who ends when.
HOLD_A_SLEEPER = """
import os, subprocess, sys
guardian, fork_a_child = sys.argv[1], sys.argv[2] == "fork"
guarded = subprocess.Popen(
    [sys.executable, guardian, str(os.getpid()), "", "--", "sleep", "600"],
    stdin=subprocess.PIPE, start_new_session=True,
)
child = os.fork() if fork_a_child else -1
if child == 0:
    sys.stdin.read()      # a forked child keeps the pipe's end open
    os._exit(0)
print(guarded.pid, flush=True)
sys.stdin.read()
"""


def start(script: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def first_line(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    return process.stdout.readline().split()


def the_child_of(pid: int) -> psutil.Process:
    return eventually(lambda: psutil.Process(pid).children(), what="the guarded command starts")[0]


def is_gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


@pytest.mark.kafka
def test_kill_9_of_the_parent_ends_the_broker_and_removes_its_temporary_folder() -> None:
    parent = start(HOLD_A_BROKER)
    guardian, folder = first_line(parent)
    broker = the_child_of(int(guardian))
    assert "kafka.Kafka" in broker.cmdline()
    assert Path(folder).is_dir()

    parent.send_signal(signal.SIGKILL)

    eventually(lambda: is_gone(broker), what="the broker ends")
    eventually(lambda: not Path(folder).exists(), what="its temporary folder goes")
    end(parent)


def test_a_forked_child_that_keeps_the_pipe_open_does_not_keep_the_command_alive() -> None:
    parent = start(HOLD_A_SLEEPER, str(GUARDIAN), "fork")
    guardian = int(first_line(parent)[0])
    command = the_child_of(guardian)
    [forked] = [child for child in psutil.Process(parent.pid).children() if child.pid != guardian]

    os.kill(parent.pid, signal.SIGKILL)

    eventually(lambda: is_gone(command), what="the command ends")
    assert not is_gone(forked)
    forked.kill()
    end(parent)


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the kernel's parent-death signal is Linux's"
)
def test_kill_9_of_the_guardian_itself_ends_the_command() -> None:
    parent = start(HOLD_A_SLEEPER, str(GUARDIAN), "no-fork")
    guardian = int(first_line(parent)[0])
    command = the_child_of(guardian)

    os.kill(guardian, signal.SIGKILL)

    eventually(lambda: is_gone(command), what="the command ends")
    end(parent)


def test_the_guardian_ends_with_its_command_and_its_exit_code() -> None:
    command = [sys.executable, "-c", "raise SystemExit(7)"]
    guardian = subprocess.Popen(
        [sys.executable, str(GUARDIAN), str(os.getpid()), "", "--", *command], stdin=subprocess.PIPE
    )
    assert guardian.wait(60) == 7
    guardian.communicate()
