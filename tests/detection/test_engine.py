"""The engine of one journal partition, end to end over the bundled catalogs."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.assembly import load_system
from streams.detection.engine import PartitionEngine
from streams.detection.rules import Rule
from streams.detection.system import Outgoing, System
from tests.support.journal import (
    HOUR,
    Journal,
    Record,
    at,
    date,
    fold_all,
    sessions,
    told,
    working_day,
)


@pytest.fixture(scope="module")
def system() -> System:
    return load_system()


def contract(journal: Journal, account: str, *, acv: str = "50000", seats: int = 100, day: int = 0) -> None:
    journal.event(
        account,
        "contract.signed",
        at(day, 8),
        contract_id=f"{account}-c1",
        products=[{"product_id": "atlas", "tier": "business", "seats": seats}],
        acv=acv,
        arr=acv,
        currency="USD",
        starts_on=date(day - 30),
        ends_on=date(day + 335),
        term_months=12,
        auto_renew=True,
    )


def contact(
    journal: Journal,
    account: str,
    name: str,
    when: int,
    *,
    roles: tuple[str, ...] = ("sponsor",),
    **fields: object,
) -> None:
    journal.event(
        account,
        "contact.added",
        when,
        contact_id=name,
        seniority="vp",
        roles=list(roles),
        discovered_via="crm",
        **fields,  # type: ignore[arg-type]
    )


def dropping_account(journal: Journal, account: str = "acme", users: int = 60, until: int = 110) -> None:
    """Sixty users on every working day, a tenth of them from day 80 on."""
    contract(journal, account)
    for day in journal.days(0, until):
        if working_day(day):
            sessions(journal, account, day, users if day < 80 else users // 10)


def two_streams() -> list[Record]:
    """Both motions, several accounts, late and repeated events, a stall."""
    journal, random_ = Journal(), random.Random(7)
    for account in ("acme", "bolt", "cern"):
        contract(journal, account, acv=random_.choice(["20000", "60000", "250000"]))
        contact(journal, account, f"{account}-sponsor", at(1))
    for day in journal.days(0, 120):
        if working_day(day):
            sessions(journal, "acme", day, 40 if day < 80 else 4)
            sessions(journal, "bolt", day, 12 + day // 10)
        if day == 90:
            contact(
                journal, "bolt", "new-vp", at(90), department="finance", joined_company_on=date(60), roles=()
            )
        if day == 95:
            left = {"contact_id": "cern-sponsor", "left_on": date(94), "how": "left_company"}
            journal.event("cern", "contact.left", at(95), event_id="left-1", **left)
            journal.event("cern", "contact.left", at(95), event_id="left-1", **left)
        if 60 <= day <= 118:
            journal.event(
                "cern",
                "level.sampled",
                at(day, 12),
                meter="storage_gb",
                value=50 + day - 60 if day < 105 else 40,
                limit=100,
                unit="GB",
                kind="gauge",
            )
        if day % 9 == 0 and day > 20:
            journal.event("acme", "session.started", at(day - 15, 11), user_id="late-user")
    return journal.records


def in_batches(
    system: System, records: list[Record], sizes: list[int], commits: list[bool]
) -> list[Outgoing]:
    """The same records in batches of the given sizes, some of them committed in between."""
    engine, out, start, turn = PartitionEngine(system, 0, {}), [], 0, 0
    while start < len(records):
        size = sizes[turn % len(sizes)]
        out.extend(engine.process(records[start : start + size]))
        if commits[turn % len(commits)]:
            engine.flush()
            engine.committed()
        start, turn = start + size, turn + 1
    return out


def test_a_halved_customer_is_told_once_with_the_figures(system: System) -> None:
    journal = Journal()
    dropping_account(journal)
    out, _ = fold_all(system, journal.records)
    opened = [m for m in told(out, "retention-alerts") if m["status"] == "opened"]
    drops = [m for m in opened if m["signal"]["id"] == "usage-drop"]
    assert len(drops) == 1
    assert drops[0]["alert_id"] == "usage-drop/acme/1"
    assert drops[0]["evidence"]["observed"] < drops[0]["evidence"]["threshold"]
    assert not told(out, "expansion-opportunities")


def test_both_motions_meet_only_on_the_board(system: System) -> None:
    out, _ = fold_all(system, two_streams())
    retention = {m["signal"]["id"] for m in told(out, "retention-alerts")}
    growth = {m["signal"]["id"] for m in told(out, "expansion-opportunities")}
    assert {"usage-drop", "sponsor-departed"} <= retention
    assert "new-executive" in growth
    assert not retention & growth


def test_a_publishers_retry_changes_nothing(system: System) -> None:
    _, engine = fold_all(system, two_streams())
    assert engine.stats.publisher_repeats == 1


def test_a_repeat_of_the_journal_changes_nothing(system: System) -> None:
    records = two_streams()
    again = [Record(r.offset + len(records), r.key, r.value, r.headers, r.timestamp) for r in records]
    engine = PartitionEngine(system, 0, {})
    once = engine.process(records)
    assert once
    assert engine.process(again) == []
    assert engine.stats.repeats == sum(1 for r in records if r.headers[0][0] == "p")


RECORDS = two_streams()


@settings(max_examples=12, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 400), min_size=1, max_size=6),
    commits=st.lists(st.booleans(), min_size=1, max_size=5),
)
def test_the_messages_do_not_depend_on_the_batches(sizes: list[int], commits: list[bool]) -> None:
    system = load_system()
    whole, _ = fold_all(system, RECORDS)
    assert in_batches(system, RECORDS, sizes, commits) == whole


@settings(max_examples=12, deadline=None)
@given(crash=st.integers(0, len(RECORDS)), every=st.integers(20, 600))
def test_what_was_not_committed_is_folded_again_to_the_same_messages(crash: int, every: int) -> None:
    system = load_system()
    whole, _ = fold_all(system, RECORDS)
    rest: dict[bytes, bytes] = {}
    engine, out = PartitionEngine(system, 0, rest), []
    for start in range(0, crash, every):
        messages = engine.process(RECORDS[start : min(start + every, crash)])
        if start + every > crash:
            break
        out.extend(messages)
        engine.flush()
        engine.committed()
    again = PartitionEngine(system, 0, rest)
    out.extend(again.process(RECORDS[again.next_offset :]))
    assert out == whole


@settings(max_examples=12, deadline=None)
@given(every=st.integers(20, 600), crash=st.integers(1, 2000), written=st.randoms(use_true_random=False))
def test_a_crash_between_states_and_partition_record_repeats_messages_and_loses_none(
    every: int, crash: int, written: random.Random
) -> None:
    """At least once: some states of the last flush are in the log, the partition record is not."""
    system = load_system()
    whole, _ = fold_all(system, RECORDS)
    rest: dict[bytes, bytes] = {}
    engine, out = PartitionEngine(system, 0, rest), []
    for start in range(0, min(crash, len(RECORDS)), every):
        out.extend(engine.process(RECORDS[start : start + every]))
        states = engine.flush()
        if start + every >= crash:
            rest.update((key, value) for key, value in states if written.random() < 0.5)
            break
        engine.committed()
    again = PartitionEngine(system, 0, rest)
    out.extend(again.process(RECORDS[again.next_offset :]))
    by_id = {m.value: m for m in whole}
    assert all(message.value in by_id for message in out)
    assert {message.value for message in out} == set(by_id)


def test_an_account_that_went_silent_is_found_though_no_event_of_it_arrives(system: System) -> None:
    journal = Journal()
    for day in journal.days(0, 79):
        if working_day(day):
            sessions(journal, "acme", day, 40)
    for _ in journal.days(80, 110):
        pass
    out, _ = fold_all(system, journal.records)
    drops = [m for m in told(out, "retention-alerts") if m["signal"]["id"] == "usage-drop"]
    assert drops[0]["status"] == "opened"


def test_a_feed_may_stall_before_an_account_has_a_place_on_the_board(system: System) -> None:
    journal = Journal()
    journal.watermark(at(10, 8))
    journal.event("acme", "session.started", at(10, 9), user_id="u", system="atlas-web", origin="snapshot")
    for hour in (12, 15, 18, 24, 30):
        journal.watermark(at(10, hour), seen={"atlas-web": at(10, 9)})
    out, _ = fold_all(system, journal.records)
    places = told(out, "account-quadrants")
    assert places[0]["quadrant"] == "protect_and_maintain"
    assert {hold["reason"] for hold in places[-1]["holds"]} >= {"source-stalled"}


def test_a_dead_source_does_not_make_its_accounts_silent(system: System) -> None:
    journal = Journal()
    for day in range(110):
        if working_day(day):
            if day < 80:
                sessions(journal, "acme", day, 40)
            journal.event("bolt", "session.started", at(day), user_id="b", system="atlas-api")
        seen = {"atlas-web": min(at(day + 1, 0), at(80, 0))}
        journal.watermark(at(day + 1, 0), seen=seen)
    out, _ = fold_all(system, journal.records)
    assert not [m for m in told(out, "retention-alerts") if m["account"]["id"] == "acme"]
    held = [m["holds"] for m in told(out, "account-quadrants") if m["account"]["id"] == "acme"][-1]
    stalled = [h for h in held if h["reason"] == "source-stalled"]
    assert {h["feed"] for h in stalled} == {"product-usage/atlas-web"}
    others = [m["holds"] for m in told(out, "account-quadrants") if m["account"]["id"] == "bolt"]
    assert not any(h["reason"] == "source-stalled" for holds in others for h in holds)


def test_a_source_that_returns_with_its_backlog_is_judged_as_if_it_had_never_stopped(system: System) -> None:
    journal = Journal()
    for day in range(130):
        if working_day(day) and not 80 <= day < 83:
            sessions(journal, "acme", day, 40 if day < 90 else 2)
        if day == 83:
            for missed in (80, 81, 82):
                sessions(journal, "acme", missed, 40)
        seen = {"atlas-web": at(80, 0)} if 80 <= day < 83 else {}
        journal.watermark(at(day + 1, 0), seen=seen)
    out, _ = fold_all(system, journal.records)
    drops = [m for m in told(out, "retention-alerts") if m["signal"]["id"] == "usage-drop"]
    assert drops[0]["status"] == "opened"
    assert str(drops[0]["times"]["decided_at"])[:10] > date(90)


def test_a_measurement_older_than_the_memory_is_a_dead_letter_with_its_day(system: System) -> None:
    journal = Journal()
    journal.event("acme", "session.started", at(200), user_id="u1")
    journal.event("acme", "session.started", at(20), user_id="u1")
    out, engine = fold_all(system, journal.records)
    (letter,) = told(out, "dead-letters")
    assert letter["reason"] == "too_late" and date(20) in str(letter["sentence"])
    assert engine.stats.too_late == 1


def test_a_merged_account_takes_its_alerts_back(system: System) -> None:
    journal = Journal()
    contact(journal, "acme", "s1", at(1))
    journal.event("acme", "contact.left", at(5), contact_id="s1", left_on=date(5), how="left_company")
    journal.event("acme", "account.merged", at(9), into_account_id="bolt")
    journal.watermark(at(10))
    out, _ = fold_all(system, journal.records)
    alerts = told(out, "retention-alerts")
    assert [m["status"] for m in alerts] == ["opened", "retracted"]
    assert alerts[-1]["reason"] == "merged"


def test_time_goes_on_in_hours_as_it_does_in_days(system: System) -> None:
    """Finer watermarks change no message but the journal positions that they bear."""

    def run(step: int) -> list[tuple[object, object, object]]:
        journal = Journal()
        contract(journal, "acme")
        for day in range(110):
            if working_day(day):
                sessions(journal, "acme", day, 40 if day < 80 else 4)
            for hour in range(step, 25, step):
                journal.watermark(at(day, 0) + hour * HOUR)
        out, _ = fold_all(system, journal.records)
        return [(m["alert_id"], m["status"], m["times"]) for m in told(out, "retention-alerts")]

    assert run(24) == run(1) != []


def gated_at(system: System, acv: float) -> System:
    """The same system with sponsor-departed asked only from this ACV on."""
    (retention, growth) = system.motions

    def gated(rule: Rule) -> Rule:
        gates = rule.spec.gates.model_copy(update={"acv_at_least": acv})
        return replace(rule, spec=rule.spec.model_copy(update={"gates": gates}))

    changed = replace(retention, rules=tuple(gated(rule) for rule in retention.rules))  # type: ignore[type-var]
    return replace(system, motions=(changed, growth))


@pytest.mark.parametrize(("acv", "told_of"), [("50000", True), ("20000", False), (None, False)])
def test_a_signal_gated_by_acv_is_silent_below_it_and_where_it_is_unknown(
    system: System, acv: str | None, told_of: bool
) -> None:
    journal = Journal()
    if acv is not None:
        contract(journal, "acme", acv=acv)
    contact(journal, "acme", "s1", at(1))
    journal.event("acme", "contact.left", at(5), contact_id="s1", left_on=date(5), how="left_company")
    out, _ = fold_all(gated_at(system, 30_000), journal.records)
    assert bool(told(out, "retention-alerts")) is told_of


def test_a_dead_crm_does_not_keep_an_alert_open_beyond_its_time(system: System) -> None:
    journal = Journal()
    contact(journal, "acme", "s1", at(1))
    journal.event("acme", "contact.left", at(5), contact_id="s1", left_on=date(5), how="left_company")
    for day in range(6, 110):
        journal.watermark(at(day, 0), seen={"crm": at(6, 0)})
    out, _ = fold_all(system, journal.records)
    alerts = [m for m in told(out, "retention-alerts") if m["signal"]["id"] == "sponsor-departed"]
    assert [m["status"] for m in alerts] == ["opened", "expired"]
    assert str(alerts[1]["times"]["decided_at"])[:10] == date(5 + 90)


def test_alerts_of_one_family_are_one_case_named_by_its_first_day(system: System) -> None:
    out, _ = fold_all(system, RECORDS)
    usage = [m for m in told(out, "retention-alerts") if m["case_id"].startswith("acme/usage/")]
    assert {m["signal"]["id"] for m in usage} == {"usage-drop", "key-user-login-drop"}
    assert len({m["case_id"] for m in usage}) == 1


def test_an_account_that_leaves_in_the_cooldown_is_not_woken_without_end(system: System) -> None:
    journal = Journal()
    journal.event("acme", "account.changed", at(0, 7), lifecycle="live")
    contact(journal, "acme", "c-1", at(0, 9))
    for day in journal.days(0, 40):
        if day == 2:
            journal.event(
                "acme", "contact.left", at(day), contact_id="c-1", left_on=date(day), how="left_company"
            )
        if day == 5:
            journal.event("acme", "account.changed", at(day), lifecycle="churned")

    messages, engine = fold_all(system, journal.records)

    alerts = [a for a in told(messages, "retention-alerts") if a["signal"]["id"] == "sponsor-departed"]
    assert [(alert["status"], alert["reason"]) for alert in alerts] == [
        ("opened", None),
        ("resolved", "lifecycle churned"),
    ]
    assert engine.stats.wakeups < 200
