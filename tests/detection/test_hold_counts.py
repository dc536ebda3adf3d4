"""What is held is counted when it begins to be: nothing that the board shows as held is missing."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from streams.assembly import load_system
from streams.detection.engine import PartitionEngine
from streams.lab.history import journal_of
from streams.story import history


def test_every_hold_that_is_shown_was_counted_when_it_began(tmp_path: Path) -> None:
    history.write(history.tell(accounts=10, days=150, seed=3), tmp_path)
    engine = PartitionEngine(load_system(), 0, {})
    shown: set[tuple[str, str, str, str, str]] = set()
    for message in engine.process(list(journal_of(tmp_path))):
        if message.topic == "account-quadrants" and message.value:
            record = json.loads(message.value)
            for hold in record["holds"]:
                shown.add(
                    (hold["motion"], hold["reason"], hold["signal"], record["account"]["id"], hold["since"])
                )
    begun = Counter((motion, reason) for motion, reason, *_ in shown)

    assert len(begun) >= 4
    assert set(engine.stats.holds) == set(begun)
    for which, n in begun.items():
        assert engine.stats.holds[which] >= n, which
