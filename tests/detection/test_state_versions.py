"""States that an earlier release wrote are read; what a later one wrote is refused."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from streams.assembly import load_system
from streams.detection.account import DIGEST_BYTES, RING_SIZE, STATE_VERSION, UnknownStateVersion, is_erased
from streams.detection.engine import PartitionEngine
from streams.detection.partition import PARTITION_VERSION
from streams.detection.short_names import WORDS
from streams.detection.system import System
from tests.support.journal import Journal, at, told

STATES = Path(__file__).parent / "states"
"""One file a version: the states of one partition on day 100 of a history, base64. `acme` lost nine of ten users on
day 80, `dido` its sponsor on day 100, `gone` was erased."""
PARTITION = b"\0partition-0"


@pytest.fixture(scope="module")
def system() -> System:
    return load_system()


def stored(version: int) -> dict[bytes, bytes]:
    text = (STATES / f"version_{version}.json").read_text(encoding="utf-8")
    return {key.encode("latin-1"): base64.b64decode(value) for key, value in json.loads(text).items()}


def going_on(rest: dict[bytes, bytes]) -> Journal:
    """A journal that continues where the state ends."""
    journal = Journal()
    journal.first_offset = PartitionEngine(load_system(), 0, dict(rest)).next_offset
    journal.positions = dict.fromkeys(("product-usage", "support-changes", "crm-changes"), 10**6)
    return journal


@pytest.mark.parametrize("version", range(1, STATE_VERSION + 1))
def test_the_state_of_every_release_is_read(system: System, version: int) -> None:
    rest = stored(version)
    engine = PartitionEngine(system, 0, rest)
    assert engine.next_offset > 3_000
    assert is_erased(rest[b"gone"])
    acme, dido = engine.account(b"acme"), engine.account(b"dido")
    assert acme is not None and dido is not None
    assert acme.facts.users.count == 41 and len(acme.ring) == RING_SIZE * DIGEST_BYTES
    assert acme.state.signals["usage-drop"].ordinal == 1 and acme.state.signals["usage-drop"].opened
    assert acme.facts.contracts["acme-c1"].terms and any(acme.wakes)
    assert dido.facts.tickets.open["t-1"].severity == 1


@pytest.mark.parametrize("version", range(1, STATE_VERSION + 1))
def test_the_alerts_of_an_earlier_release_go_on_in_this_one(system: System, version: int) -> None:
    rest = stored(version)
    journal = going_on(rest)
    journal.event("dido", "ticket.opened", at(100, 11), ticket_id="t-9", severity=2, kind="problem")
    for _ in journal.days(100, 230):
        pass
    engine = PartitionEngine(system, 0, rest)

    messages = engine.process(journal.records)
    engine.flush()
    engine.committed()

    departed = [
        m
        for m in told(messages, "retention-alerts")
        if m["signal"]["id"] == "sponsor-departed" and m["account"]["id"] == "dido"
    ]
    assert [(m["alert_id"], m["status"]) for m in departed] == [("sponsor-departed/dido/1", "expired")]
    assert departed[0]["revision"] > 1
    assert b"gone" not in rest
    assert rest[b"dido"][0] == STATE_VERSION


def test_an_account_of_a_later_release_is_refused_with_what_to_do(system: System) -> None:
    rest = stored(1)
    rest[b"acme"] = bytes((STATE_VERSION + 1,)) + rest[b"acme"][1:]
    with pytest.raises(
        UnknownStateVersion, match=f"account state of version {STATE_VERSION + 1}.*later release"
    ):
        PartitionEngine(system, 0, rest)


def test_a_partition_record_of_a_later_release_is_refused_with_what_to_do(system: System) -> None:
    rest = stored(1)
    record = rest[PARTITION]
    assert record[1] == 1  # the version, behind the array's length
    rest[PARTITION] = record[:1] + bytes((PARTITION_VERSION + 1,)) + record[2:]
    with pytest.raises(UnknownStateVersion, match="partition record of version"):
        PartitionEngine(system, 0, rest)


def test_the_newest_sample_is_of_the_present_version() -> None:
    newest = stored(STATE_VERSION)
    assert newest[b"acme"][0] == STATE_VERSION and newest[PARTITION][1] == PARTITION_VERSION


def test_every_bundled_signal_rests_under_a_short_name(system: System) -> None:
    """A new one is to be added to the end of the words."""
    missing = [rule.id for rule in system.rules if rule.id not in WORDS]
    assert not missing
    assert len(set(WORDS)) == len(WORDS) < 127 - 1
