"""Steps of bounded work: the same answers as in one go, wherever they are committed, crashed or given up."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.assembly import load_system
from streams.detection.engine import HotBudget, PartitionEngine
from streams.detection.system import Outgoing, System
from tests.detection.test_activation import laid
from tests.detection.test_engine import contact
from tests.support.journal import Journal, Record, at, date, fold_all, told

ACCOUNTS = 40


@pytest.fixture(scope="module")
def system() -> System:
    return load_system()


def many_due_at_once() -> list[Record]:
    """Forty accounts with a session a day; all become silent at one midnight, and a feed stalls before it returns."""
    journal = Journal()
    for number in range(ACCOUNTS):
        contact(journal, f"a{number:02}", f"s{number}", at(0))
    for day in journal.days(0, 40):
        for number in range(ACCOUNTS):
            if day < 30:
                user = f"u{number}"
                journal.event(f"a{number:02}", "session.started", at(day, 9) + number, user_id=user)
        if day == 35:
            for hour in range(12, 36, 3):
                journal.watermark(at(day, hour), seen={"crm": at(30, 0)})
    journal.watermark(at(45, 0), seen={"crm": at(42, 0)})
    journal.watermark(at(46, 0))
    return journal.records


RECORDS = many_due_at_once()


def commit(engine: PartitionEngine) -> None:
    engine.flush()
    engine.committed()


def test_a_burst_of_wake_ups_comes_in_steps(system: System) -> None:
    engine = PartitionEngine(system, 0, {})
    before = 0
    most = 0
    for _ in engine.steps(RECORDS, work=16):
        most = max(most, engine.stats.wakeups - before)
        before = engine.stats.wakeups
    assert engine.stats.wakeups > 10 * ACCOUNTS
    assert most <= 4


def test_accounts_that_have_to_wait_for_their_feed_are_found_in_steps_too(system: System) -> None:
    journal = Journal()
    journal.event("alive", "session.started", at(0), system="other-product", user_id="u")
    for number in range(ACCOUNTS):
        journal.event(f"a{number:02}", "session.started", at(0) + number, user_id=f"u{number}")
    journal.watermark(at(1, 0))
    engine = PartitionEngine(system, 0, {})
    engine.process(journal.records)
    woken = engine.stats.wakeups
    journal.watermark(at(200, 0), seen={"atlas-web": at(1, 0)}, topics=["product-usage"])
    quiet = [said for said in engine.steps(journal.records[-1:], work=16) if not said]
    assert engine.stats.wakeups - woken < ACCOUNTS
    assert len(quiet) >= ACCOUNTS * 4 // 16


@settings(max_examples=6, deadline=None)
@given(work=st.integers(1, 300), seed=st.integers(0, 10**6))
def test_the_answers_do_not_depend_on_steps_and_commits_between_them(work: int, seed: int) -> None:
    chance = random.Random(seed)
    system = load_system()
    whole, _ = fold_all(system, RECORDS)
    engine, out = PartitionEngine(system, 0, {}), list[Outgoing]()
    for said in engine.steps(RECORDS, work=work):
        out += said
        if chance.random() < 0.3:
            commit(engine)
    assert out == whole


@settings(max_examples=6, deadline=None)
@given(work=st.integers(1, 60), seed=st.integers(0, 10**6))
def test_a_crash_or_a_pause_in_the_middle_of_a_watermark_repeats_and_loses_nothing(
    work: int, seed: int
) -> None:
    """Steps since the last commit are lost in the crash; their messages were in the same transaction."""
    chance = random.Random(seed)
    system = load_system()
    whole, _ = fold_all(system, RECORDS)
    rest: dict[bytes, bytes] = {}
    out: list[Outgoing] = []
    engine = PartitionEngine(system, 0, rest)
    while engine.next_offset < len(RECORDS):
        said: list[Outgoing] = []
        for step in engine.steps(RECORDS[engine.next_offset :], work=work):
            said += step
            if chance.random() < 0.02:
                commit(engine)
                out, said = out + said, []
            if chance.random() < 0.005:
                break
        if chance.random() < 0.5:
            engine = PartitionEngine(system, 0, rest)
        else:
            commit(engine)
            out += said
    assert out == whole


def test_accounts_that_memory_has_no_room_for_are_set_aside_in_the_middle_of_a_commit(system: System) -> None:
    whole, _ = fold_all(system, RECORDS)
    tight = HotBudget(10_000)
    engine = PartitionEngine(system, 0, {}, tight)
    out = engine.process(RECORDS[:900])
    commit(engine)
    out += engine.process(RECORDS[900:])
    flushed = engine.flush()
    assert out == whole
    assert len(flushed) == ACCOUNTS == len(dict(flushed))
    engine.committed()
    again = PartitionEngine(system, 0, dict(flushed))
    for number in range(ACCOUNTS):
        account = again.account(f"a{number:02}".encode())
        assert account is not None and account.applied == len(RECORDS) - 1


def test_partitions_share_what_memory_there_is(system: System) -> None:
    shared = HotBudget(20_000)
    engines = [PartitionEngine(system, number, {}, shared) for number in range(4)]
    for engine in engines:
        engine.process(RECORDS[:400])
        commit(engine)
    assert shared.decoded <= shared.limit


def test_nothing_is_committed_while_a_catalog_is_being_activated(system: System, tmp_path: Path) -> None:
    changed = laid("retention", tmp_path, signals__sponsor_departed="version: 2\nexpires: 60d\n")
    journal = Journal()
    for number in range(ACCOUNTS):
        name = f"a{number:02}"
        contact(journal, name, f"s{number}", at(0))
        left = {"contact_id": f"s{number}", "left_on": date(5), "how": "left_company"}
        journal.event(name, "contact.left", at(5), **left)
    journal.activation(changed, at(6))
    engine = PartitionEngine(system, 0, {})
    said, refused = list[Outgoing](), 0
    for step in engine.steps(journal.records, work=40):
        said += step
        if not engine.committable:
            refused += 1
            with pytest.raises(RuntimeError, match="being activated"):
                engine.flush()
    commit(engine)
    updated = [m for m in told(said, "retention-alerts") if m["status"] == "updated"]
    assert refused and len(updated) == ACCOUNTS
