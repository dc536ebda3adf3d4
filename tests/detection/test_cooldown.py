"""After a dismissal: quiet until the cooldown is over, whatever hour that is."""

from __future__ import annotations

from streams.assembly import load_system
from streams.detection.engine import PartitionEngine
from tests.support.journal import Journal, at, sessions, told

ALERTS = "retention-alerts"


def test_a_cooldown_that_ends_at_noon_is_over_for_a_falling_signal_at_the_next_midnight() -> None:
    journal = Journal()
    for day in journal.days(0, 60):
        sessions(journal, "acme", day, 3)
    for _ in journal.days(61, 79):
        pass
    engine = PartitionEngine(load_system(), 0, {})
    [opened] = [
        alert
        for alert in told(engine.process(journal.records), ALERTS)
        if alert["signal"]["id"] == "usage-silence" and alert["status"] == "opened"
    ]
    before, woken = len(journal.records), engine.stats.wakeups

    dismissal = {"alert_id": opened["alert_id"], "actor_id": "csm-1", "reason": "they are on a retreat"}
    journal.event("acme", "feedback.dismissed", at(80, 12), topic="retention-feedback", **dismissal)
    for _ in journal.days(80, 100):
        pass
    said = told(engine.process(journal.records[before:]), ALERTS)

    of_silence = [alert for alert in said if alert["signal"]["id"] == "usage-silence"]
    assert [alert["status"] for alert in of_silence] == ["resolved", "opened"]
    assert of_silence[1]["times"]["decided_at"] == "2026-04-10T00:00:00Z"
    assert engine.stats.wakeups - woken < 100
