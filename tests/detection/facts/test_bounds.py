"""Floods: every collection stops at its cap and says what it dropped."""

from __future__ import annotations

from streams.detection.facts import Facts, decode_facts, encode_facts
from streams.detection.facts.bounds import note_change, put_dated, put_day, value_at
from streams.detection.units import DAY_MS, date_of
from tests.detection.facts.support import D, noon, say

STATE_CAP_BYTES = 8_000_000


def test_a_flood_of_everything_stays_bounded_and_says_so() -> None:
    facts = Facts()
    for number in range(700):
        at = noon(D) + number * 60_000
        key = f"{number:05}"
        say(facts, "feature.used", at, user_id="ann", feature=f"f{key}", outcome="used")
        say(facts, "feature.used", at, user_id="ann", feature=f"f{key}", outcome="trial")
        say(facts, "level.sampled", at, meter=f"m{key}", value=number, limit=9, unit="1", kind="gauge")
        say(facts, "limit.blocked", at, meter=f"m{key}", user_id="ann")
        say(facts, "seat.requested", at, request_id=key, user_id="ann", outcome="requested")
        say(facts, "integration.changed", at, integration_id=key, name="x", status="connected")
        say(facts, "ticket.resolved", at, ticket_id=key)
        say(facts, "csat.answered", at, answer_id=key, score=3, scale_min=1, scale_max=5)
        say(facts, "nps.answered", at, answer_id=key, pulse_id="p", contact_id="k", score=3)
        say(facts, "contact.verified", at, contact_id=key, verified_on=date_of(D))
        say(facts, "note.logged", at, note_id=key, author_id="a", context="other")
        say(
            facts,
            "engagement.logged",
            at,
            engagement_id=key,
            kind="call",
            contact_ids=[],
            initiated_by="vendor",
            held=False,
        )
        say(facts, "interest.recorded", at, interest_id=key, product_id="p", source="other")
        say(facts, "problem.recorded", at, problem_id=key, department="d", status="open")
        say(facts, "buying_centre.changed", at, buying_centre_id=key, status="known")
        say(facts, "company.news", at, news_id=key, kind="funding", happened_on=date_of(D), confidence=1)
        say(facts, "hiring.observed", at, posting_id=key, function="f", opened_on=date_of(D))
        say(facts, "goal.measured", at, goal_id=key, value=1, as_of=date_of(D))
        say(facts, "milestone.reached", at, milestone_id=key, kind="adoption")
        say(facts, "plan.changed", at, plan_id=key, status="active")
        say(facts, "renewal.step_done", at, contract_id=key, step="s", done_on=date_of(D))
        say(facts, "renewal.intent_recorded", at, contract_id=key, intent="likely")
        say(facts, "contract.notice_withdrawn", at, contract_id=key, withdrawn_on=date_of(D))
        say(facts, "feedback.acknowledged", at, alert_id=f"s/a/{number + 1}", actor_id="p")
        say(facts, "user.changed", at, user_id="ann", kind="human", status="active", team=f"t{key}")
        say(
            facts,
            "deal.changed",
            at,
            deal_id=key,
            kind="renewal",
            stage="won",
            amount="1",
            currency="EUR",
            created_on=date_of(D),
            sourced_by="cs",
        )
        say(
            facts,
            "invoice.changed",
            at,
            invoice_id=key,
            status="open",
            due_on=date_of(D),
            amount="1",
            currency="EUR",
        )

    sizes = {
        "features": len(facts.users.features.days),
        "features_tried": len(facts.users.tried.days),
        "levels": len(facts.levels),
        "counters": len(facts.counters),
        "seat_requests": len(facts.seat_requests),
        "integrations": len(facts.integrations),
        "tickets_closed": len(facts.tickets.closed),
        "csat": len(facts.csat),
        "nps": len(facts.nps),
        "contacts": len(facts.contacts),
        "notes": len(facts.notes),
        "engagements": len(facts.engagements),
        "interests": len(facts.interests),
        "problems": len(facts.problems),
        "centres": len(facts.centres),
        "news": len(facts.news),
        "hiring": len(facts.hiring),
        "goals": len(facts.goals),
        "milestones": len(facts.milestones),
        "plans": len(facts.plans),
        "renewal_steps": len(facts.renewal_steps),
        "intents": len(facts.intents),
        "contracts": len(facts.contracts),
        "feedback": len(facts.feedback),
        "user_team_values": len(facts.users.team.values),
        "deals": len(facts.deals),
        "invoices": len(facts.invoices),
    }
    caps = {
        "features": 64,
        "features_tried": 16,
        "levels": 64,
        "counters": 128,
        "seat_requests": 300,
        "integrations": 100,
        "tickets_closed": 300,
        "csat": 300,
        "nps": 300,
        "contacts": 500,
        "notes": 100,
        "engagements": 200,
        "interests": 100,
        "problems": 200,
        "centres": 200,
        "news": 100,
        "hiring": 500,
        "goals": 60,
        "milestones": 100,
        "plans": 20,
        "renewal_steps": 40,
        "intents": 40,
        "contracts": 40,
        "feedback": 300,
        "user_team_values": 254,
        "deals": 100,
        "invoices": 100,
    }
    assert {name: size for name, size in sizes.items() if not 0.95 * caps[name] <= size <= caps[name]} == {}
    assert sizes.keys() == caps.keys() == facts.dropped.keys()
    assert len(facts.blocks) == 100
    assert decode_facts(encode_facts(facts)) == facts
    assert len(encode_facts(facts)) < STATE_CAP_BYTES / 20


