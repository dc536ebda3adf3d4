"""`twomotion topics apply|check`: the topics of the contract on a broker."""

from __future__ import annotations

from dataclasses import asdict

import click

from streams.cli.brokers import brokers_option
from streams.cli.output import Exit, Failure, json_option, out, print_json
from streams.connection import Connection
from streams.worker.admin import Admin, BrokerUnreachable, Difference, differences

#: Exit code of `check` when a topic is not as the contract says.
DIFFERENT = 4

_prefix = click.option(
    "--prefix", envvar="TWOMOTION_PREFIX", default="", help="In front of every topic name."
)


@click.group()
def topics() -> None:
    """Create the topics, or check that they are as the contract says."""


@topics.command(
    epilog="""\b
Examples:
  twomotion topics apply --brokers localhost:9092
  twomotion topics apply --brokers kafka-1:9092 --replication-factor 3 --json
"""
)
@brokers_option
@_prefix
@click.option(
    "--replication-factor",
    type=click.IntRange(1),
    help="Of topics that are created; the broker's default without it.",
)
@json_option
def apply(brokers: Connection, prefix: str, replication_factor: int | None, as_json: bool) -> None:
    """Create what is missing and change settings that differ. Nothing is ever deleted."""
    try:
        with Admin(brokers) as admin:
            done = admin.apply(prefix, replication_factor or -1)
            left = differences(admin.describe(prefix))
    except BrokerUnreachable as refused:
        raise Failure(str(refused), exit_code=Exit.NOT_RUNNING) from None
    if as_json:
        print_json({"done": done, "differences": [asdict(each) for each in left]})
    else:
        for line in done or ["All topics are as the contract says."]:
            out().print(line)
        _show(left)
    _leave(left)


@topics.command(
    epilog="""\b
Examples:
  twomotion topics check --brokers localhost:9092
  twomotion topics check --brokers localhost:9092 --prefix demo- --json

Exit code 4 when a topic is missing or different.
"""
)
@brokers_option
@_prefix
@json_option
def check(brokers: Connection, prefix: str, as_json: bool) -> None:
    """Compare partitions, cleanup, timestamps, size limit and retention with the contract."""
    try:
        with Admin(brokers) as admin:
            wrong = differences(admin.describe(prefix))
    except BrokerUnreachable as refused:
        raise Failure(str(refused), exit_code=Exit.NOT_RUNNING) from None
    if as_json:
        print_json({"differences": [asdict(each) for each in wrong]})
    elif wrong:
        _show(wrong)
    else:
        out().print("All topics are as the contract says.")
    _leave(wrong)


def _show(wrong: list[Difference]) -> None:
    for each in wrong:
        out().print(f"{each} ({each.remedy})")
    if any(each.remedy.startswith("apply") for each in wrong):
        out().print("Run `twomotion topics apply` to put right what it can.")


def _leave(wrong: list[Difference]) -> None:
    if wrong:
        click.get_current_context().exit(DIFFERENT)
