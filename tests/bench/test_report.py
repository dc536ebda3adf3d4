"""The document that other programs read, and the table."""

from __future__ import annotations

import io
import json

from rich.console import Console

from bench.figures import Figures
from bench.report import Document, document, load_of, table
from bench.shapes import dense, sparse
from bench.worker_run import Run


def part(rate: float, cpu: float, waited: float = 0.0) -> Figures:
    return Figures(
        events=1000,
        seconds=1.0,
        events_per_s=rate,
        with_start_events_per_s=rate / 2,
        start_s=1.0,
        cpu_us_per_event=cpu,
        cpu_share=0.9,
        waited_share=waited,
        peak_mb=100.0,
    )


def made(waited: float = 0.0) -> Document:
    counts = {"records/folded": 1000.0, "evaluations": 30.0}
    seconds = {"door": 0.01, "engine": 0.02}
    thick, thin = Run(part(60_000, 16), counts, seconds), Run(part(15_000, 64), counts, seconds)
    loads = {shape.name: load_of(shape, 1000, 0, 1) for shape in (dense(), sparse())}
    return document(thick, thin, part(5_000, 192, waited), loads, [0, 1], quick=False)


def shown(said: Document) -> str:
    console = Console(file=io.StringIO(), width=80)
    console.print(table(said))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_document_has_a_rate_and_a_peak_for_each_part_and_survives_json() -> None:
    said = json.loads(json.dumps(made()))
    for name in ("dense", "sparse", "stock_faust"):
        assert said[name]["events_per_s"] > 0 and said[name]["peak_mb"] > 0


def test_the_ratios_are_to_stock_faust_by_the_clock_and_by_cpu() -> None:
    assert made()["ratio"] == {"dense": 12.0, "sparse": 3.0, "dense_by_cpu": 12.0, "sparse_by_cpu": 3.0}


def test_time_by_stage_is_told_per_event() -> None:
    assert made()["dense"]["us_per_event"] == {"door": 10.0, "engine": 20.0}


def test_the_table_fits_a_terminal_of_80_columns() -> None:
    assert "…" not in shown(made())
    assert "60,000" in shown(made())


def test_a_busy_machine_is_told_and_a_quiet_one_is_not_mentioned() -> None:
    assert "for up to 20%" in shown(made(waited=0.2))
    assert "quiet machine" not in shown(made())
