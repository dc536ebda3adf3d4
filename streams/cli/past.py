"""What `backtest` and `tune` share: which past is read, by which rules, against what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import ParamSpec, TypeVar

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from streams.cli.brokers import given_brokers_option
from streams.cli.output import Exit, Failure, err
from streams.cli.overlays import overlay_option, reference_option
from streams.cli.prefix import prefix_option
from streams.cli.quiet import quiet_clients
from streams.connection import Connection
from streams.detection.catalog.problems import CatalogError
from streams.lab.backtest.histories import History, Record, history_of
from streams.lab.backtest.mapping import read_mapping
from streams.lab.backtest.problems import BadInput, Refusals
from streams.lab.backtest.result import OutputExists
from streams.lab.backtest.spread import WorkerDied
from streams.lab.backtest.truth import HORIZON_DAYS
from streams.subscribing import CannotRead
from streams.subscribing.journal import JournalReader

P = ParamSpec("P")
R = TypeVar("R")

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def past_options(command: Callable[P, R]) -> Callable[P, R]:
    """Add the options; the command receives `mapping`, `from_kafka`, `brokers` (None for the local Kafka), `prefix`,
    `overlays`, `reference`, `processes`, `skip_invalid`, `outcomes` and `horizon_days`."""
    options: tuple[Callable[[Callable[P, R]], Callable[P, R]], ...] = (
        click.option(
            "--mapping",
            metavar="FILE",
            type=_FILE,
            help="Which column of an export is which field of which event (YAML).",
        ),
        click.option(
            "--from-kafka", is_flag=True, help="Read the account-journal of a run instead of files."
        ),
        given_brokers_option("the local Kafka, with --from-kafka"),
        prefix_option,
        overlay_option,
        reference_option,
        click.option(
            "--processes",
            type=click.IntRange(min=1),
            default=1,
            show_default=True,
            help="How many work side by side.",
        ),
        click.option(
            "--skip-invalid",
            is_flag=True,
            help="Leave out rows that are no valid events, and say how many; without it they stop everything.",
        ),
        click.option(
            "--outcomes",
            metavar="FILE",
            type=_FILE,
            help="What became of accounts (account_id, outcome, date, amount; outcome is churned, contracted, "
            "renewed or expanded): adds precision, recall and lift, and a backtest's lead time and revenue.",
        ),
        click.option(
            "--horizon",
            "horizon_days",
            metavar="DAYS",
            type=click.IntRange(min=1),
            default=HORIZON_DAYS,
            show_default=True,
            help="With --outcomes: an alert is right when the outcome follows within so many days.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


@dataclass
class KafkaJournal:
    """The journal of a run as a history."""

    reader: JournalReader
    total: int = 0
    refusals: Refusals = field(default_factory=Refusals)
    notes: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"the journal at {self.reader.brokers}"

    def measure(self) -> None:
        """Ask how much there is, and whether its beginning is still there. Raises CannotRead."""
        self.total = self.reader.measure()
        if late := self.reader.begins_late:
            self.notes.append(
                f"{len(late)} of {self.reader.partitions} partitions of the journal have lost their first records "
                "to the topic's retention: what was before is not known, and alerts may differ from those of the run"
            )

    def records(self, told: Callable[[int], None]) -> Iterator[Record]:
        return self.reader.records(told)


def history_for(
    arguments: Sequence[str],
    mapping: Path | None,
    skip_invalid: bool,
    from_kafka: bool,
    brokers: Connection | None,
    prefix: str,
) -> History:
    """What the options name. Raises BadInput, CatalogError, CannotRead, and UsageError for a wrong pair of them."""
    if from_kafka == bool(arguments):
        raise click.UsageError("Name a HISTORY, or --from-kafka: one of the two.")
    if from_kafka:
        # Not `brokers_option`: a backtest of files needs no Kafka, and asks for none.
        from streams.devkafka import find_brokers

        quiet_clients()
        journal = KafkaJournal(JournalReader(brokers or Connection(find_brokers()), prefix))
        journal.measure()
        return journal
    return history_of(arguments, read_mapping(mapping) if mapping else None, skip_invalid)


@contextmanager
def told_in_words() -> Iterator[None]:
    """Problems of a backtest as an error with what to do next."""
    try:
        yield
    except BadInput as problem:
        hint = "Nothing was written."
        if problem.rows:
            hint += " `--skip-invalid` leaves such rows out."
        raise Failure(problem.text, hint=hint) from problem
    except CatalogError as problem:
        raise Failure(str(problem), hint="`twomotion signals lint` tells more.") from problem
    except OutputExists as problem:
        raise Failure(
            f"{problem}.", hint="Name another --out; --force replaces an earlier result."
        ) from problem
    except WorkerDied as problem:
        raise Failure(f"{problem}.", hint="Nothing was written.") from problem
    except CannotRead as problem:
        code = Exit.NOT_RUNNING if problem.unreachable else Exit.FAILED
        raise Failure(problem.message, hint=problem.hint, exit_code=code) from problem


@contextmanager
def progress_over(past: History, what: str) -> Iterator[Callable[[int], None]]:
    """A bar on stderr where that is a terminal; it is told how much was read."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:.0f} %"),
        TimeRemainingColumn(),
    )
    console = err()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=past.total or None)
        yield lambda read: bar.advance(task, read)
