"""What comes late: it lands in its own day, takes back what it makes untrue, and opens nothing about the past."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from streams.assembly import load_system
from streams.detection.engine import PartitionEngine
from streams.detection.system import Outgoing, System
from tests.detection.test_engine import contact, contract
from tests.support.journal import Journal, at, date, fold_all, sessions, told, working_day

USERS = 40


@pytest.fixture(scope="module")
def system() -> System:
    return load_system()


def alerts(messages: list[Outgoing], signal: str) -> list[dict[str, Any]]:
    return [alert for alert in told(messages, "retention-alerts") if alert["signal"]["id"] == signal]


def statuses(messages: list[Outgoing], signal: str) -> list[str]:
    return [str(alert["status"]) for alert in alerts(messages, signal)]


def with_a_gap(until: int, *, back_on: int = 200) -> Journal:
    """Forty users on every working day; of the days 80 to 94 nothing is delivered."""
    journal = Journal()
    contract(journal, "acme")
    for day in journal.days(0, until):
        if working_day(day) and (day < 80 or day >= back_on):
            sessions(journal, "acme", day, USERS)
    return journal


def deliver(journal: Journal, first: int, last: int, users: int = USERS) -> None:
    for day in range(first, last + 1):
        if working_day(day):
            sessions(journal, "acme", day, users)


def test_an_open_alert_that_late_data_makes_untrue_is_retracted_with_the_reason(system: System) -> None:
    journal = with_a_gap(94)
    deliver(journal, 80, 94)
    journal.watermark(at(95, 6))

    messages, _ = fold_all(system, journal.records)

    said = alerts(messages, "usage-drop")
    assert said[0]["status"] == "opened"
    assert (said[-1]["status"], said[-1]["reason"]) == ("retracted", "late data")
    assert said[-1]["alert_id"] == said[0]["alert_id"]
    assert [alert["revision"] for alert in said] == list(range(1, len(said) + 1))
    assert str(said[-1]["times"]["decided_at"]) >= str(said[-1]["times"]["opened_at"])


def test_late_data_that_changes_nothing_of_the_verdict_leaves_the_alert_open(system: System) -> None:
    journal = with_a_gap(94)
    deliver(journal, 80, 94, users=3)
    journal.watermark(at(95, 6))

    messages, _ = fold_all(system, journal.records)

    assert "opened" in statuses(messages, "usage-drop")
    assert "retracted" not in statuses(messages, "usage-drop")


def test_an_alert_that_has_ended_already_is_taken_back_as_well(system: System) -> None:
    journal = with_a_gap(125, back_on=95)
    before, _ = fold_all(system, journal.records)
    deliver(journal, 80, 94)
    journal.watermark(at(126, 6))

    messages, _ = fold_all(system, journal.records)

    assert statuses(before, "usage-drop")[-1] == "resolved"
    assert statuses(messages, "usage-drop") == [*statuses(before, "usage-drop"), "retracted"]
    last = alerts(messages, "usage-drop")[-1]
    assert (last["alert_id"], last["reason"]) == ("usage-drop/acme/1", "late data")


def test_what_is_true_after_all_opens_anew_with_a_number_of_its_own(system: System) -> None:
    journal = with_a_gap(94)
    deliver(journal, 80, 94)
    for day in journal.days(95, 130):
        if working_day(day):
            sessions(journal, "acme", day, 3)

    messages, _ = fold_all(system, journal.records)

    ids = [(alert["alert_id"], alert["status"]) for alert in alerts(messages, "usage-drop")]
    assert ("usage-drop/acme/1", "retracted") in ids
    assert ("usage-drop/acme/2", "opened") in ids


def two_other_warnings(journal: Journal) -> None:
    """A competitor and a bad mood, in the days before the gap."""
    for day in (70, 72, 74):
        note: dict[str, Any] = {
            "author_id": "p-1",
            "sentiment": "negative",
            "context": "qbr",
            "engagement_id": f"g-{day}",
        }
        journal.event("acme", "note.logged", at(day), note_id=f"n-{day}", **note)
    competitor: dict[str, Any] = {"author_id": "p-1", "context": "qbr", "competitors": ["Fleetmind"]}
    journal.event("acme", "note.logged", at(75), note_id="n-75", **competitor)


def test_a_save_plan_that_rested_on_it_and_the_board_go_back_too(system: System) -> None:
    journal = Journal()
    contract(journal, "acme")
    contact(journal, "acme", "s1", at(0))
    for day in journal.days(0, 94):
        if working_day(day) and day < 80:
            sessions(journal, "acme", day, USERS)
        if day == 75:
            two_other_warnings(journal)
    before, _ = fold_all(system, journal.records)
    deliver(journal, 80, 94)
    journal.watermark(at(95, 6))

    messages, _ = fold_all(system, journal.records)

    assert statuses(before, "save-plan-review")[0] == "opened"
    plan = alerts(messages, "save-plan-review")[-1]
    assert (plan["status"], plan["reason"]) == ("retracted", "late data")
    moves = told(messages, "quadrant-changes")
    since_then = [move for move in moves if str(move["times"]["decided_at"])[:10] >= date(95)]
    assert [move["from_quadrant"] for move in since_then] in ([], ["save_the_customer"])
    shown = told(messages, "account-quadrants")[-1]
    assert "usage-drop" not in shown["risk"]["signals"]
    assert "save-plan-review" not in shown["risk"]["signals"]
    assert (shown["risk"]["points"] >= 3) == (shown["risk"]["level"] == "high")


def test_the_answers_do_not_depend_on_where_late_data_is_committed(system: System) -> None:
    journal = with_a_gap(94)
    deliver(journal, 80, 94)
    journal.watermark(at(95, 6))
    whole, _ = fold_all(system, journal.records)
    rest: dict[bytes, bytes] = {}
    out: list[Outgoing] = []
    for start in range(0, len(journal.records), 97):
        engine = PartitionEngine(system, 0, rest)
        out += engine.process(journal.records[start : start + 97])
        engine.flush()
        engine.committed()
    assert out == whole


@pytest.mark.parametrize("origin", ["backfill", "live"])
def test_a_backfill_of_ninety_days_raises_no_storm(system: System, origin: str) -> None:
    """Days 0 to 89 of a customer that came late to us; it had its troubles then, and is well today."""
    journal = Journal()
    journal.watermark(at(90, 0))
    how: dict[str, Any] = {"origin": origin}
    journal.event("acme", "account.changed", at(0), lifecycle="live", **how)
    person: dict[str, Any] = {"seniority": "vp", "roles": ["sponsor"], "discovered_via": "crm"}
    journal.event("acme", "contact.added", at(0), contact_id="c-1", **person, **how)
    for day in range(90):
        if working_day(day):
            for number in range(USERS if not 30 <= day < 50 else 4):
                when = at(day, 9) + number * 1000
                journal.event("acme", "session.started", when, user_id=f"u{number}", **how)
        if day == 35:
            left = {"contact_id": "c-1", "left_on": date(day), "how": "left_company"}
            journal.event("acme", "contact.left", at(day), **left, **how)
        if day in (31, 33, 36):
            ticket: dict[str, Any] = {"ticket_id": f"t-{day}", "severity": 1, "kind": "incident"}
            journal.event("acme", "ticket.opened", at(day), **ticket, **how)
            journal.event("acme", "ticket.resolved", at(day + 10), ticket_id=f"t-{day}", **how)
    for hour in range(1, 48):
        journal.watermark(at(90, hour))

    messages, _ = fold_all(system, journal.records)

    said = [m for topic in ("retention-alerts", "expansion-opportunities") for m in told(messages, topic)]
    old = [m for m in said if m["status"] == "historical"]
    assert len({m["alert_id"] for m in old}) == len(old) <= 4
    about_the_past = {"usage-drop", "sponsor-departed", "critical-ticket-ageing", "usage-silence"}
    assert not about_the_past & {m["signal"]["id"] for m in said if m["status"] == "opened"}
    assert all(m["routing"]["owner"] is None for m in old if "routing" in m and "owner" in m["routing"])


def test_what_is_too_late_is_dead_lettered_with_its_value_and_place_in_the_journal(system: System) -> None:
    journal = Journal()
    journal.event("acme", "session.started", at(200), user_id="u1")
    late = journal.event("acme", "session.started", at(20), user_id="u1")
    messages, _ = fold_all(system, journal.records)
    (letter,) = told(messages, "dead-letters")
    assert (letter["topic"], letter["partition"], letter["offset"]) == ("account-journal", 0, late.offset)
    assert base64.b64decode(letter["value_base64"]) == late.value
    assert base64.b64decode(letter["key_base64"]) == b"acme"
