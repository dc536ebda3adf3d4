"""One account with far too many users and tickets: its state stays bounded, and what is within the caps is seen."""

from __future__ import annotations

from streams.assembly import load_system
from streams.detection.engine import PartitionEngine
from tests.support.journal import Journal, at, date, told

STATE_CAP_BYTES = 8_000_000
USERS, TICKETS = 2_000, 1_020


def test_a_flood_of_users_and_tickets_stays_within_the_cap_and_hides_no_alert() -> None:
    journal = Journal()
    joined = {"seniority": "vp", "roles": ["sponsor"], "discovered_via": "crm"}
    journal.event("giant", "contact.added", at(0), contact_id="c-1", **joined)  # type: ignore[arg-type]
    for number in range(USERS):
        journal.event("giant", "session.started", at(1) + number, user_id=f"user-{number}")
    for number in range(TICKETS):
        ticket = {"ticket_id": f"t-{number}", "severity": 1 + number % 4, "kind": "problem"}
        journal.event("giant", "ticket.opened", at(2) + number, **ticket)  # type: ignore[arg-type]
    journal.watermark(at(6))
    journal.event("giant", "contact.left", at(6), contact_id="c-1", left_on=date(6), how="left_company")
    journal.watermark(at(7))
    rest: dict[bytes, bytes] = {}
    engine = PartitionEngine(load_system(), 0, rest)

    messages = engine.process(journal.records)
    engine.flush()
    engine.committed()

    opened = {m["signal"]["id"]: m for m in told(messages, "retention-alerts") if m["status"] == "opened"}
    assert {"sponsor-departed", "critical-ticket-ageing"} <= set(opened)
    assert "tickets_open" in opened["sponsor-departed"]["evidence"]["details"]["dropped_by_caps"]
    assert len(rest[b"giant"]) < STATE_CAP_BYTES
    account = engine.account(b"giant")
    assert account is not None and account.facts.dropped
