"""`python -m tests.detection.states.make`: store the state that this release writes, as the sample of its version."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from streams.assembly import load_system
from streams.detection.account import STATE_VERSION
from streams.detection.engine import PartitionEngine
from tests.detection.test_activation import sponsor_leaves
from tests.detection.test_engine import two_streams
from tests.detection.test_erasure import erase, named
from tests.support.journal import Journal, at


def make() -> dict[str, str]:
    """Key -> state, base64: a history up to day 100, one account of which is erased in the last commit."""
    records = two_streams()
    journal = Journal(records[: int(len(records) * 0.93)])
    begun = len(journal.records)
    journal.positions = {
        "crm-changes": 10_000,
        "support-changes": 9_000,
        "product-usage": 9_000,
        "control": 9_000,
    }
    journal.serial = 90_000
    sponsor_leaves(journal, "dido", 100)
    journal.event("dido", "ticket.opened", at(100), ticket_id="t-1", severity=1, kind="incident")
    person = {"kind": "human", "status": "active", "department": "finance"}
    journal.event("dido", "user.changed", at(100), user_id="ann", **person)
    named(journal, "gone")
    erase(journal, "gone", 100)
    rest: dict[bytes, bytes] = {}
    engine = PartitionEngine(load_system(), 0, rest)
    for part in (journal.records[:begun], journal.records[begun:]):
        engine.process(part)
        engine.flush()
        engine.committed()
    return {key.decode("latin-1"): base64.b64encode(value).decode() for key, value in rest.items()}


if __name__ == "__main__":
    path = Path(__file__).parent / f"version_{STATE_VERSION}.json"
    path.write_text(json.dumps(make(), indent=1) + "\n", encoding="utf-8")
