"""What every command shares: `--json`, exit codes, and errors that say what to do next.

Results go to stdout, everything else (progress, notes, errors) to stderr, so that
`twomotion ... --json | jq` always reads one JSON document.
"""

from __future__ import annotations

import enum
import sys
from collections.abc import Callable
from typing import IO, Any, ParamSpec, TypeVar

import click
import orjson
from rich.console import Console

P = ParamSpec("P")
R = TypeVar("R")


class Exit(enum.IntEnum):
    """Exit codes; scripts may rely on them."""

    OK = 0
    FAILED = 1
    USAGE = 2
    """The command line itself is wrong (click's own code)."""
    NOT_RUNNING = 3
    """No Kafka is up, or none answers (the code that `systemctl status` has for it)."""
    INTERRUPTED = 130


class Failure(click.ClickException):
    """Ends a command with a sentence, and with `hint`: what the person can do about it."""

    def __init__(self, message: str, *, hint: str | None = None, exit_code: Exit = Exit.FAILED) -> None:
        super().__init__(message)
        self.hint = hint
        self.exit_code = int(exit_code)

    def show(self, file: IO[Any] | None = None) -> None:
        stream = file or sys.stderr
        click.secho(f"Error: {self.message}", file=stream, fg="red")
        if self.hint:
            click.echo(f"  {self.hint}", file=stream)


def json_option(command: Callable[P, R]) -> Callable[P, R]:
    """Add `--json`; the command receives it as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")(command)


def print_json(result: object) -> None:
    """Write `result` to stdout as indented JSON; dates, UUIDs, enums and dataclasses are understood."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS
    sys.stdout.write(orjson.dumps(result, option=options).decode())
    sys.stdout.flush()


def out() -> Console:
    """A console on stdout, for results that people read. Made per call: tests swap `sys.stdout`."""
    return Console(highlight=False)


def err() -> Console:
    """A console on stderr, for progress and notes. Silent decorations when it is no terminal."""
    return Console(stderr=True, highlight=False)
