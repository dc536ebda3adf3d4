"""`recheck_at` promises that time alone changes nothing before it: asking at every midnight finds no more.

All signals at once over made-up histories; `test_every_signal` does the same over each signal's own cases.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.assembly import load_system
from streams.detection.engine import PartitionEngine
from streams.detection.system import System
from streams.lab.history import JournalEntry, journal_of
from streams.story import history
from tests.laws.eager import Said, eager_system, said


def folded(system: System, journal: list[JournalEntry]) -> tuple[list[Said], int]:
    engine = PartitionEngine(system, 0, {})
    return sorted(map(said, engine.process(journal))), engine.stats.evaluations


@pytest.mark.parametrize("seed", [1, 2])
def test_reading_every_signal_every_midnight_finds_nothing_else(seed: int, tmp_path: Path) -> None:
    history.write(history.tell(accounts=6, days=150, seed=seed), tmp_path)
    journal = list(journal_of(tmp_path))
    system = load_system()
    lazily, few = folded(system, journal)
    always, many = folded(eager_system(system), journal)
    assert lazily == always
    assert few < many
