"""`--prefix` for commands that work on the topics."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import click

P = ParamSpec("P")
R = TypeVar("R")


def prefix_option(command: Callable[P, R]) -> Callable[P, R]:
    """Add `--prefix` (or `TWOMOTION_PREFIX`): what stands in front of every topic name."""
    return click.option(
        "--prefix",
        envvar="TWOMOTION_PREFIX",
        default="",
        help="In front of every topic name (default: TWOMOTION_PREFIX, else nothing).",
    )(command)
