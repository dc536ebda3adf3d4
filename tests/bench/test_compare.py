"""Two results side by side."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any, cast

from click.testing import CliRunner
from rich.console import Console

from bench.compare import compared, main
from tests.bench.support import made


def shown(before: dict[str, Any], after: dict[str, Any]) -> str:
    console = Console(file=io.StringIO(), width=80)
    console.print(compared(before, after))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_change_is_told_as_a_share_of_what_was() -> None:
    lines = shown(cast(Any, made()), cast(Any, made(dense_rate=90_000))).splitlines()
    rate = next(line for line in lines if "dense.events_per_s" in line)
    assert "60,000" in rate and "90,000" in rate and "+50%" in rate


def test_a_figure_that_only_one_of_them_has_is_left_out() -> None:
    older = cast(Any, made())
    del older["latency_ms"]
    assert "latency_ms.p50" not in shown(older, cast(Any, made()))
    assert "latency_ms_80.p50" in shown(older, cast(Any, made()))


def test_it_reads_two_files(tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text(json.dumps(made()))
    done = CliRunner().invoke(main, [str(tmp_path / "a.json"), str(tmp_path / "b.json")])
    assert done.exit_code == 0
    assert "ratio.dense" in done.output
