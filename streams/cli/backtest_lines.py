"""A backtest's result as lines for a person."""

from __future__ import annotations

from pathlib import Path

from rich.table import Table

from streams.cli.output import out
from streams.lab.backtest.against import Difference, examples
from streams.lab.backtest.near import NearMiss
from streams.lab.backtest.run import Backtest
from streams.lab.backtest.truth import Judged

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


def show_truth(found: Judged, nearest: dict[str, NearMiss]) -> None:
    """Per signal how right it was, and the losses that came without a word."""
    console = out()
    console.print(
        f"\nAgainst what became true within {found.horizon_days} days (lift with its 95 % interval):"
    )
    table = Table(box=None, pad_edge=False)
    table.add_column("signal", no_wrap=True)
    for name in ("opened", "right", "prec.", "recall", "lift", "days", "revenue"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in (*found.motions, *found.signals):
        if row.opened:
            table.add_row(
                f"all of {row.motion}" if row in found.motions else row.signal,
                f"{row.opened:,}", f"{row.right:,}",
                _share(row.precision, None), _share(row.recall, None),
                _share(row.lift, row.lift_interval),
                "" if row.median_lead_days is None else f"{row.median_lead_days:g}",
                "" if row.revenue_covered is None else f"{row.revenue_covered:.0%}",
            )  # fmt: skip
    console.print(table)
    console.print(f"{len(found.silent):,} losses had no alert in the {found.horizon_days} days before them.")
    for outcome in found.silent[:SHOWN]:
        near = nearest.get(outcome.account)
        told = (
            f"nearest: {near.signal} {near.days_before} days before, {near.because}"
            if near
            else "nothing to read"
        )
        console.print(
            f"  {outcome.on}  {outcome.account}  {outcome.kind}  {told}", markup=False, soft_wrap=True
        )


def _share(value: float | None, bounds: tuple[float, float] | None) -> str:
    if value is None:
        return ""
    return f"{value:.2f} ({bounds[0]:.2f}–{bounds[1]:.2f})" if bounds else f"{value:.2f}"
