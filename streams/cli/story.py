"""`twomotion story`: write a seeded history of many accounts, and the truth about it."""

from __future__ import annotations

from pathlib import Path

import click

from streams.cli.output import json_option, out, print_json
from streams.story.history import (
    DEFAULT_ACCOUNTS,
    DEFAULT_DAYS,
    DEFAULT_SEED,
    FEWEST_DAYS,
    Summary,
    tell,
    write,
)


@click.command()
@click.option(
    "--accounts",
    type=click.IntRange(min=1),
    default=DEFAULT_ACCOUNTS,
    show_default=True,
    help="How many customers.",
)
@click.option(
    "--days", type=click.IntRange(min=FEWEST_DAYS), default=DEFAULT_DAYS, show_default=True, help="How long."
)
@click.option(
    "--seed", type=int, default=DEFAULT_SEED, show_default=True, help="The same seed, the same bytes."
)
@click.option(
    "--out",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="The folder to write into; made if it is missing.",
)
@json_option
def story(accounts: int, days: int, seed: int, folder: Path, as_json: bool) -> None:
    """Write a believable history: one file a source topic, in the order of publishing.

    Beside the topics stands truth.jsonl: which signal must open on which account, from when and by when,
    and which near misses must not. story.json says what was written. Exit code 0, or 2 for a wrong option.

    \b
    Examples:
      twomotion story --out ./story
      twomotion story --accounts 20 --days 120 --seed 7 --out ./small --json
    """
    summary = write(tell(accounts, days, seed), folder)
    if as_json:
        print_json(summary.model_dump())
        return
    _show(summary, folder)


def _show(summary: Summary, folder: Path) -> None:
    console = out()
    console.print(
        f"{summary.accounts} accounts, {summary.first_day} to {summary.last_day}, seed {summary.seed}"
    )
    for topic, lines in summary.events.items():
        console.print(f"  {lines:>9,}  {folder / topic}.jsonl")
    console.print(f"\n{'signal':<26}{'plots':>8}{'consequences':>15}{'decoys':>9}")
    for signal, kinds in summary.truth.items():
        plots, follows, decoys = (kinds.get(kind, 0) for kind in ("plot", "consequence", "decoy"))
        console.print(f"{signal:<26}{plots:>8}{follows:>15}{decoys:>9}")
    console.print(f"\n{summary.ordinary_accounts} accounts are ordinary customers to whom nothing happens.")
