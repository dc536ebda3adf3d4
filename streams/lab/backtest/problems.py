"""What is wrong with an input, in words that name the file, the row and the column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SHOWN = 20
"""Problems that are told one by one; of more only the number is."""

KEPT = 10_000
"""Refused rows that are kept for refused.jsonl; of more only the number is."""


@dataclass(frozen=True, slots=True)
class InputProblem:
    """One thing that is wrong. `row` counts from 1: of a CSV the header is row 1, of JSON lines the first line."""

    file: str
    sentence: str
    row: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        """
        >>> str(InputProblem("deals.csv", "`soon` is no date", 7, "Close Date"))
        'deals.csv, row 7, column `Close Date`: `soon` is no date'
        """
        where = self.file
        if self.row is not None:
            where += f", row {self.row:,}"
        if self.column is not None:
            where += f", column `{self.column}`"
        return f"{where}: {self.sentence}"


class BadInput(Exception):
    """An input cannot be used. `total` counts all problems, `problems` the first of them; `rows`: all of them are of
    single rows, which could be left out."""

    def __init__(
        self, problems: Sequence[InputProblem], total: int | None = None, *, rows: bool = False
    ) -> None:
        self.problems = list(problems[:SHOWN])
        self.rows = rows
        self.total = total if total is not None else len(problems)
        super().__init__("\n".join(map(str, self.problems)))

    @property
    def text(self) -> str:
        """All that is told, a line each."""
        more = self.total - len(self.problems)
        lines = [str(problem) for problem in self.problems]
        return "\n".join([*lines, f"… and {more:,} more"] if more else lines)


class Refusals:
    """Collects refused rows: the first `KEPT` in words, all of them by number."""

    def __init__(self) -> None:
        self.problems: list[InputProblem] = []
        self.total = 0

    def add(self, problem: InputProblem) -> None:
        self.total += 1
        if len(self.problems) < KEPT:
            self.problems.append(problem)

    def stop_if_any(self) -> None:
        """Raises BadInput where a row was refused."""
        if self.total:
            raise BadInput(self.problems, self.total, rows=True)
