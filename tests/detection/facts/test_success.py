"""Goals, milestones, plans, news and what people say about alerts."""

from __future__ import annotations

from streams.detection.facts import Facts, Touch
from streams.detection.units import date_of
from tests.detection.facts.support import D, noon, say


def test_a_lowered_target_is_remembered_with_the_day() -> None:
    facts = Facts()
    goal = {
        "goal_id": "g",
        "title": "Faster close",
        "unit": "days",
        "start_value": 10,
        "starts_on": date_of(D),
    }
    say(facts, "goal.planned", noon(D), target_value=2, due_on=date_of(D + 90), **goal)
    say(facts, "goal.planned", noon(D + 30), target_value=6, due_on=date_of(D + 90), **goal)

    assert facts.goals["g"].targets == [(noon(D), 2.0), (noon(D + 30), 6.0)]
    assert facts.goals["g"].target_value == 6


def test_a_goals_value_is_asked_as_of_a_day() -> None:
    facts = Facts()
    for as_of, recorded, value in ((D + 20, D + 21, 7.0), (D, D + 22, 9.0), (D, D + 23, 8.5)):
        say(facts, "goal.measured", noon(recorded), goal_id="g", value=value, as_of=date_of(as_of))

    goal = facts.goals["g"]
    assert goal.measured(D - 1) is None
    found = [measure.value for day in (D, D + 19, D + 20) if (measure := goal.measured(day))]
    assert found == [8.5, 8.5, 7.0]


def test_a_milestone_remembers_each_due_day_and_who_reached_it() -> None:
    facts = Facts()
    kind = {"milestone_id": "m", "kind": "onboarding"}
    say(facts, "milestone.planned", noon(D), title="Data in", due_on=date_of(D + 10), **kind)
    say(facts, "milestone.changed", noon(D + 5), milestone_id="m", due_on=date_of(D + 20), status="delayed")
    say(facts, "milestone.changed", noon(D + 6), milestone_id="m", due_on=date_of(D + 20), status="delayed")
    say(facts, "milestone.reached", noon(D + 19), user_id="ann", **kind)

    milestone = facts.milestones["m"]
    assert [day for _, day in milestone.due_days] == [D + 10, D + 20]
    assert milestone.status == "delayed"
    assert milestone.reached is not None
    assert (milestone.reached.day, milestone.reached_by) == (D + 19, "ann")


def test_a_milestone_of_either_topic_is_a_sign_of_life_of_the_feed_that_is_known() -> None:
    facts = Facts()
    say(facts, "account.changed", noon(D), name="Acme", source_system="crm")
    reached = {"milestone_id": "m", "kind": "adoption"}
    say(facts, "milestone.reached", noon(D + 1), source_system="crm", **reached)
    say(facts, "milestone.reached", noon(D + 2), source_system="app", **reached)

    assert facts.feeds == {"crm-changes": {"crm": D + 1}, "product-usage": {"app": D + 2}}


def test_repeated_news_is_no_second_occurrence() -> None:
    facts = Facts()
    news = {"news_id": "n", "kind": "acquired", "happened_on": date_of(D - 9)}
    assert say(facts, "company.news", noon(D), confidence=0.8, **news) == Touch.NEWS
    assert say(facts, "company.news", noon(D + 3), confidence=0.8, **news) == 0
    assert facts.news["n"].mark.day == D

    assert say(facts, "company.news", noon(D + 5), confidence=0.9, **news) == Touch.NEWS
    assert (facts.news["n"].mark.day, facts.news["n"].happened_on) == (D + 5, D - 9)


def test_a_problem_keeps_the_day_it_was_opened() -> None:
    facts = Facts()
    problem = {"problem_id": "p", "department": "Finance"}
    say(facts, "problem.recorded", noon(D + 9), status="solved", **problem)
    say(facts, "problem.recorded", noon(D), status="open", **problem)

    assert facts.problems["p"].status == "solved"
    assert facts.problems["p"].opened is not None
    assert facts.problems["p"].opened.day == D


