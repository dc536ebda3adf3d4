"""What became of accounts, as a file says it: churned, contracted, renewed or expanded, when, and how much.

CSV, JSON lines or Parquet with the columns `account_id`, `outcome`, `date` (YYYY-MM-DD) and, where it is known,
`amount` (what was lost or won, in one currency)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, Literal, cast

import orjson

from streams.detection.catalog.problems import unknown_name
from streams.lab.backtest.fields import Leaf
from streams.lab.backtest.problems import BadInput, InputProblem, Refusals
from streams.lab.backtest.tables import csv_table, parquet_table
from streams.lab.backtest.values import BadValue, Times, one
from streams.lab.lines import Lines, packed_name

Kind = Literal["churned", "contracted", "renewed", "expanded"]
KINDS: Final[tuple[Kind, ...]] = ("churned", "contracted", "renewed", "expanded")
LOSSES: Final = frozenset({"churned", "contracted"})
GAINS: Final = frozenset({"expanded"})
_NEEDED: Final = ("account_id", "outcome", "date")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One thing that became true of an account. `amount` is 0 where the file does not say it."""

    account: str
    kind: Kind
    on: date
    amount: float = 0.0


def read_outcomes(path: Path) -> list[Outcome]:
    """Every outcome, by date. Raises BadInput with rows and columns."""
    refusals, found = Refusals(), []
    file = str(path)
    columns, rows = _rows(path)
    missing = [name for name in _NEEDED if name not in columns]
    if missing:
        raise BadInput(
            [InputProblem(file, unknown_name("column", name, columns), 1, name) for name in missing]
        )
    times = Times()
    for number, cells in rows:
        row = dict(zip(columns, cells, strict=True))
        try:
            found.append(_outcome(row, times, number))
        except _Wrong as wrong:
            refusals.add(InputProblem(file, wrong.sentence, number, wrong.column))
    refusals.stop_if_any()
    if not found:
        raise BadInput([InputProblem(file, "holds no outcome")])
    return sorted(found, key=lambda each: (each.on, each.account))


class _Wrong(Exception):
    def __init__(self, sentence: str, column: str) -> None:
        self.sentence, self.column = sentence, column


def _outcome(row: dict[str, object], times: Times, number: int) -> Outcome:
    account = str(row["account_id"] or "").strip()
    if not account:
        raise _Wrong("is empty", "account_id")
    kind = str(row["outcome"] or "").strip().lower()
    if kind not in KINDS:
        raise _Wrong(unknown_name("outcome", kind, KINDS), "outcome")
    try:
        on = date.fromisoformat(times.day(row["date"]))
    except BadValue:
        raise _Wrong(f"`{row['date']}` is no date written as YYYY-MM-DD", "date") from None
    amount = row.get("amount")
    try:
        value = 0.0 if amount in (None, "") else one(amount, Leaf("number", False), times, "amount", number)
    except BadValue as wrong:
        raise _Wrong(str(wrong), "amount") from None
    return Outcome(account, kind, on, abs(float(cast(float, value))))


def _rows(path: Path) -> tuple[Sequence[str], Iterator[tuple[int, Sequence[object]]]]:
    ending = packed_name(path)
    if ending == ".parquet":
        table = parquet_table(path, lambda _: None)
        return table.columns, table.rows
    if ending in (".jsonl", ".ndjson"):
        names = (*_NEEDED, "amount")
        return names, _json_rows(path, names)
    table = csv_table(path, None, "utf-8", lambda _: None)
    return table.columns, table.rows


def _json_rows(path: Path, names: Sequence[str]) -> Iterator[tuple[int, Sequence[object]]]:
    lines = Lines(path)
    try:
        for number, line in enumerate(lines, start=1):
            try:
                row = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                raise BadInput([InputProblem(str(path), f"is no JSON: {error}", number)]) from None
            if not isinstance(row, dict):
                raise BadInput([InputProblem(str(path), "is no JSON object", number)])
            yield number, [row.get(name) for name in names]
    finally:
        lines.close()
