"""A backtest's result as lines for a person."""

from __future__ import annotations

from pathlib import Path

from rich.table import Table

from streams.cli.output import out
from streams.lab.backtest.against import Difference, examples
from streams.lab.backtest.run import Backtest

SHOWN = 20
"""Accounts that are named on a line."""


def show(result: Backtest, folder: Path) -> None:
    """The result for a person."""
    console = out()
    days = f"{str(result.first)[:10]} to {str(result.last)[:10]}"
    console.print(
        f"{result.events:,} events of {result.accounts:,} accounts, {days}, in {result.seconds:,.1f} s "
        f"({result.events_per_second:,.0f} a second)"
    )
    for note in result.notes:
        console.print(f"Note: {note}", markup=False)
    if result.refused:
        console.print(
            f"{result.refused:,} rows were refused and left out: {folder / 'refused.jsonl'}", markup=False
        )
    table = Table("signal", "motion", box=None, pad_edge=False)
    for name in ("opened", "accounts", "per account-month", "days open"):
        table.add_column(name, justify="right")
    for row in result.signals:
        if row["opened"] or row["historical"]:
            lasted = row["median_days_open"]
            table.add_row(
                str(row["signal"]), str(row["motion"]), f"{row['opened']:,}", f"{row['accounts']:,}",
                f"{row['per_account_month']:.4f}", "" if lasted is None else str(lasted),
            )  # fmt: skip
    console.print(table)
    silent = sum(not (row["opened"] or row["historical"]) for row in result.signals)
    console.print(
        f"{silent} signals said nothing. Everything is in {folder}/, the plots in {folder / 'report.html'}",
        markup=False,
    )


def show_difference(found: Difference) -> None:
    """The comparison for a person: counts by signal, then the first few of each kind."""
    console = out()
    console.print(f"\nAgainst {found.name}: {found.same:,} alerts are the same.", markup=False)
    if not found.changes:
        return
    table = Table("signal", box=None, pad_edge=False)
    for name in found.total:
        table.add_column(name, justify="right")
    for signal, counts in (*found.signals.items(), ("all", found.total)):
        table.add_row(signal, *(f"{count:,}" for count in counts.values()))
    console.print(table)
    for each in examples(found.changes, 3):
        when = each.after_opened or each.before_opened
        moved = f" ({each.days:+.1f} days)" if each.days is not None else ""
        line = f"  {each.kind:<9} {str(when)[:10]}  {each.account}  {each.signal}{moved}"
        console.print(line, markup=False, soft_wrap=True)
    more = " …" if len(found.accounts) > SHOWN else ""
    names = ", ".join(found.accounts[:SHOWN])
    console.print(f"{len(found.accounts):,} accounts change: {names}{more}", markup=False, soft_wrap=True)
