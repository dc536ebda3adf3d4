"""Forgetting an account, or one person of it."""

from __future__ import annotations

import json

import pytest

from streams.assembly import bundled, load_packaging, load_system, starter
from streams.detection.account import is_erased
from streams.detection.catalog.load import load_catalog
from streams.detection.engine import PartitionEngine
from streams.detection.system import Outgoing, System
from tests.detection.test_activation import commit, sponsor_leaves, write
from tests.support.journal import Journal, Record, at, fold_all, told


@pytest.fixture(scope="module")
def system() -> System:
    return load_system()


def erase(journal: Journal, account: str, day: int) -> None:
    journal.event(account, "account.erase", at(day), request_id="r-1")


def named(journal: Journal, account: str) -> None:
    journal.event(account, "account.changed", at(0), name="Acme Incorporated", lifecycle="live")


def test_an_erased_account_leaves_nothing_at_rest(system: System) -> None:
    journal = Journal()
    named(journal, "acme")
    sponsor_leaves(journal, "acme", 5)
    erase(journal, "acme", 6)
    rest: dict[bytes, bytes] = {}
    engine = PartitionEngine(system, 0, rest)

    engine.process(journal.records)
    commit(engine, rest)
    for_a_moment = rest.get(b"acme", b"")
    engine.process([journal.watermark(at(7))])
    commit(engine, rest)

    assert is_erased(for_a_moment)
    assert b"acme" not in rest


def test_its_open_alerts_are_retracted_without_a_word_about_it_and_the_board_forgets_it(
    system: System,
) -> None:
    journal = Journal()
    named(journal, "acme")
    sponsor_leaves(journal, "acme", 5)
    erase(journal, "acme", 6)

    messages, _ = fold_all(system, journal.records)

    *_, last = told([m for m in messages if m.value], "retention-alerts")
    assert (last["status"], last["reason"]) == ("retracted", "account erased")
    assert last["account"] == {"id": "acme", "name": None, "segment": None, "acv": None, "currency": None,
                               "renewal_date": None}  # fmt: skip
    assert "c-1" not in json.dumps(last)
    assert messages[-1] == Outgoing("account-quadrants", b"acme", b"")


def test_what_comes_after_an_erasure_begins_a_new_account(system: System) -> None:
    journal, alone = Journal(), Journal()
    sponsor_leaves(journal, "acme", 5)
    erase(journal, "acme", 6)
    for each in (journal, alone):
        each.event("acme", "account.changed", at(7), name="Acme", lifecycle="live")
    rest: dict[bytes, bytes] = {}
    engine = PartitionEngine(system, 0, rest)
    engine.process(journal.records)
    commit(engine, rest)
    fresh = fold_all(system, alone.records)[1].account(b"acme")

    account = engine.account(b"acme")

    assert account is not None and fresh is not None
    assert account.facts == fresh.facts
    assert not is_erased(rest[b"acme"])


def erasing_story() -> list[Record]:
    journal = Journal()
    named(journal, "acme")
    sponsor_leaves(journal, "acme", 5)
    sponsor_leaves(journal, "globex", 5)
    journal.watermark(at(6))
    erase(journal, "acme", 6)
    journal.watermark(at(7))
    journal.watermark(at(9))
    named(journal, "acme")
    journal.watermark(at(60))
    return journal.records


@pytest.mark.parametrize("states_written", [False, True])
@pytest.mark.parametrize("crash_after", range(1, 11))
def test_an_erasure_survives_a_crash(system: System, crash_after: int, states_written: bool) -> None:
    records = erasing_story()
    expected, _ = fold_all(system, records)
    rest: dict[bytes, bytes] = {}
    engine = PartitionEngine(system, 0, rest)
    said: list[Outgoing] = []
    for number, record in enumerate(records[:crash_after], start=1):
        said += engine.process([record])
        if number % 4 == 0 and number < crash_after:
            commit(engine, rest)
    changelog = dict(rest)
    if states_written:
        write(changelog, engine.flush())

    said += PartitionEngine(system, 0, changelog).process(records)

    assert set(said) == set(expected)


@pytest.mark.parametrize("motion", ["retention", "growth"])
def test_an_erased_account_does_not_come_back_with_another_catalog(motion: str) -> None:
    few = load_system(overlays=[starter()])
    many = load_catalog(bundled(motion), motion, load_packaging())
    journal = Journal()
    named(journal, "acme")
    sponsor_leaves(journal, "acme", 5)
    erase(journal, "acme", 6)
    for day in (7, 8, 9):
        journal.watermark(at(day))
    journal.activation(many, at(10))
    rest: dict[bytes, bytes] = {}
    engine = PartitionEngine(few, 0, rest)

    said: list[Outgoing] = []
    for record in journal.records:
        said = engine.process([record])
        commit(engine, rest)

    assert b"acme" not in rest
    assert said == []


def test_a_forgotten_person_is_in_no_state(system: System) -> None:
    journal = Journal()
    sponsor_leaves(journal, "acme", 5)
    journal.watermark(at(6))
    journal.event("acme", "user.erase", at(7), request_id="r-1", contact_id="c-1")
    journal.watermark(at(8))
    rest: dict[bytes, bytes] = {}
    engine = PartitionEngine(system, 0, rest)

    engine.process(journal.records)
    commit(engine, rest)

    assert b"c-1" not in rest[b"acme"]
