"""The rows of one CSV or Parquet file, with what is wrong told by row."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from streams.lab.backtest.problems import BadInput, InputProblem
from streams.lab.lines import CutShort, Lines

_DELIMITERS = ",;\t|"
_BATCH = 4096
_LONGEST_CELL = 1 << 20

Told = Callable[[int], None]


@dataclass(frozen=True)
class Table:
    """Column names, and the rows with their numbers; reading `rows` raises BadInput."""

    columns: Sequence[str]
    rows: Iterator[tuple[int, Sequence[object]]]


def csv_table(path: Path, delimiter: str | None, encoding: str, told: Told) -> Table:
    """A CSV with a header, which is row 1. Raises BadInput."""
    file = str(path)
    text = _decoded(path, encoding, told)
    try:
        header = next(text)
    except StopIteration:
        raise BadInput([InputProblem(file, "is empty: a CSV begins with the names of its columns")]) from None
    chosen = delimiter or max(_DELIMITERS, key=header.count)
    csv.field_size_limit(_LONGEST_CELL)
    columns = next(csv.reader([header], delimiter=chosen))
    double = [name for name in dict.fromkeys(columns) if columns.count(name) > 1]
    if double:
        raise BadInput([InputProblem(file, "stands twice in the header", 1, name) for name in double])
    return Table(columns, _cells(file, text, chosen, len(columns)))


def _cells(
    file: str, text: Iterator[str], delimiter: str, width: int
) -> Iterator[tuple[int, Sequence[object]]]:
    row = 1
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise BadInput([InputProblem(file, f"is no CSV from here on: {error}", row + 1)]) from None
        row += 1
        if not cells:
            continue
        if len(cells) != width:
            sentence = f"has {len(cells)} cells where the header has {width} (between `{delimiter}`)"
            raise BadInput([InputProblem(file, sentence, row)])
        yield row, cells


def _decoded(path: Path, encoding: str, told: Told) -> Iterator[str]:
    number = 0
    lines = Lines(path)
    try:
        # Bytes are broken into lines where they can be: a wrong byte is told with its own line then.
        by_bytes = "\n".encode(encoding) == b"\n"
        found = (line.decode(encoding) for line in lines) if by_bytes else lines.text(encoding)
        for line in found:
            number += 1
            if number % _BATCH == 0:
                told(lines.progress())
            yield line
        told(lines.progress())
    except UnicodeDecodeError as error:
        where = (
            f"byte {error.start + 1} of the line" if "\n".encode(encoding) == b"\n" else "here or soon after"
        )
        sentence = f"is not {encoding}: {where}; `encoding` in the mapping says what it is"
        raise BadInput([InputProblem(str(path), sentence, number + 1)]) from None
    except LookupError:
        raise BadInput([InputProblem(str(path), f"there is no encoding `{encoding}`")]) from None
    except CutShort as error:
        raise BadInput([InputProblem(str(path), str(error), number + 1)]) from None
    finally:
        lines.close()


def parquet_table(path: Path, told: Told) -> Table:
    """A Parquet file; its rows count from 1. Raises BadInput where it is cut short or none."""
    connection = duckdb.connect(config={"threads": "1", "memory_limit": "512MB"})
    try:
        connection.execute("SET TimeZone = 'UTC'")
        found = connection.execute("SELECT * FROM read_parquet(?)", [str(path)])
    except duckdb.Error as error:
        connection.close()
        raise BadInput([InputProblem(str(path), _in_short(error))]) from None
    columns = [str(column[0]) for column in found.description or ()]
    return Table(columns, _fetched(connection, path, told))


def _fetched(
    connection: duckdb.DuckDBPyConnection, path: Path, told: Told
) -> Iterator[tuple[int, Sequence[object]]]:
    row = 0
    try:
        while rows := connection.fetchmany(_BATCH):
            for cells in rows:
                row += 1
                yield row, cells
        told(path.stat().st_size)
    except duckdb.Error as error:
        raise BadInput([InputProblem(str(path), _in_short(error), row + 1)]) from None
    finally:
        connection.close()


def _in_short(error: duckdb.Error) -> str:
    first = str(error).strip().splitlines()[0]
    return f"cannot be read as Parquet, it may be cut short: {first}"
