"""The document that other programs read, and the table."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from bench.report import Document, table
from bench.targets import outcomes
from tests.bench.support import made


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
    assert made()["stages_us"]["dense"]["fold"] == pytest.approx(1.0)
    assert made()["functions_us"]["sparse"] == {"fold.py:fold<1>": pytest.approx(1.0)}


def test_an_account_day_costs_what_evaluation_took_over_all_of_them() -> None:
    assert made()["us_per_account_day"] == pytest.approx(2.0)
    assert made()["us_per_account_day_dense"] == pytest.approx(200.0)


def test_sizes_are_told_per_account_and_per_event() -> None:
    assert made()["dense"]["bytes_per_account"] == 3_000
    assert made()["dense"]["changelog_bytes_per_event"] == 2.0


def test_the_keys_that_others_read_are_there() -> None:
    said = json.loads(json.dumps(made()))
    assert {"p50", "p99"} <= set(said["latency_ms"])
    assert said["recovery_s"] == 9.5
    assert said["bytes_per_cold_account"] == {"10": 2_800, "60": 6_900, "1000": 50_000}


def test_what_misses_its_target_is_told() -> None:
    missed = {each.target.what for each in outcomes(made(dense_rate=39_000)) if not each.met}
    assert missed == {"dense, times stock Faust", "account at rest, 1,000 users"}


def test_the_table_fits_a_terminal_of_80_columns() -> None:
    assert "…" not in shown(made())
    assert "60,000" in shown(made())


def test_a_busy_machine_is_told_and_a_quiet_one_is_not_mentioned() -> None:
    assert "for up to 20%" in shown(made(waited=0.2))
    assert "quiet machine" not in shown(made())
