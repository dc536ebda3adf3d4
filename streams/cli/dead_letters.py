"""`twomotion dead-letters`: what was refused and why, and a second way through the door after a fix."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, ParamSpec, TypeVar

import click
from rich.progress import Progress

from schemas.dead_letters import DeadLetter, ReasonCode
from schemas.topics import SOURCES
from streams.cli.brokers import brokers_option
from streams.cli.dead_letters_lines import group_lines, letter_lines, line_of, plan_lines
from streams.cli.output import Exit, Failure, err, json_option, print_json
from streams.cli.prefix import prefix_option
from streams.cli.quiet import quiet_clients
from streams.connection import Connection
from streams.detection.units import millis_of
from streams.door.replay import MARK, Held, Planned, Verdict, headers_of, plan, to_be_looked_at
from streams.publishing.errors import CannotPublish
from streams.publishing.originals import Original, put_originals
from streams.subscribing.dead_letters import DeadLetterReader
from streams.subscribing.reader import CannotRead

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Wanted:
    """Which letters are meant; everything where nothing is said."""

    reasons: tuple[str, ...]
    topics: tuple[str, ...]
    account: str | None
    since: datetime | None
    until: datetime | None
    ids: tuple[str, ...] = ()

    def takes(self, letter: DeadLetter) -> bool:
        return (
            (not self.reasons or letter.reason in self.reasons)
            and (not self.topics or letter.topic in self.topics)
            and (self.account is None or letter.account_id == self.account)
            and (self.since is None or letter.broker_time >= self.since)
            and (self.until is None or letter.broker_time < self.until)
            and (not self.ids or letter.id in self.ids)
        )


def filter_options(command: Callable[P, R]) -> Callable[P, R]:
    """Add the options that say which letters are meant."""
    for option in (
        click.option("--until", metavar="TIME", help="Refused before that time, or up to that day (UTC)."),
        click.option("--since", metavar="TIME", help="Refused since: 2026-03-31 or 2026-03-31T14:30 (UTC)."),
        click.option("--account", metavar="ID", help="Only those that name this account."),
        click.option(
            "--topic",
            "topics",
            multiple=True,
            type=click.Choice([*SOURCES, "account-journal"]),
            help="Only from this topic.",
        ),
        click.option(
            "--reason",
            "reasons",
            multiple=True,
            type=click.Choice([reason.value for reason in ReasonCode]),
            help="Only for this reason.",
        ),
    ):
        command = option(command)
    return command


@click.group("dead-letters")
def dead_letters() -> None:
    """List what was refused and why, show it whole, and send it through the door again after a fix."""


@dead_letters.command(
    "list",
    epilog="""\b
Examples:
  twomotion dead-letters list
  twomotion dead-letters list --reason unknown_type --topic crm-changes --since 2026-03-01
  twomotion dead-letters list --json | jq -r '.letters[].id'
""",
)
@brokers_option
@prefix_option
@filter_options
@click.option(
    "--max", "most", type=click.IntRange(min=1), default=50, show_default=True, help="The newest N."
)
@json_option
def list_(
    brokers: Connection,
    prefix: str,
    reasons: tuple[str, ...],
    topics: tuple[str, ...],
    account: str | None,
    since: str | None,
    until: str | None,
    most: int,
    as_json: bool,
) -> None:
    """List the letters, by reason and topic, then the newest of them."""
    wanted = Wanted(reasons, topics, account, _time(since), _time(until, end=True))
    found = [letter for letter in _run(_letters(brokers, prefix)) if wanted.takes(letter)]
    counts = Counter((letter.reason.value, letter.topic) for letter in found)
    if as_json:
        groups = [
            {"reason": reason, "topic": topic, "count": n} for (reason, topic), n in counts.most_common()
        ]
        shown = [letter.model_dump(mode="json") for letter in found[-most:]]
        print_json({"count": len(found), "groups": groups, "letters": shown})
        return
    for line in group_lines(counts):
        click.echo(line)
    for letter in found[-most:]:
        click.echo(line_of(letter))


@dead_letters.command()
@click.argument("letter_id", metavar="ID")
@brokers_option
@prefix_option
@json_option
def show(letter_id: str, brokers: Connection, prefix: str, as_json: bool) -> None:
    """Show one letter whole: why, where it lay, key, headers and value. ID is as `list` shows it."""
    letter = next((each for each in _run(_letters(brokers, prefix)) if each.id == letter_id), None)
    if letter is None:
        raise Failure(
            f"there is no dead letter {letter_id}",
            hint="`twomotion dead-letters list` shows the ids: topic/partition/offset.",
            exit_code=Exit.USAGE,
        )
    if as_json:
        print_json(letter.model_dump(mode="json"))
        return
    for line in letter_lines(letter):
        click.echo(line)


@dead_letters.command(
    epilog="""\b
