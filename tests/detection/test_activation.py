"""A catalog activated through the journal rules from its record on, and a wrong one changes nothing."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schemas.dead_letters import DeadLetter, ReasonCode
from streams.assembly import bundled, load_packaging, load_system
from streams.detection.catalog.load import Catalog, load_catalog
from streams.detection.engine import PartitionEngine
from streams.detection.system import Outgoing, System
from tests.detection.catalog.test_overlays import overlay
from tests.support.journal import Journal, Record, at, date, fold_all, told

SIGNAL = "sponsor-departed"


@pytest.fixture(scope="module")
def system() -> System:
    return load_system()


def laid(motion: str, folder: Path, **files: str) -> Catalog:
    over = overlay(folder / motion, **files)
    return load_catalog(bundled(motion), motion, load_packaging(), [over])


def sponsor_leaves(journal: Journal, account: str, day: int) -> None:
    contact = {"contact_id": "c-1", "seniority": "vp", "roles": ["sponsor"], "discovered_via": "crm"}
    journal.event(account, "contact.added", at(0), **contact)  # type: ignore[arg-type]
    journal.event(account, "contact.left", at(day), contact_id="c-1", left_on=date(day), how="left_company")


def alerts(messages: list[Outgoing], signal: str = SIGNAL) -> list[dict[str, Any]]:
    return [alert for alert in told(messages, "retention-alerts") if alert["signal"]["id"] == signal]


def test_an_open_alert_is_judged_anew_and_says_so(system: System, tmp_path: Path) -> None:
    changed = laid("retention", tmp_path, signals__sponsor_departed="version: 2\nexpires: 60d\n")
    journal = Journal()
    sponsor_leaves(journal, "acme", 5)
    journal.activation(changed, at(6))

    messages, engine = fold_all(system, journal.records)

    opened, updated = alerts(messages)
    assert (opened["status"], opened["reason"]) == ("opened", None)
    assert (updated["status"], updated["reason"]) == ("updated", "catalog changed")
    assert (updated["alert_id"], updated["revision"]) == (opened["alert_id"], 2)
    assert updated["signal"]["version"] == 2
    assert updated["catalog_version"] == changed.version != opened["catalog_version"]
    assert (engine.stats.activations, engine.stats.refused_activations) == (1, 0)


def test_an_alert_whose_signal_has_not_changed_says_nothing(system: System, tmp_path: Path) -> None:
    changed = laid("retention", tmp_path, signals__usage_drop="expires: 60d\n")
    journal = Journal()
    sponsor_leaves(journal, "acme", 5)
    journal.activation(changed, at(6))

    messages, engine = fold_all(system, journal.records)

    assert [alert["status"] for alert in alerts(messages)] == ["opened"]
    assert engine.stats.activations == 1


def test_the_alert_of_a_signal_that_is_gone_is_resolved_and_its_number_is_not_used_again(
    system: System, tmp_path: Path
) -> None:
    without = laid("retention", tmp_path, signals__sponsor_departed="enabled: false\n")
    journal = Journal()
    sponsor_leaves(journal, "acme", 5)
    journal.activation(without, at(6))
    journal.watermark(at(60))
    journal.activation(load_catalog(bundled("retention"), "retention", load_packaging()), at(60))
    journal.event("acme", "contact.added", at(61), contact_id="c-2", seniority="vp", roles=["sponsor"],
                  discovered_via="crm")  # fmt: skip
    journal.event("acme", "contact.left", at(62), contact_id="c-2", left_on=date(62), how="left_company")

    messages, _ = fold_all(system, journal.records)

    said = [(a["alert_id"], a["status"], a["reason"]) for a in alerts(messages)]
    assert said[:2] == [
        (f"{SIGNAL}/acme/1", "opened", None),
        (f"{SIGNAL}/acme/1", "resolved", "catalog changed"),
    ]
    assert len({alert_id for alert_id, status, _ in said if status in ("opened", "historical")}) == len(
        [status for _, status, _ in said if status in ("opened", "historical")]
    )
    assert said[-1][1] == "opened"


def test_a_new_signal_finds_what_happened_before_it_was_there(system: System, tmp_path: Path) -> None:
    without = laid("retention", tmp_path / "without", signals__sponsor_departed="enabled: false\n")
    journal = Journal()
    journal.activation(without, at(0))
    sponsor_leaves(journal, "recent", 50)
    sponsor_leaves(journal, "long-ago", 20)
    journal.watermark(at(55))
    journal.activation(load_catalog(bundled("retention"), "retention", load_packaging()), at(55))

    messages, _ = fold_all(system, journal.records)

    assert {(a["account"]["id"], a["status"]) for a in alerts(messages)} == {
        ("recent", "opened"),
        ("long-ago", "historical"),
    }


def broken(catalog: Catalog) -> str:
    """The text of a catalog with a play that does not exist."""
    told = json.loads(catalog.text)
    told["files"]["signals/seats-near-full.yaml"]["play"] = "no-such-play"
    return json.dumps(told)


def test_a_broken_growth_catalog_never_touches_retention(system: System, tmp_path: Path) -> None:
    growth = load_catalog(bundled("growth"), "growth", load_packaging())
    text = broken(growth)
    journal, untouched = Journal(), Journal()
    for each in (journal, untouched):
        sponsor_leaves(each, "acme", 5)
    journal.activation(growth, at(6), catalog=text, sha256=hashlib.sha256(text.encode()).hexdigest())
    for each in (journal, untouched):
        each.watermark(at(120))

    messages, engine = fold_all(system, journal.records)
    expected, _ = fold_all(system, untouched.records)

    [letter] = [DeadLetter.model_validate_json(m.value) for m in messages if m.topic == "dead-letters"]
    assert letter.reason is ReasonCode.INVALID_CATALOG
    assert "no such play `no-such-play`" in letter.sentence
    assert (letter.id, letter.stage) == ("control/0/0", "engine")
    assert base64.b64decode(letter.value_base64 or "") == journal.records[2].value
    assert (engine.stats.activations, engine.stats.refused_activations) == (0, 1)
    assert [without_offset(m) for m in messages if m.topic != "dead-letters"] == [
        without_offset(m) for m in expected
    ]
    assert engine.system is system


def without_offset(message: Outgoing) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(message.value)
    return {**body, "journal": None}


def test_a_text_of_another_hash_is_refused(system: System) -> None:
    growth = load_catalog(bundled("growth"), "growth", load_packaging())
    journal = Journal()
    journal.activation(growth, at(6), sha256="0" * 64)

    messages, engine = fold_all(system, journal.records)

    assert [message.topic for message in messages] == ["dead-letters"]
    assert engine.stats.refused_activations == 1


def test_a_catalog_that_would_meet_the_other_motions_is_refused(system: System, tmp_path: Path) -> None:
    shared = laid("growth", tmp_path, routing="queues: {csm: retention-csm}\n")
    journal = Journal()
    journal.activation(shared, at(6))

    messages, _ = fold_all(system, journal.records)

    [letter] = told(messages, "dead-letters")
    assert "inboxes are never shared" in letter["sentence"]


def test_one_letter_is_enough_for_all_partitions(system: System) -> None:
    journal = Journal()
    journal.control("catalog.activated", at(1), motion="growth", version="x", sha256="0" * 64, catalog="{}")

    engine = PartitionEngine(system, 3, {})

    assert engine.process(journal.records) == []
    assert engine.stats.refused_activations == 1


def story(tmp_path: Path) -> list[Record]:
    """Two accounts, and three activations between what happens to them."""
    journal = Journal()
    first = laid("retention", tmp_path / "1", signals__sponsor_departed="version: 2\nexpires: 60d\n")
    second = laid("retention", tmp_path / "2", signals__sponsor_departed="enabled: false\n")
    sponsor_leaves(journal, "acme", 5)
    journal.activation(first, at(6))
    sponsor_leaves(journal, "globex", 7)
    journal.watermark(at(8))
    journal.activation(second, at(9))
    sponsor_leaves(journal, "initech", 10)
    journal.activation(first, at(11))
    journal.watermark(at(90))
    return journal.records


@pytest.mark.parametrize("lost", ["everything", "the partition record", "nothing"])
@pytest.mark.parametrize("crash_after", range(1, 14))
def test_recovery_continues_with_the_catalog_that_ruled(
    system: System, tmp_path: Path, crash_after: int, lost: str
) -> None:
    records = story(tmp_path)
    expected, whole = fold_all(system, records)
    rest: dict[bytes, bytes] = {}
    engine = PartitionEngine(system, 0, rest)
    said = []
    for number, record in enumerate(records[:crash_after], start=1):
        said += engine.process([record])
        if number % 3 == 0 and number < crash_after:
            commit(engine, rest)
    changelog = dict(rest)
    if lost != "everything":
        write(changelog, engine.flush())
        if lost == "nothing":
            write(changelog, [engine.partition_record()])

    again = PartitionEngine(system, 0, changelog)
    said += again.process(records)

    assert set(said) == set(expected)
    versions = {motion.name: motion.catalog_version for motion in again.system.motions}
    assert versions == {motion.name: motion.catalog_version for motion in whole.system.motions}


class Walked(dict[bytes, bytes]):
    """Counts the walks over all keys."""

    walks = 0

    def __iter__(self) -> Iterator[bytes]:
        self.walks += 1
        return super().__iter__()


def test_a_commit_does_not_walk_over_all_accounts(system: System, tmp_path: Path) -> None:
    rest = Walked()
    engine = PartitionEngine(system, 0, rest)
    for record in story(tmp_path)[:3]:
        engine.process([record])
        commit(engine, rest)
    before = rest.walks

    for _ in range(5):
        commit(engine, rest)

    assert rest.walks == before


def commit(engine: PartitionEngine, rest: dict[bytes, bytes]) -> None:
    engine.flush()
    engine.partition_record()
    engine.committed()


def write(changelog: dict[bytes, bytes], records: list[tuple[bytes, bytes]]) -> None:
    for key, value in records:
        if value:
            changelog[key] = value
        else:
            changelog.pop(key, None)


def test_a_text_that_no_partition_record_names_any_more_is_removed(system: System, tmp_path: Path) -> None:
    rest: dict[bytes, bytes] = {}
    engine = PartitionEngine(system, 0, rest)
    for record in story(tmp_path):
        engine.process([record])
        commit(engine, rest)
    commit(engine, rest)

    assert len([key for key in rest if key.startswith(b"\0catalog-")]) == 1