def test_a_request_for_a_seat_counts_once_however_often_it_is_reported() -> None:
    facts = Facts()
    seat = {"request_id": "r", "user_id": "ann"}
    say(facts, "seat.requested", noon(D), outcome="requested", **seat)
    say(facts, "seat.requested", noon(D + 1), outcome="refused", **seat)
    say(facts, "seat.requested", noon(D + 2), outcome="granted", **seat)

    assert facts.counters["seats_requested"].sum(D, D + 9) == 1
    assert facts.counters["seats_refused"].sum(D, D + 9) == 1
    request = facts.seat_requests["r"]
    assert (request.outcome, request.first.day, request.mark.day) == ("granted", D, D + 2)


def test_calls_count_without_errors_on_the_day_their_period_began() -> None:
    facts = Facts()
    midnight = (D + 1) * 86_400_000
    period = {"period_start": "2026-05-27T23:00:00Z", "period_end": "2026-05-28T00:00:00Z"}
    assert str(date_of(D)) == "2026-05-27"
    say(facts, "api.called", midnight, count=100, errors=10, **period)
    say(facts, "api.called", midnight, count=5)

    assert facts.counters["api_calls"].slice(D, D + 1) == [90, 5]
    assert facts.counters["api_errors"].slice(D, D + 1) == [10, 0]


def test_blocks_name_who_was_stopped_by_which_meter() -> None:
    facts = Facts()
    for day, user in ((D, "ann"), (D - 1, "ben")):
        say(facts, "limit.blocked", noon(day), meter="storage_gb", user_id=user, product_id="suite")

    assert facts.counters["limit_blocked:suite:storage_gb"].days(D - 5, D) == 2
    assert [(block.meter, block.user_id) for block in facts.blocks] == [
        ("suite:storage_gb", "ben"),
        ("suite:storage_gb", "ann"),
    ]


def test_an_integration_remembers_since_when_it_is_broken() -> None:
    facts = Facts()
    for day, status in ((D, "connected"), (D + 3, "failing"), (D + 4, "failing")):
        say(facts, "integration.changed", noon(day), integration_id="i", name="ERP", status=status)

    integration = facts.integrations["i"]
    assert integration.statuses == [(noon(D), "connected"), (noon(D + 3), "failing")]
    assert integration.mark is not None
    assert integration.mark.day == D + 3


def test_of_each_kind_of_feedback_the_latest_counts() -> None:
    facts = Facts()
    said = {"alert_id": "usage-drop/acme/1", "actor_id": "p-1"}
    say(facts, "feedback.snoozed", noon(D + 1), until=date_of(D + 9), **said)
    say(facts, "feedback.snoozed", noon(D), until=date_of(D + 5), **said)
    say(facts, "feedback.play_step_done", noon(D), step="call", **said)
    assert say(facts, "feedback.play_finished", noon(D + 2), result="done", **said) == Touch.FEEDBACK

    feedback = facts.feedback["usage-drop/acme/1"]
    assert feedback.snoozed_until == D + 9
    assert list(feedback.steps_done) == ["call"]
    assert feedback.play_finished is not None
    assert feedback.play_finished.what == "done"
    assert feedback.latest_ms == noon(D + 2)


def test_intents_and_steps_belong_to_their_contract() -> None:
    facts = Facts()
    for day, intent in ((D, "likely"), (D - 9, "undecided")):
        say(facts, "renewal.intent_recorded", noon(day), contract_id="c", intent=intent)
    step = {"contract_id": "c", "step": "T-90"}
    assert say(facts, "renewal.step_done", noon(D), done_on=date_of(D), **step) == Touch.RENEWAL
    assert say(facts, "renewal.step_done", noon(D + 1), done_on=date_of(D), **step) == 0

    assert [intent.intent for intent in facts.intents["c"]] == ["undecided", "likely"]
    assert facts.renewal_steps["c"]["T-90"].done_on == D


def test_only_the_account_that_ends_remembers_the_merger() -> None:
    ending, other = Facts(account_id="acme"), Facts(account_id="globex")
    for facts in (ending, other):
        say(facts, "account.merged", noon(D), into_account_id="globex")

    assert (ending.profile.merged_into, other.profile.merged_into) == ("globex", None)