Examples:
  twomotion dead-letters replay --reason unknown_type --dry-run
  twomotion dead-letters replay --topic crm-changes --since 2026-03-01
  twomotion dead-letters replay crm-changes/2/1047

\b
Exit codes: 0 also where nothing is left to do; 1 the broker did not take a record; 3 no Kafka answers.
"""
)
@click.argument("ids", metavar="[ID]...", nargs=-1)
@brokers_option
@prefix_option
@filter_options
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option(
    "--again", is_flag=True, help="Also those of which it cannot be seen any more whether they were sent."
)
@json_option
def replay(
    ids: tuple[str, ...],
    brokers: Connection,
    prefix: str,
    reasons: tuple[str, ...],
    topics: tuple[str, ...],
    account: str | None,
    since: str | None,
    until: str | None,
    dry_run: bool,
    again: bool,
    as_json: bool,
) -> None:
    """Put the originals (bytes, key, headers) on their source topics again, to go through the door.

    What this release still refuses stays where it is, and what was sent before is not sent again: it carries a
    header that says so. Say which letters: by filter, by id, or all of them with neither.
    """
    wanted = Wanted(reasons, topics, account, _time(since), _time(until, end=True), ids)
    planned = _run(_plan(brokers, prefix, wanted, again))
    known = {each.letter.id for each in planned}
    if ids and not known:
        raise Failure(f"there is no dead letter {', '.join(ids)}", exit_code=Exit.USAGE)
    sent = 0
    if not dry_run:
        sent = _run(_send(brokers, prefix, planned))
    if as_json:
        letters = [{"id": p.letter.id, "verdict": p.verdict.value, "why": p.why} for p in planned]
        print_json({"dry_run": dry_run, "sent": sent, "letters": letters})
        return
    for line in plan_lines(planned, dry_run):
        click.echo(line)


async def _letters(brokers: Connection, prefix: str) -> list[DeadLetter]:
    with _progress() as progress:
        task = progress.add_task("Reading dead letters", total=None)
        async with DeadLetterReader(brokers, prefix) as reader:
            return await reader.letters(lambda n: progress.advance(task, n))


async def _plan(brokers: Connection, prefix: str, wanted: Wanted, again: bool) -> list[Planned]:
    with _progress() as progress:
        reading = progress.add_task("Reading dead letters", total=None)
        looking = progress.add_task("Looking for earlier replays", total=None)
        async with DeadLetterReader(brokers, prefix) as reader:
            every = await reader.letters(lambda n: progress.advance(reading, n))
            chosen = [letter for letter in every if wanted.takes(letter)]
            places = to_be_looked_at(chosen)
            marked = await reader.marked(places, MARK, lambda n: progress.advance(looking, n))
    held = {place: Held(begin, replayed) for place, (begin, replayed) in marked.items()}
    return plan(chosen, every, held, millis_of(datetime.now(UTC)), again=again)


async def _send(brokers: Connection, prefix: str, planned: list[Planned]) -> int:
    records = [
        Original(
            each.letter.topic,
            each.letter.partition,
            each.letter.original_key(),
            each.letter.original_value(),
            headers_of(each.letter),
        )
        for each in planned
        if each.verdict is Verdict.SEND
    ]
    if not records:
        return 0
    with _progress() as progress:
        task = progress.add_task("Sending", total=len(records))
        return await put_originals(brokers, prefix, records, lambda n: progress.advance(task, n))


def _progress() -> Progress:
    return Progress(console=err(), transient=True)


def _run(work: Coroutine[Any, Any, R]) -> R:
    quiet_clients()
    try:
        return asyncio.run(work)
    except CannotRead as problem:
        code = Exit.NOT_RUNNING if problem.unreachable else Exit.FAILED
        raise Failure(problem.message, hint=problem.hint, exit_code=code) from problem
    except CannotPublish as problem:
        raise Failure(problem.message, hint=problem.hint) from problem


def _time(text: str | None, *, end: bool = False) -> datetime | None:
    """A moment; a day is its begin, or with `end` the day after it."""
    if text is None:
        return None
    try:
        if len(text) == len("2026-03-31"):
            begin = datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
            return begin + timedelta(days=1) if end else begin
        found = datetime.fromisoformat(text)
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    except ValueError as error:
        hint = "Write it as 2026-03-31 or 2026-03-31T14:30."
        raise Failure(f"{text!r} is no time", hint=hint, exit_code=Exit.USAGE) from error
