"""`twomotion backtest`: what the signals would have done over a past."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from streams.cli.backtest_lines import show, show_difference, show_truth
from streams.cli.output import err, json_option, print_json
from streams.cli.overlays import motion_of_catalog, overlay_folder
from streams.cli.past import history_for, past_options, progress_over, told_in_words
from streams.connection import Connection
from streams.lab.backtest.against import Against
from streams.lab.backtest.against_truth import AgainstOutcomes
from streams.lab.backtest.folding import Rules
from streams.lab.backtest.outcomes import read_outcomes
from streams.lab.backtest.run import Extra, Plan
from streams.lab.backtest.run import backtest as run_backtest

BUNDLED = "bundled"
TOO_MANY_NEW = 4


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
@past_options
@click.option(
    "--since",
    metavar="TIME",
    callback=_day,
    help="Report what was decided from then on (UTC); all before it is folded too.",
)
@click.option("--until", metavar="TIME", callback=_day, help="Report what was decided before then (UTC).")
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
