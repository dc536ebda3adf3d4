"""What must not be held against a customer, and what no dead source may stop."""

from __future__ import annotations

from typing import Any

import pytest

from streams.assembly import load_system
from streams.detection.system import System
from tests.support.accounts import contract
from tests.support.journal import Journal, at, date, fold_all, told, working_day


@pytest.fixture(scope="module")
def system() -> System:
    return load_system()


def folded(system: System, journal: Journal) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The retention alerts, and where the account stands at the end."""
    messages, _ = fold_all(system, journal.records)
    return told(messages, "retention-alerts"), told(messages, "account-quadrants")[-1]


def test_a_low_touch_account_without_tracked_meetings_is_not_lost_for_lack_of_them(system: System) -> None:
    journal = Journal()
    profile = {"lifecycle": "live", "segment": "smb", "customer_since": date(-300)}
    journal.event("acme", "account.changed", at(0), **profile)
    terms = contract("9000", seats=8, starts_on=date(0), ends_on=date(700), term_months=24)
    journal.event("acme", "contract.signed", at(0), **terms)  # type: ignore[arg-type]
    for number, roles in enumerate((["sponsor"], ["champion"], ["influencer"])):
        contact = {"contact_id": f"c-{number}", "seniority": "vp", "roles": roles, "discovered_via": "crm"}
        journal.event("acme", "contact.added", at(0), **contact)  # type: ignore[arg-type]
    for day in journal.days(0, 200):
        if working_day(day):
            for user in range(6):
                journal.event("acme", "session.started", at(day, 9), user_id=f"u-{user}")

    alerts, shown = folded(system, journal)

    assert [alert["alert_id"] for alert in alerts] == []
    assert (shown["quadrant"], shown["risk"]["points"]) == ("protect_and_maintain", 0)


def test_an_account_whose_meetings_nobody_records_is_shown_as_unproven_not_as_quiet(system: System) -> None:
    journal = Journal()
    journal.event("acme", "account.changed", at(0), lifecycle="live", segment="mid_market")
    terms = contract("60000", starts_on=date(0), ends_on=date(700), term_months=24)
    journal.event("acme", "contract.signed", at(0), **terms)  # type: ignore[arg-type]
    for number, roles in enumerate((["sponsor"], ["champion"])):
        contact = {"contact_id": f"c-{number}", "seniority": "vp", "roles": roles, "discovered_via": "crm"}
        journal.event("acme", "contact.added", at(0), **contact)  # type: ignore[arg-type]
    for _ in journal.days(0, 200):
        pass

    alerts, shown = folded(system, journal)

    coverage = {"stakeholders-dormant", "single-threaded", "executive-unengaged"}
    assert not coverage & {alert["signal"]["id"] for alert in alerts}
    held = {(hold["signal"], hold["reason"]) for hold in shown["holds"]}
    assert {(signal, "tracking-unproven") for signal in coverage} <= held


def test_a_snapshot_of_two_year_old_contacts_opens_no_occurrence_and_knows_everybody(system: System) -> None:
    journal = Journal()
    journal.event("acme", "account.changed", at(0), origin="snapshot", lifecycle="live")
    terms = contract("90000", starts_on=date(-100), ends_on=date(264))
    journal.event("acme", "contract.signed", at(0), origin="snapshot", **terms)  # type: ignore[arg-type]
    roles = ["sponsor", "budget_holder", "influencer", "champion", "power_user"]
    for number in range(20):
        contact = {
            "contact_id": f"c-{number}",
            "seniority": "vp" if number % 2 else "manager",
            "roles": [roles[number % 5]],
            "joined_company_on": date(-730),
            "discovered_via": "crm",
        }
        journal.event("acme", "contact.added", at(0), origin="snapshot", **contact)  # type: ignore[arg-type]
        gone = {"contact_id": f"c-{number}", "left_on": date(-400), "how": "left_company"}
        if number < 5:
            journal.event("acme", "contact.left", at(0, 11), origin="snapshot", **gone)
    said = {"note_id": "n-1", "author_id": "p-1", "context": "renewal", "competitors": ["Fleetmind"]}
    journal.event("acme", "note.logged", at(0), origin="snapshot", sentiment="negative", **said)  # type: ignore[arg-type]
    news = {"news_id": "w-1", "kind": "acquired", "happened_on": date(-500), "confidence": 1.0}
    journal.event("acme", "company.news", at(0), origin="snapshot", **news)  # type: ignore[arg-type]
    score = {"answer_id": "a-1", "pulse_id": "q1", "contact_id": "c-6", "score": 1}
    journal.event("acme", "nps.answered", at(0), origin="snapshot", **score)  # type: ignore[arg-type]
    for _ in journal.days(0, 3):
        pass

    messages, engine = fold_all(system, journal.records)

    assert told(messages, "retention-alerts") == [] and told(messages, "expansion-opportunities") == []
    account = engine.account(b"acme")
    assert account is not None and len(account.facts.contacts) == 20


def test_a_dead_crm_does_not_stop_a_renewal_reminder(system: System) -> None:
    journal = Journal()
    journal.event("acme", "account.changed", at(0), lifecycle="live")
    terms = contract("60000", starts_on=date(0), ends_on=date(364))
    journal.event("acme", "contract.signed", at(0), **terms)  # type: ignore[arg-type]
    for day in range(100):
        journal.event("acme", "session.started", at(day, 9), user_id="u-1")
        # Support and product give signs of life; the CRM has given none since day 20.
        journal.watermark(at(day + 1, 0), seen={"crm": at(20)} if day >= 20 else None)

    alerts, shown = folded(system, journal)

    [reminder] = [alert for alert in alerts if alert["signal"]["id"] == "renewal-step-due"]
    assert reminder["status"] == "opened"
    assert [subject["id"] for subject in reminder["subjects"]] == ["k-1/T-270"]
    assert reminder["owner"]["role"] == "renewals_manager"
    stalled = {hold["signal"] for hold in shown["holds"] if hold["reason"] == "source-stalled"}
    assert "renewal-intent-weak" in stalled and "renewal-step-due" not in stalled
