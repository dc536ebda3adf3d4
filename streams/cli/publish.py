"""`twomotion publish`: events from a file or a pipe onto a source topic, checked first."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import click
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from schemas.topics import real_name
from streams.cli.brokers import brokers_option
from streams.cli.output import Exit, Failure, err, json_option, out, print_json
from streams.cli.prefix import prefix_option
from streams.cli.quiet import quiet_clients
from streams.connection import Connection
from streams.publishing import BrokerUnreachable, CannotPublish, Checked, Publisher
from streams.publishing.files import Published, publish_file, publish_pipe

SOURCES: Final = (
    "product-usage",
    "support-changes",
    "crm-changes",
    "retention-feedback",
    "expansion-feedback",
    "control",
)
REFUSALS_SHOWN: Final = 20
_LONG_FILE_BYTES: Final = 4 * 1024 * 1024


@click.command(
    epilog="""\b
Examples:
  twomotion publish product-usage events.jsonl
  twomotion publish crm-changes story/crm-changes.jsonl --prefix try- --json
  echo '{"event_id": "e1", "type": "session.started", "schema_version": 1,
         "account_id": "acme", "occurred_at": "2026-03-02T08:01:12Z",
         "source_system": "web", "user_id": "u1"}' | tr -d '\\n' | twomotion publish product-usage -

\b
A file is checked whole before anything is published. A pipe is too, up to 16 MiB; what is longer is
published in pieces of that size, each checked whole before.

\b
Exit codes: 0 published; 1 lines were refused (published all the same with --skip-invalid: the others),
or the broker refused; 2 wrong options; 3 no Kafka answers.
"""
)
@click.argument("source", type=click.Choice(SOURCES))
@click.argument(
    "file", type=click.Path(exists=True, dir_okay=False, readable=True, allow_dash=True, path_type=Path)
)
@brokers_option
@prefix_option
@click.option("--skip-invalid", is_flag=True, help="Publish the good lines though others are refused.")
@json_option
def publish(
    source: str, file: Path, brokers: Connection, prefix: str, skip_invalid: bool, as_json: bool
) -> None:
    """Check events and publish them to SOURCE. FILE holds one JSON event a line; `-` is standard input.

    The check is the door's own: what passes here is not dead-lettered there. Each refused line is named
    with its reason. Publishing the same events again does no harm: their ids are known.
    """
    quiet_clients()
    try:
        result = asyncio.run(_publish(source, file, brokers, prefix, skip_invalid))
    except BrokerUnreachable as problem:
        raise Failure(problem.message, hint=problem.hint, exit_code=Exit.NOT_RUNNING) from problem
    except CannotPublish as problem:
        raise Failure(problem.message, hint=problem.hint) from problem
    except OSError as problem:
        raise Failure(f"{file} cannot be read: {problem.strerror}.") from problem
    _show(result, source, file, real_name(prefix, source), as_json)
    if result.checked.refused:
        raise click.exceptions.Exit(Exit.FAILED)


async def _publish(source: str, file: Path, brokers: Connection, prefix: str, skip: bool) -> Published:
    async with Publisher(brokers, prefix) as publisher:
        await publisher.partitions(source)  # a missing topic is said before a long file is checked
        if str(file) == "-":
            return await publish_pipe(
                publisher, source, click.get_binary_stream("stdin"), _now_ms, skip_refused=skip
            )
        size = file.stat().st_size
        with _progress(size) as progress:
            task = progress.add_task("checking and publishing", total=2 * size)

            def told(read: int) -> None:
                progress.advance(task, read)

            return await publish_file(publisher, source, file, _now_ms(), skip_refused=skip, told=told)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _progress(size: int) -> Progress:
    console = err()
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal or size < _LONG_FILE_BYTES,
    )


def _show(result: Published, source: str, file: Path, topic: str, as_json: bool) -> None:
    checked = result.checked
    published = 0 if result.stopped and result.records == 0 else result.records
    if as_json:
        print_json(
            {
                "source": source,
                "topic": topic,
                "lines": {
                    "events": checked.events,
                    "heartbeats": checked.heartbeats,
                    "refused": len(checked.refused),
                },
                "published_records": published,
                "refused": [
                    {"line": line.number, "reason": line.reason, "sentence": line.sentence}
                    for line in checked.refused
                ],
            }
        )
        return
    _name_refusals(checked, "stdin" if str(file) == "-" else str(file), err().print)
    if result.stopped:
        what = (
            "Nothing is published"
            if not published
            else f"{published:,} records before it are published, the rest is not"
        )
        err().print(
            f"{what}: {_lines(len(checked.refused))} refused. Publish the others with --skip-invalid."
        )
        return
    left_out = f", {_lines(len(checked.refused))} left out" if checked.refused else ""
    beats = f", and {checked.heartbeats:,} heartbeats to every partition" if checked.heartbeats else ""
    out().print(f"Published {checked.events:,} events to {topic}{beats}{left_out}.", soft_wrap=True)


def _name_refusals(checked: Checked, name: str, say: Callable[..., None]) -> None:
    for line in checked.refused[:REFUSALS_SHOWN]:
        say(f"{name}:{line.number}: {line.reason}: {line.sentence}", soft_wrap=True, markup=False)
    if (more := len(checked.refused) - REFUSALS_SHOWN) > 0:
        say(f"... and {more:,} more; --json names all of them.")


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count:,} lines"
