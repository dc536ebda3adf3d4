"""The pasts of the bench: a backtest takes all of them, as lines and as a table."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.past_run import measured
from bench.pasts import write_folder, write_parquet
from bench.shapes import Shape
from streams.lab.backtest.histories import history_of

TINY = Shape("tiny", 3, 12, 0, 0, 40, 20)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("past") / "topics"
    write_folder(TINY, 1, folder)
    return folder


def test_every_event_that_was_written_is_folded(folder: Path, tmp_path: Path) -> None:
    figures = measured(folder)
    assert figures["events"] == write_folder(TINY, 1, tmp_path)
    assert figures["accounts"] == TINY.accounts
    assert figures["peak_mb"] > 0 and figures["cpu_us_per_event"] > 0


def test_the_table_holds_the_same_events_as_the_lines(folder: Path, tmp_path: Path) -> None:
    write_parquet(folder, tmp_path / "past.parquet")

    def events(name: Path) -> set[tuple[bytes | None, int]]:
        records = history_of([str(name)], None).records(lambda _: None)
        return {
            (record.key, int.from_bytes(record.headers[0][1][22:], "big"))
            for record in records
            if record.headers[0][0] == "p"
        }

    assert events(tmp_path / "past.parquet") == events(folder)
