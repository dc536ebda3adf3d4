"""The folder that a backtest leaves: there whole, or not there at all.

result.json     what was folded, per signal numbers; `complete` is true
alerts.jsonl    every message of both motions, exactly as the worker publishes it, with its `motion` in front
alerts.parquet  the same as columns, with the message beside them
board.jsonl     every move on the board
signals.csv     one line a signal
report.html     plots, in one file
refused.jsonl   rows that were left out, where any were (the first 10,000)
"""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Final

import duckdb
import orjson

from streams.lab.backtest.tally import SignalRow

RESULT: Final = "result.json"


class OutputExists(Exception):
    """The folder for the result is there already."""


@contextmanager
def made_whole(folder: Path, replace: bool) -> Iterator[Path]:
    """A working folder beside `folder` that takes its place when the block ends well; whatever goes wrong in it,
    Ctrl-C too, leaves nothing behind and an earlier result as it was. Raises OutputExists, also where `replace` is
    given for a folder that holds no result."""
    if folder.exists() and not (replace and (folder / RESULT).is_file()):
        raise OutputExists(f"{folder} is there already" + (f" and holds no {RESULT}" if replace else ""))
    folder.parent.mkdir(parents=True, exist_ok=True)
    working = folder.parent / f".{folder.name}.partial-{os.getpid()}"
    shutil.rmtree(working, ignore_errors=True)
    working.mkdir()
    try:
        yield working
        if folder.exists():
            shutil.rmtree(folder)
        working.rename(folder)
    finally:
        shutil.rmtree(working, ignore_errors=True)


def write_json(path: Path, value: object) -> None:
    path.write_bytes(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def write_signals(path: Path, rows: list[SignalRow]) -> None:
    """signals.csv: endings in columns of their own."""
    endings = sorted({status for row in rows for status in row.ended})
    with path.open("w", newline="", encoding="utf-8") as file:
        writer: csv.DictWriter[str] | None = None
        for row in rows:
            flat = asdict(row)
            ended = flat.pop("ended")
            flat |= {status: ended.get(status, 0) for status in endings}
            if writer is None:
                writer = csv.DictWriter(file, list(flat))
                writer.writeheader()
            writer.writerow(flat)


def write_parquet(alerts: Path, into: Path, working: Path) -> None:
    """alerts.jsonl as columns. Times are UTC."""
    connection = duckdb.connect(config={"threads": "1", "memory_limit": "512MB"})
    try:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET temp_directory = ?", [str(working / "parquet-sorting")])
        # DuckDB takes no parameter for the target of COPY.
        target = str(into).replace("'", "''")
        connection.execute(
            f"COPY ({_COLUMNS}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)", [str(alerts)]
        )
    finally:
        connection.close()


# All at once: a line that is parsed anew for each column takes 25 times the memory.
_PATHS: Final = (
    "$.motion",
    "$.alert_id",
    "$.revision",
    "$.status",
    "$.severity",
    "$.strength",
    "$.signal.id",
    "$.signal.version",
    "$.account.id",
    "$.account.name",
    "$.account.segment",
    "$.account.acv",
    "$.times.occurred_at",
    "$.times.opened_at",
    "$.times.decided_at",
    "$.evidence.observed",
    "$.evidence.baseline",
    "$.evidence.threshold",
    "$.evidence.unit",
    "$.why",
    "$.reason",
    "$.quadrant",
    "$.days_to_renewal",
    "$.catalog_version",
    "$.journal.partition",
    "$.journal.offset",
)
_COLUMNS: Final = """
SELECT j[1] AS motion, j[2] AS alert_id,
       (j[3])::INTEGER AS revision, j[4] AS status,
       coalesce(j[5], j[6]) AS level, j[7] AS signal,
       (j[8])::INTEGER AS signal_version, j[9] AS account_id,
       j[10] AS account_name, j[11] AS segment,
       (j[12])::DECIMAL(18, 2) AS acv,
       (j[13])::TIMESTAMPTZ AS occurred_at,
       (j[14])::TIMESTAMPTZ AS opened_at,
       (j[15])::TIMESTAMPTZ AS decided_at,
       (j[16])::DOUBLE AS observed, (j[17])::DOUBLE AS baseline,
       (j[18])::DOUBLE AS threshold, j[19] AS unit,
       j[20] AS why, j[21] AS reason, j[22] AS quadrant,
       (j[23])::INTEGER AS days_to_renewal,
       j[24] AS catalog_version, (j[25])::INTEGER AS journal_partition,
       (j[26])::BIGINT AS journal_offset, json::VARCHAR AS message
FROM (SELECT json, json->>[PATHS] AS j
      FROM read_ndjson_objects(?, maximum_object_size = 4194304))
""".replace("PATHS", ", ".join(f"'{path}'" for path in _PATHS))
