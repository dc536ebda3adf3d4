"""`twomotion tail`: what one motion says, or the board, as it stands and as it comes."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Final

import click

from streams.cli.brokers import brokers_option
from streams.cli.output import Exit, Failure, err, out
from streams.cli.prefix import prefix_option
from streams.cli.quiet import quiet_clients
from streams.connection import Connection
from streams.subscribing import CannotRead, Reader, Said, line_of

TOPICS: Final = {
    "retention": "retention-alerts",
    "growth": "expansion-opportunities",
    "board": "quadrant-changes",
}
NEWEST: Final = 10


@click.command(
    epilog="""\b
Examples:
  twomotion tail retention
  twomotion tail growth --follow
  twomotion tail board --account acme --from-beginning
  twomotion tail retention --from-beginning --json | jq -r .alert_id

\b
Exit codes: 0 also after Ctrl-C; 1 no such topic, or a message breaks the contract; 3 no Kafka answers.
"""
)
@click.argument("lane", type=click.Choice(list(TOPICS)))
@brokers_option
@prefix_option
@click.option("--follow", "-f", is_flag=True, help="Go on with new messages until Ctrl-C.")
@click.option("--from-beginning", is_flag=True, help="Begin with the first message that is kept.")
@click.option("--account", metavar="ID", help="Only this account.")
@click.option(
    "--max",
    "most",
    metavar="N",
    type=click.IntRange(min=1),
    help=f"At most so many messages, then end (default: the newest {NEWEST}, or all with --from-beginning).",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document a line, as it is on the topic.")
def tail(
    lane: str,
    brokers: Connection,
    prefix: str,
    follow: bool,
    from_beginning: bool,
    account: str | None,
    most: int | None,
    as_json: bool,
) -> None:
    """Show the alerts of one motion (retention, growth) or the moves on the board.

    One line a message: time (event time, UTC), status, severity or strength, account, signal, why.
    """
    newest = None if from_beginning else (most or NEWEST)
    quiet_clients()
    try:
        asyncio.run(_tail(brokers, prefix, lane, account, newest, follow, most, as_json))
    except CannotRead as problem:
        code = Exit.NOT_RUNNING if problem.unreachable else Exit.FAILED
        raise Failure(problem.message, hint=problem.hint, exit_code=code) from problem
    except KeyboardInterrupt:
        return


async def _tail(
    brokers: Connection,
    prefix: str,
    lane: str,
    account: str | None,
    newest: int | None,
    follow: bool,
    most: int | None,
    as_json: bool,
) -> None:
    shown = 0
    async with Reader(brokers, TOPICS[lane], prefix, account=account) as reader:
        async for said in _messages(reader, newest, follow):
            _show(said, as_json)
            shown += 1
            if shown == most:
                return
    if not shown and not as_json:
        err().print("Nothing there yet; --follow waits for it.")


async def _messages(reader: Reader, newest: int | None, follow: bool) -> AsyncIterator[Said]:
    for said in await reader.so_far(newest):
        yield said
    if follow:
        async for said in reader.following():
            yield said


def _show(said: Said, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(said.value.decode() + "\n")
        sys.stdout.flush()
    else:
        out().print(line_of(said.message), soft_wrap=True, markup=False)
