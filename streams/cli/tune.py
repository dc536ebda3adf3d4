"""`twomotion tune`: what another number in a signal would have said over a past."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click
from rich.table import Table

from streams.cli.output import Exit, Failure, json_option, out, print_json
from streams.cli.past import history_for, past_options, progress_over, told_in_words
from streams.connection import Connection
from streams.lab.backtest.folding import Rules
from streams.lab.backtest.outcomes import read_outcomes
from streams.lab.backtest.tune import CannotTune, Step, Sweep, sweep_of
from streams.lab.backtest.tune import tune as run_tune


@click.command(
    epilog="""\b
Examples:
  twomotion tune seats-near-full ./story --parameter share --from 0.7 --to 0.95 --steps 6
  twomotion tune active-users-rising ./story --parameter for --from 7d --to 28d --steps 4
  twomotion tune usage-drop ./past --parameter at_most --from 0.4 --to 0.8 --steps 5 --outcomes outcomes.csv
  twomotion catalog activate growth --overlay tune/overlays/0.85

\b
Exit codes: 0 the result is whole; 1 the history, a value or a catalog is wrong; 2 a wrong option;
3 no Kafka answers; 130 after Ctrl-C.
"""
)
@click.argument("signal")
@click.argument("history", nargs=-1)
@past_options
@click.option(
    "--parameter",
    metavar="P",
    required=True,
    help="Of the detector (`share`), or for, clears_for, expires, cooldown.",
)
@click.option("--from", "first", metavar="VALUE", required=True, help="A number, or a duration such as 7d.")
@click.option("--to", "last", metavar="VALUE", required=True, help="The last value to try.")
@click.option(
    "--steps", type=click.IntRange(min=1, max=20), default=5, show_default=True, help="How many values."
)
@click.option(
    "--out",
    "folder",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("tune"),
    show_default=True,
    help="Folder for the table, the plot and an overlay of each value.",
)
@click.option("--force", is_flag=True, help="Replace an earlier result there.")
@json_option
def tune(
    signal: str,
    history: tuple[str, ...],
    parameter: str,
    first: str,
    last: str,
    steps: int,
    outcomes: Path | None,
    horizon_days: int,
    mapping: Path | None,
    from_kafka: bool,
    brokers: Connection | None,
    prefix: str,
    overlays: tuple[Path, ...],
    reference: Path | None,
    processes: int,
    skip_invalid: bool,
    folder: Path,
    force: bool,
    as_json: bool,
) -> None:
    """Try values of one parameter of SIGNAL over a past, and write an overlay of each.

    HISTORY is what `twomotion backtest` takes. Without outcomes the table shows how many alerts each value makes; with
    them also how many of those were right, and how much they found.
    """
    rules = Rules(tuple(overlays), reference)
    with told_in_words():
        try:
            sweep = sweep_of(rules.load(), signal, parameter, first, last, steps)
            past = history_for(history, mapping, skip_invalid, from_kafka, brokers, prefix)
            truth = read_outcomes(outcomes) if outcomes else ()
            with progress_over(past, f"folding {len(sweep.values)} values") as told:
                now, found = run_tune(
                    past, rules, sweep, folder, outcomes=truth, horizon_days=horizon_days,
                    processes=processes, replace_old=force, told=told,
                )  # fmt: skip
        except CannotTune as problem:
            raise Failure(str(problem), exit_code=Exit.FAILED) from problem
    if as_json:
        print_json({"now": asdict(now), "steps": [asdict(step) for step in found], "folder": str(folder)})
    else:
        _show(sweep, now, found, folder)


def _show(sweep: Sweep, now: Step, steps: list[Step], folder: Path) -> None:
    console = out()
    table = Table(box=None, pad_edge=False)
    table.add_column(sweep.parameter, no_wrap=True)
    names = ["opened", "accounts", "a month", "gained", "lost"]
    truth = now.truth is not None
    for name in [*names, "precision", "recall", "lift"] if truth else names:
        table.add_column(name, justify="right", no_wrap=True)
    for step in (now, *steps):
        cells = [
            f"{step.opened:,}",
            f"{step.accounts:,}",
            f"{step.per_month:.2f}",
            f"{step.gained:,}",
            f"{step.lost:,}",
        ]
        if step.truth is not None:
            shares = (step.truth.precision, step.truth.recall, step.truth.lift)
            cells += ["" if share is None else f"{share:.2f}" for share in shares]
        table.add_row(f"{step.value} (now)" if step is now else str(step.value), *cells)
    console.print(f"{sweep.signal} ({sweep.motion}); gained and lost are alerts of all signals against now")
    console.print(table)
    console.print(
        f"The plot is in {folder / 'report.html'}, an overlay of each value in {folder / 'overlays'}/.",
        markup=False, soft_wrap=True,
    )  # fmt: skip
