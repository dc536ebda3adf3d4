"""What is wrong with a file of data, said so that a person can put it right at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong: where it stands (line from 1), in which field (dotted; '' for the file as a
    whole), and a sentence that says what was expected."""

    file: str
    line: int
    field: str
    sentence: str

    def __str__(self) -> str:
        field = f"{self.field}: " if self.field else ""
        return f"{self.file}:{self.line}: {field}{self.sentence}"


class CatalogError(ValueError):
    """Data was refused; `problems` says everything that is wrong with it, not only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def unknown_name(what: str, name: str, valid: Iterable[str]) -> str:
    """The sentence for a name that does not exist.

    >>> unknown_name("detector", "dorp", ["drop", "spread"])
    'no such detector `dorp`, did you mean `drop`? There are: drop, spread'
    """
    known = sorted(valid)
    near = difflib.get_close_matches(name, known, n=1)
    hint = f", did you mean `{near[0]}`?" if near else "."
    there = f" There are: {', '.join(known)}" if known else f" There is no {what} at all"
    return f"no such {what} `{name}`{hint}{there}"
