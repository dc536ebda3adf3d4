"""`twomotion backtest`: what the signals would have done over a past."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from streams.cli.backtest_lines import show, show_difference, show_truth
from streams.cli.brokers import given_brokers_option
from streams.cli.output import Exit, Failure, err, json_option, print_json
from streams.cli.overlays import motion_of_catalog, overlay_folder, overlay_option, reference_option
from streams.cli.prefix import prefix_option
from streams.cli.quiet import quiet_clients
from streams.connection import Connection
from streams.detection.catalog.problems import CatalogError
from streams.lab.backtest.against import Against
from streams.lab.backtest.against_truth import AgainstOutcomes
from streams.lab.backtest.folding import Rules
from streams.lab.backtest.histories import History, Record, history_of
from streams.lab.backtest.mapping import read_mapping
from streams.lab.backtest.outcomes import read_outcomes
from streams.lab.backtest.problems import BadInput, Refusals
from streams.lab.backtest.result import OutputExists
from streams.lab.backtest.run import Extra, Plan
from streams.lab.backtest.run import backtest as run_backtest
from streams.lab.backtest.spread import WorkerDied
from streams.lab.backtest.truth import HORIZON_DAYS
from streams.subscribing import CannotRead
from streams.subscribing.journal import JournalReader

BUNDLED = "bundled"
TOO_MANY_NEW = 4


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


def _day(context: click.Context, option: click.Parameter, value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"`{value}` is neither a day (2026-01-31) nor a time.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@click.command(
    epilog="""\b
Examples:
  twomotion backtest ./story --out ./past
  twomotion backtest 'exports/*.csv' --mapping mapping.yaml --out ./past
  twomotion backtest --from-kafka --since 2026-01-01 --out ./past --processes 4
  twomotion backtest ./story --against ./ours --max-new-alerts 20 --out ./past
  twomotion backtest ./story --overlay ./ours --out ./past --json | jq .signals

\b
Exit codes: 0 the result is whole; 1 the history or a catalog is wrong (nothing is left behind);
2 a wrong option; 3 no Kafka answers; 4 --against opens more new alerts than --max-new-alerts allows;
130 after Ctrl-C.
"""
)
@click.argument("history", nargs=-1)
@click.option(
    "--mapping",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Which column of an export is which field of which event (YAML).",
)
@click.option("--from-kafka", is_flag=True, help="Read the account-journal of a run instead of files.")
@given_brokers_option("the local Kafka, with --from-kafka")
@prefix_option
@click.option(
    "--since",
    metavar="TIME",
    callback=_day,
    help="Report what was decided from then on (UTC); all before it is folded too.",
)
@click.option("--until", metavar="TIME", callback=_day, help="Report what was decided before then (UTC).")
@overlay_option
@reference_option
@click.option(
    "--processes",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="How many work side by side.",
)
@click.option(
    "--skip-invalid",
    is_flag=True,
    help="Leave out rows that are no valid events, and say how many; without it they stop everything.",
)
@click.option(
    "--out",
    "folder",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("backtest"),
    show_default=True,
    help="Folder for the result; made when all is done.",
)
@click.option("--force", is_flag=True, help="Replace an earlier result there.")
@click.option(
    "--outcomes",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What became of accounts (account_id, outcome, date, amount; outcome is churned, contracted, renewed or "
    "expanded): adds precision, recall, lift, lead time, revenue.",
)
@click.option(
    "--horizon",
    "horizon_days",
    metavar="DAYS",
    type=click.IntRange(min=1),
    default=HORIZON_DAYS,
    show_default=True,
    help="With --outcomes: an alert is right when the outcome follows within so many days.",
)
@click.option(
    "--against",
    metavar="OTHER",
    help="Compare with other rules over the same past: `bundled`, an overlay on the bundled catalogs, "
    "or a whole catalog of one motion.",
)
@click.option(
    "--max-new-alerts",
    "most_new",
    metavar="N",
    type=click.IntRange(min=0),
    help="With --against: exit code 4 where OTHER opens more new alerts than this.",
)
@json_option
def backtest(
    history: tuple[str, ...],
    mapping: Path | None,
    from_kafka: bool,
    brokers: Connection | None,
    prefix: str,
    since: datetime | None,
    until: datetime | None,
    overlays: tuple[Path, ...],
    reference: Path | None,
    processes: int,
    skip_invalid: bool,
    folder: Path,
    force: bool,
    outcomes: Path | None,
    horizon_days: int,
    against: str | None,
    most_new: int | None,
    as_json: bool,
) -> None:
    """Fold a past through the engine that workers run, and write down what it would have said.

    HISTORY is a folder of <topic>.jsonl files in the order of publishing, as `twomotion story` writes it, or files of
    events in any order (JSON lines, CSV, Parquet; globs; .gz and .zst), which are sorted by time. Rows of a CSV
    need a --mapping unless the columns are called as the fields are.
    """
    if most_new is not None and against is None:
        raise click.UsageError("--max-new-alerts goes with --against.")
    if since is not None and until is not None and since >= until:
        raise click.UsageError("--since lies before --until.")
    span = (since, until)
    with told_in_words():
        past = history_for(history, mapping, skip_invalid, from_kafka, brokers, prefix)
        rules = Rules(tuple(overlays), reference)
        with progress_over(past, "folding") as told:
            truth = AgainstOutcomes(read_outcomes(outcomes), horizon_days) if outcomes else None
            plan = Plan(past, rules, folder, processes, span, force, told, truth.looks if truth else ())
            also: list[Rules] = []
            extras: dict[str, Extra] = {}
            compared = Against(against, span) if against else None
            if against and compared:
                also.append(other_rules(against, rules))
                extras["against"] = compared
            if truth:
                extras["outcomes"] = truth
            result = run_backtest(plan, also, extras)
    if as_json:
        print_json(result.document() | {"folder": str(folder)})
    else:
        show(result, folder)
        if truth and truth.found:
            show_truth(truth.found, truth.nearest)
        if compared and compared.found:
            show_difference(compared.found)
    if compared and compared.found and most_new is not None and compared.found.gained > most_new:
        err().print(f"{compared.found.gained} new alerts, {most_new} are allowed.")
        raise click.exceptions.Exit(TOO_MANY_NEW)


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


def other_rules(name: str, ours: Rules) -> Rules:
    """What --against names; `name` as `signals diff` takes it. The company (packaging, holidays) stays the same where
    an overlay does not bring its own. Raises BadParameter."""
    path = Path(name)
    if name == BUNDLED and not path.exists():
        return Rules(reference=ours.reference, hold=True)
    if (path / "signals").is_dir() and (path / "routing.yaml").exists():
        if motion_of_catalog(path) == "growth":
            return Rules(reference=ours.reference, growth=path, hold=True)
        return Rules(reference=ours.reference, retention=path, hold=True)
    return Rules((overlay_folder(name),), ours.reference, hold=True)


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
