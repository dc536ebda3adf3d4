"""What a run of the bench says: one document for programs, a small table for people."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from typing import TypedDict

from rich import box
from rich.table import Table

from bench.figures import Figures, ratio, ratio_by_cpu
from bench.shapes import Shape
from bench.worker_run import Run

#: Share of the time that others may have the measured core before the rates say more about them.
_BUSY = 0.05


class Load(TypedDict):
    """What was published for one run."""

    accounts: int
    events: int  #: all, the history included
    history_events: int  #: processed before the measured part
    days: int
    events_a_day: int  #: per account, in the measured part
    seed: int


class Document(TypedDict):
    """build/bench.json."""

    dense: dict[str, object]
    sparse: dict[str, object]
    stock_faust: Figures
    ratio: dict[str, float]
    load: dict[str, Load]
    machine: dict[str, object]
    quick: bool


def document(
    dense: Run, sparse: Run, stock: Figures, loads: Mapping[str, Load], pinned: list[int], *, quick: bool
) -> Document:
    """Everything measured, with what was measured on."""
    return Document(
        dense=_part(dense),
        sparse=_part(sparse),
        stock_faust=stock,
        ratio={
            "dense": ratio(dense.figures, stock),
            "sparse": ratio(sparse.figures, stock),
            # Hardly moved by what else the machine does.
            "dense_by_cpu": ratio_by_cpu(dense.figures, stock),
            "sparse_by_cpu": ratio_by_cpu(sparse.figures, stock),
        },
        load=dict(loads),
        machine={
            "cores": os.cpu_count(),
            "worker_core": pinned[0] if pinned else None,
            "broker_core": pinned[1] if pinned else None,
            "python": platform.python_version(),
            "system": f"{platform.system()} {platform.machine()}",
        },
        quick=quick,
    )


def load_of(shape: Shape, events: int, history_events: int, seed: int) -> Load:
    return Load(
        accounts=shape.accounts,
        events=events,
        history_events=history_events,
        days=shape.all_days,
        events_a_day=shape.events_a_day,
        seed=seed,
    )


def _part(run: Run) -> dict[str, object]:
    events = run.counts.get("records/folded", 0) or 1
    return {
        **run.figures,
        "us_per_event": {
            stage: round(seconds / events * 1e6, 1) for stage, seconds in run.seconds_by_stage.items()
        },
        "counts": {name: round(value) for name, value in sorted(run.counts.items())},
    }


def table(said: Document) -> Table:
    """The table for people."""
    shown = Table(
        box=box.SIMPLE_HEAD, title="One worker, whole path, one core", title_justify="left", pad_edge=False
    )
    for heading in ("", "events/s", "with start", "µs CPU", "MB", "× Faust", "by CPU"):
        shown.add_column(heading, justify="left" if not heading else "right", no_wrap=True)
    ratios, load = said["ratio"], said["load"]
    rows: list[tuple[str, Mapping[str, object], float, float]] = [
        (
            f"dense, {load['dense']['events_a_day']} a day",
            said["dense"],
            ratios["dense"],
            ratios["dense_by_cpu"],
        ),
        (
            f"sparse, {load['sparse']['events_a_day']} a day",
            said["sparse"],
            ratios["sparse"],
            ratios["sparse_by_cpu"],
        ),
        ("stock Faust", dict(said["stock_faust"]), 1.0, 1.0),
    ]
    for name, part, *times in rows:
        rates = [
            f"{part[key]:,.0f}"
            for key in ("events_per_s", "with_start_events_per_s", "cpu_us_per_event", "peak_mb")
        ]
        shown.add_row(name, *rates, *(f"{factor:.1f}" for factor in times))
    waited = max(float(str(part["waited_share"])) for _, part, *_ in rows)
    if waited > _BUSY:
        shown.caption = (
            f"Something else had the measured core for up to {waited:.0%} of the time: "
            "trust the CPU columns, or run again on a quiet machine."
        )
        shown.caption_justify = "left"
    return shown
