"""Tickets, also asked about past days and told out of order."""

from __future__ import annotations

from itertools import permutations

from streams.detection.facts import Facts, Touch, decode_facts, encode_facts
from streams.detection.units import DAY_MS, HOUR_MS
from tests.detection.facts.support import D, noon, say


def opened(facts: Facts, ticket: str, day: int, **fields: object) -> int:
    given: dict[str, object] = {"severity": 3, "kind": "problem", **fields}
    return say(facts, "ticket.opened", noon(day), ticket_id=ticket, **given)


def ids(facts: Facts, day: int, older_than_days: int = 14, **options: bool) -> list[str]:
    found = facts.tickets.ageing(noon(day), older_than_days * DAY_MS, **options)
    return [ticket.id for ticket in found]


def test_an_ageing_ticket_is_open_longer_and_does_not_wait_for_the_customer() -> None:
    facts = Facts()
    opened(facts, "old", D - 20)
    opened(facts, "waiting", D - 30)
    opened(facts, "young", D - 3)
    opened(facts, "done", D - 40)
    say(facts, "ticket.updated", noon(D - 1), ticket_id="waiting", status="pending_customer")
    say(facts, "ticket.resolved", noon(D - 2), ticket_id="done")

    assert ids(facts, D) == ["old"]
    assert ids(facts, D, not_waiting=False) == ["waiting", "old"]
    assert ids(facts, D - 3) == ["done", "waiting", "old"]
    assert ids(facts, D - 15) == ["done", "waiting"]


def test_a_ticket_reopened_is_open_again_and_was_not_in_between() -> None:
    facts = Facts()
    opened(facts, "t", D - 20)
    say(facts, "ticket.resolved", noon(D - 10), ticket_id="t")
    assert facts.tickets.open == {}
    say(facts, "ticket.reopened", noon(D - 5), ticket_id="t")

    ticket = facts.tickets.open["t"]
    assert ticket.reopened == 1
    assert [ticket.is_open(noon(day)) for day in (D - 21, D - 20, D - 10, D - 6, D - 5)] == [
        False,
        True,
        False,
        False,
        True,
    ]
    assert facts.counters["tickets_opened"].sum(D - 99, D) == 1


def test_tickets_opened_counts_no_feature_requests_and_no_deleted_ones() -> None:
    facts = Facts()
    opened(facts, "a", D)
    opened(facts, "b", D, kind="feature_request")
    opened(facts, "c", D)
    opened(facts, "d", D)
    say(facts, "ticket.deleted", noon(D + 1), ticket_id="c")
    say(facts, "ticket.updated", noon(D + 1), ticket_id="d", kind="feature_request")
    opened(facts, "a", D)

    assert facts.counters["tickets_opened"].slice(D - 1, D + 1) == [0, 1, 0]
    assert [ticket.id for ticket in facts.tickets.open_at(noon(D + 1))] == ["a", "b", "d"]


def test_any_order_of_a_tickets_events_ends_in_the_same_ticket() -> None:
    events: list[tuple[str, int, dict[str, object]]] = [
        ("ticket.opened", noon(D), {"severity": 3, "kind": "problem", "department": "Sales"}),
        ("ticket.updated", noon(D + 1), {"status": "pending_customer", "severity": 2}),
        ("ticket.escalated", noon(D + 2), {"level": 2}),
        ("ticket.updated", noon(D + 3), {"status": "open", "capability": "sso"}),
        ("ticket.resolved", noon(D + 4), {}),
    ]
    results: set[tuple[object, ...]] = set()
    for order in permutations(events):
        facts = Facts()
        for kind, at, fields in order:
            say(facts, kind, at, ticket_id="t", **fields)
        ticket = facts.tickets.closed["t"]
        assert facts.tickets.open == {}
        assert [ticket.waiting(noon(D + day)) for day in range(5)] == [False, True, True, False, False]
        results.add((ticket.opened_ms, ticket.severity, ticket.department, ticket.capability, ticket.level))
        results.add(("count", facts.counters["tickets_opened"].sum(D - 9, D + 9)))

    assert results == {(noon(D), 2, "Sales", "sso", 2), ("count", 1)}


def test_a_ticket_whose_opening_was_not_seen_is_known_from_its_first_event() -> None:
    facts = Facts()
    say(facts, "ticket.updated", noon(D), ticket_id="t", severity=1)

    assert [ticket.id for ticket in facts.tickets.open_at(noon(D), severity=1)] == ["t"]
    assert "tickets_opened" not in facts.counters


def test_a_deleted_ticket_stays_deleted() -> None:
    facts = Facts()
    opened(facts, "t", D)
    say(facts, "ticket.deleted", noon(D) + HOUR_MS, ticket_id="t")
    say(facts, "ticket.updated", noon(D) + 2 * HOUR_MS, ticket_id="t", status="open")

    assert list(facts.tickets.all()) == []
    assert decode_facts(encode_facts(facts)) == facts


def test_a_merged_ticket_is_closed_and_names_the_other() -> None:
    facts = Facts()
    opened(facts, "t", D)
    say(facts, "ticket.merged", noon(D + 1), ticket_id="t", into_ticket_id="u")

    assert facts.tickets.closed["t"].merged_into == "u"
    assert facts.tickets.closed["t"].status == "merged"


def test_beyond_1000_open_tickets_the_least_severe_and_newest_go() -> None:
    facts = Facts()
    for number in range(1_000):
        say(facts, "ticket.opened", noon(D) + number, ticket_id=f"t{number}", severity=3, kind="problem")
    opened(facts, "severe", D + 1, severity=1)
    opened(facts, "mild", D + 1, severity=4)

    assert len(facts.tickets.open) == 951
    assert facts.dropped == {"tickets_open": 51}
    assert "severe" in facts.tickets.open
    assert "t948" in facts.tickets.open
    assert "t949" not in facts.tickets.open
    assert facts.counters["tickets_opened"].sum(D, D + 1) == 1_002


def test_closed_tickets_are_kept_for_63_days() -> None:
    facts = Facts()
    for day in (D - 64, D - 63, D):
        opened(facts, f"t{day}", day)
        say(facts, "ticket.resolved", noon(day), ticket_id=f"t{day}")

    assert set(facts.tickets.closed) == {f"t{D - 63}", f"t{D}"}
    assert facts.dropped == {}


def test_satisfaction_scores_of_different_scales_compare() -> None:
    facts = Facts()
    scale = {"scale_min": 1, "scale_max": 5}
    assert say(facts, "csat.answered", noon(D), answer_id="a", score=2, **scale) == Touch.SCORES
    assert say(facts, "csat.answered", noon(D), answer_id="a", score=2, **scale) == 0

    assert facts.csat["a"].share == 0.25
