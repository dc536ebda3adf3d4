"""`python -m bench.compare A B`: two results of the bench side by side."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from rich import box
from rich.console import Console
from rich.table import Table

#: What is compared: a path into the document, and whether more is better.
_FIGURES = (
    ("dense.events_per_s", True),
    ("sparse.events_per_s", True),
    ("wide.events_per_s", True),
    ("stock_faust.events_per_s", True),
    ("ratio.dense", True),
    ("ratio.sparse", True),
    ("ratio.dense_by_cpu", True),
    ("ratio.sparse_by_cpu", True),
    ("dense.cpu_us_per_event", False),
    ("sparse.cpu_us_per_event", False),
    *(
        (f"stages_us.{load}.{stage}", False)
        for load in ("dense", "sparse")
        for stage in (
            "fetch",
            "validate",
            "journal",
            "decode",
            "fold",
            "evaluate",
            "encode",
            "commit",
            "other",
        )
    ),
    ("dense.peak_mb", False),
    ("sparse.peak_mb", False),
    ("wide.peak_mb", False),
    ("latency_ms.p50", False),
    ("latency_ms.p99", False),
    ("latency_ms_80.p50", False),
    ("latency_ms_80.p99", False),
    ("recovery_s", False),
    ("burst.longest_pause_ms", False),
    ("bytes_per_cold_account.10", False),
    ("bytes_per_cold_account.60", False),
    ("bytes_per_cold_account.1000", False),
    ("dense.changelog_bytes_per_event", False),
    ("sparse.changelog_bytes_per_event", False),
    ("us_per_account_day", False),
    *((f"backtest.{past}.events_per_s", True) for past in ("dense", "sparse", "parquet")),
    *((f"backtest.{past}.cpu_us_per_event", False) for past in ("dense", "sparse", "parquet")),
    *((f"backtest.{past}.peak_mb", False) for past in ("dense", "sparse", "parquet")),
)
#: A change within this share is noise on a quiet machine.
_NOISE = 0.05


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("before", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("after", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def main(before: Path, after: Path) -> None:
    """Show what changed from one bench.json to another; changes within 5 % are not coloured."""
    Console(highlight=False).print(compared(json.loads(before.read_text()), json.loads(after.read_text())))


def compared(before: dict[str, Any], after: dict[str, Any]) -> Table:
    """The table of all figures that both have."""
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("", "before", "after", "change"):
        shown.add_column(heading, justify="left" if not heading else "right", no_wrap=True)
    for path, old, new, more_is_better in _both(before, after):
        change = (new - old) / old if old else 0.0
        better = (change > 0) == more_is_better
        style = "" if abs(change) <= _NOISE else "green" if better else "red"
        shown.add_row(path, f"{old:,.2f}", f"{new:,.2f}", f"{change:+.0%}", style=style)
    return shown


def _both(before: dict[str, Any], after: dict[str, Any]) -> Iterator[tuple[str, float, float, bool]]:
    for path, more_is_better in _FIGURES:
        old, new = _find(before, path), _find(after, path)
        if old is not None and new is not None:
            yield path, old, new, more_is_better


def _find(document: dict[str, Any], path: str) -> float | None:
    found: Any = document
    for name in path.split("."):
        if not isinstance(found, dict) or name not in found:
            return None
        found = found[name]
    return float(found) if isinstance(found, (int, float)) else None


if __name__ == "__main__":
    main()
