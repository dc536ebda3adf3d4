"""`--brokers` and `--kafka-config` for commands that talk to a Kafka that is there already."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

import click

from streams.connection import Connection, WrongConnection, connection_from

P = ParamSpec("P")
R = TypeVar("R")

_CONFIG = "twomotion.kafka-config"


def brokers_option(command: Callable[P, R]) -> Callable[P, R]:
    """Add `--brokers` and `--kafka-config`; the command receives a `Connection` in any case, as `brokers`.

    In this order: the option, `TWOMOTION_BROKERS`, the config file, the Kafka of `twomotion kafka up`; without
    any of them the command ends with a hint.
    """
    return _options(command, _or_the_local_one, "the Kafka of `twomotion kafka up`")


def given_brokers_option(otherwise: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """The same for commands that may need no Kafka, or start one: `brokers` is None where nothing names one.

    Args:
        otherwise: what the command takes then, for its help.
    """

    def add(command: Callable[P, R]) -> Callable[P, R]:
        return _options(command, _given, otherwise)

    return add


def connection_given(bootstrap: str | None = None, config: Path | None = None) -> Connection | None:
    """The connection that these and the environment describe, None where nothing does; a wrong one ends the command."""
    from streams.cli.output import Failure

    try:
        return connection_from(os.environ, bootstrap=bootstrap, config=config)
    except WrongConnection as wrong:
        raise Failure(str(wrong), hint="docs/security.md shows how each is set.") from None


def _options(
    command: Callable[P, R],
    callback: Callable[[click.Context, click.Parameter, str | None], Connection | None],
    otherwise: str,
) -> Callable[P, R]:
    config = click.option(
        "--kafka-config",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        is_eager=True,  # --brokers needs it
        expose_value=False,
        callback=_keep,
        help="File (client.properties) that says how to log in to Kafka (or TWOMOTION_KAFKA_CONFIG; docs/security.md).",
    )
    brokers = click.option(
        "--brokers",
        callback=callback,
        metavar="HOST:PORT[,...]",
        help=f"Bootstrap servers (default: TWOMOTION_BROKERS, else the config file's, else {otherwise}).",
    )
    return brokers(config(command))


def _keep(context: click.Context, _: click.Parameter, value: Path | None) -> None:
    context.meta[_CONFIG] = value


def _given(context: click.Context, _: click.Parameter, value: str | None) -> Connection | None:
    return None if context.resilient_parsing else connection_given(value, context.meta.get(_CONFIG))


def _or_the_local_one(context: click.Context, _: click.Parameter, value: str | None) -> Connection | None:
    if context.resilient_parsing:
        return None
    given = connection_given(value, context.meta.get(_CONFIG))
    if given is not None:
        return given
    from streams.devkafka import find_brokers

    return Connection(find_brokers())
