"""`--brokers` for commands that talk to a Kafka that is there already."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import click

P = ParamSpec("P")
R = TypeVar("R")


def brokers_option(command: Callable[P, R]) -> Callable[P, R]:
    """Add `--brokers`; the command receives an address in any case, as `brokers`.

    In this order: the option, `TWOMOTION_BROKERS`, the Kafka of `twomotion kafka up`; without any of
    them the command ends with a hint.
    """
    return click.option(
        "--brokers",
        envvar="TWOMOTION_BROKERS",
        callback=_or_the_local_one,
        help="Bootstrap servers (default: TWOMOTION_BROKERS, else the Kafka of `twomotion kafka up`).",
    )(command)


def _or_the_local_one(context: click.Context, _: click.Parameter, value: str | None) -> str:
    if value and value.strip():
        return value.strip()
    if context.resilient_parsing:
        return ""
    from streams.devkafka import find_brokers

    return find_brokers()
