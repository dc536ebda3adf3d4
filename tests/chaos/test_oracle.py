"""The comparison of states sees a change of any account, and not where the last commit was."""

from __future__ import annotations

from collections.abc import Sequence

from streams.assembly import load_system
from streams.detection.engine import JournalRecord, PartitionEngine
from tests.chaos.oracle import Oracle
from tests.support.journal import Journal, at, sessions

SYSTEM = load_system()


def records() -> Sequence[JournalRecord]:
    journal = Journal()
    for day in journal.days(0, 9):
        for account in ("acme", "brightwater"):
            sessions(journal, account, day, 2)
    journal.event("acme", "account.erase", at(10), topic="control", request_id="r-1")
    return journal.records


def written(every: int) -> dict[bytes, bytes]:
    """The compacted state topic of an engine that commits after so many records."""
    rest: dict[bytes, bytes] = {}
    engine = PartitionEngine(SYSTEM, 0, rest)
    folded = records()
    for start in range(0, len(folded), every):
        engine.process(folded[start : start + every])
        engine.flush()
        engine.committed()
    return rest


def oracle() -> Oracle:
    made = Oracle(SYSTEM, 1)
    made.fold(0, records())
    return made


def test_states_committed_at_other_places_are_equal() -> None:
    for every in (1, 7, 10_000):
        assert not oracle().compare(0, written(every))


def test_a_state_that_is_older_missing_or_too_much_is_wrong() -> None:
    state = written(7)
    older = {**state, b"brightwater": before()[b"brightwater"]}
    missing = {key: value for key, value in state.items() if key != b"brightwater"}
    too_much = {**state, b"nobody": state[b"brightwater"]}

    for changed in (older, missing, too_much):
        tally = oracle().compare(0, changed)
        assert (tally.lost, tally.doubled, tally.wrong) == (0, 0, 1)


def before() -> dict[bytes, bytes]:
    rest: dict[bytes, bytes] = {}
    engine = PartitionEngine(SYSTEM, 0, rest)
    engine.process(records()[:20])
    engine.flush()
    engine.committed()
    return rest
