"""What is true in a story: which signal must open where, from when, and by when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Kind(StrEnum):
    """Why a line stands in the truth.

    A plot must be found. A consequence is just as true, and follows from a plot of another signal,
    so finding it is right and missing it costs nothing. A decoy looks alike and must not be found.
    """

    PLOT = "plot"
    CONSEQUENCE = "consequence"
    DECOY = "decoy"


class Truth(BaseModel):
    """One line of `truth.jsonl`. Dates are UTC days of event time."""

    model_config = ConfigDict(frozen=True)

    account_id: str
    signal: str
    kind: Kind
    plot: str
    onset: date  # the first day on which it is so; nothing may open before
    by: date | None  # the last day on which it may still open; None for a decoy
    sentence: str


def truth_lines(truths: Iterable[Truth]) -> str:
    """The text of `truth.jsonl`."""
    return "".join(truth.model_dump_json() + "\n" for truth in truths)


def read_truth(lines: Iterable[str]) -> list[Truth]:
    """Truth from the lines of `truth.jsonl`; blank lines are passed over."""
    return [Truth.model_validate_json(line) for line in lines if line.strip()]
