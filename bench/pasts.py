"""Loads as files, as a backtest reads them: a folder of topics in the order of publishing, or one Parquet file."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import duckdb

from bench.load import records
from bench.shapes import Shape

_TOLD_EVERY = 4096


def write_folder(shape: Shape, seed: int, folder: Path, told: Callable[[int], None] = lambda _: None) -> int:
    """`<topic>.jsonl` for each topic, heartbeats included; returns the events, heartbeats not counted."""
    folder.mkdir(parents=True, exist_ok=True)
    events = 0
    with ExitStack() as stack:
        files: dict[str, BinaryIO] = {}
        for record in records(shape, seed, 0, shape.all_days):
            file = files.get(record.topic)
            if file is None:
                path = folder / f"{record.topic}.jsonl"
                file = files[record.topic] = stack.enter_context(path.open("wb", buffering=1 << 20))
            file.write(record.value + b"\n")
            if record.account_id is not None:
                events += 1
                if events % _TOLD_EVERY == 0:
                    told(events)
    return events


def write_parquet(folder: Path, file: Path) -> None:
    """The events of such a folder as one table, a column for each field of any of them: the export of a warehouse."""
    connection = duckdb.connect(config={"threads": "1", "memory_limit": "1GB"})
    try:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            f"""COPY (SELECT * FROM read_json('{folder}/*.jsonl', format = 'newline_delimited', union_by_name = true,
                    sample_size = -1, map_inference_threshold = -1)
                WHERE type <> 'source.heartbeat') TO '{file}' (FORMAT parquet)"""
        )
    finally:
        connection.close()