def test_the_largest_account_stays_under_the_state_cap() -> None:
    facts = Facts()
    users = facts.users
    for number in range(50_500):
        slot, dropped = users.add(f"user-{number:06}")
        facts.dropped["users"] = facts.dropped.get("users", 0) + dropped
        users.mark_active(slot, D - 127 + number * 128 // 50_500)
    for feature in range(64):
        for slot in (0, 49_999):
            users.note_feature(f"feature-{feature}", slot, D)

    assert users.count <= 50_000
    assert facts.dropped["users"] == 50_500 - users.count
    assert users.slot_of("user-050499") is not None
    assert len(encode_facts(facts)) < STATE_CAP_BYTES * 3 / 4


def test_a_source_system_too_many_replaces_the_one_silent_for_longest() -> None:
    facts = Facts()
    for number in range(33):
        say(facts, "ticket.resolved", noon(D + number), ticket_id="t", source_system=f"desk-{number}")

    assert len(facts.feeds["support-changes"]) == 32
    assert "desk-0" not in facts.feeds["support-changes"]
    assert facts.dropped["feeds"] == 1


def test_old_engagements_leave_without_being_a_loss() -> None:
    facts = Facts()
    for number in range(60):
        say(
            facts,
            "engagement.logged",
            noon(D) + number * 7 * DAY_MS,
            engagement_id=f"e{number}",
            kind="call",
            contact_ids=["k"],
            initiated_by="vendor",
            held=True,
        )

    assert len(facts.engagements) == 29
    assert facts.dropped == {}
    assert len(facts.contacts["k"].engaged) == 8


def test_dated_values_answer_for_past_times_and_leave_repeats_out() -> None:
    values: list[tuple[int, str]] = []
    assert note_change(values, 10, "a")
    assert not note_change(values, 20, "a")
    assert note_change(values, 30, "b")
    assert note_change(values, 5, "c")
    assert not put_dated(values, 30, "b")

    assert values == [(5, "c"), (10, "a"), (30, "b")]
    assert [value_at(values, at) for at in (4, 5, 29, 30)] == [None, "c", "a", "b"]


def test_of_many_days_the_last_are_kept() -> None:
    days: list[int] = []
    for day in (5, 3, 9, 9, 1, 7, 8, 2, 6, 4):
        put_day(days, day)

    assert days == [2, 3, 4, 5, 6, 7, 8, 9]
    assert not put_day(days, 1)
