"""Inline tests: every bundled one holds, and one that does not is told so that a person can see why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from streams.assembly import load_system
from streams.detection.catalog.cases import Case
from streams.detection.rules import Rule
from streams.lab.cases import CaseResult, run_case, run_signal
from streams.lab.timeline import TimelineError, events_of

SYSTEM = load_system()
RULES = {rule.id: rule for rule in SYSTEM.rules}
KINDS = {"fires", "near_miss", "no_flap", "stalled", "clears"}


def case(**fields: object) -> Case:
    given = {"name": "a case of a test", "until": 40, "timeline": [], "expect": []}
    return Case.model_validate({**given, **fields})


def sponsor_leaves(expect: list[dict[str, object]]) -> CaseResult:
    contact = {"type": "contact.added", "contact_id": "c", "seniority": "vp", "roles": ["sponsor"]}
    timeline = [
        {"days": 0, "event": {**contact, "discovered_via": "crm"}},
        {
            "days": 30,
            "event": {"type": "contact.left", "contact_id": "c", "left_on": "day 29", "how": "changed_role"},
        },
    ]
    return run_case(SYSTEM, RULES["sponsor-departed"], case(timeline=timeline, expect=expect))


@pytest.mark.parametrize("rule", SYSTEM.rules, ids=lambda rule: rule.id)
def test_the_signals_own_cases_hold(rule: Rule) -> None:
    for result in run_signal(SYSTEM, rule):
        assert result.passed, "\n".join([result.case.name, *result.lines()])


@pytest.mark.parametrize("rule", SYSTEM.rules, ids=lambda rule: rule.id)
def test_every_signal_has_the_five_kinds_of_case(rule: Rule) -> None:
    assert {found.kind for found in rule.spec.tests} >= KINDS


def test_what_was_expected_and_said_is_shown_side_by_side() -> None:
    result = sponsor_leaves(
        [{"day": 31, "status": "opened", "level": "critical"}, {"day": 35, "status": "resolved"}]
    )

    assert not result.passed
    wrong, missing = result.lines()
    assert wrong.startswith("  !! expected day 31: opened critical")
    assert "said day 30: opened critical (c, executive sponsor of Acme, has left" in wrong
    assert missing == f"  !! expected {'day 35: resolved':<42} said nothing"


def test_a_message_that_nobody_expected_fails_a_case() -> None:
    assert not sponsor_leaves([]).passed
    assert sponsor_leaves([{"day": [29, 31], "status": "opened", "subjects": ["c"]}]).passed


def test_another_subject_than_expected_fails_a_case() -> None:
    assert not sponsor_leaves([{"day": 30, "status": "opened", "subjects": ["d"]}]).passed


def test_an_event_that_the_contract_refuses_is_named() -> None:
    wrong = case(timeline=[{"days": 3, "event": {"type": "session.started"}}])

    result = run_case(SYSTEM, RULES["usage-drop"], wrong)

    assert result.error == "event session.started: field `user_id` of session.started is missing"
    assert not result.passed


def test_an_event_of_no_type_that_exists_is_named() -> None:
    with pytest.raises(TimelineError, match=r"there is no event of type 'session\.ended'"):
        events_of(case(timeline=[{"days": 3, "event": {"type": "session.ended"}}]))


def test_days_users_and_times_multiply() -> None:
    happening = {"days": [0, 13], "weekdays": True, "users": [1, 3], "times": 2}
    events = events_of(
        case(timeline=[{**happening, "event": {"type": "session.started", "user_id": "{user}"}}])
    )

    assert len(events) == 1 + 10 * 3 * 2
    assert len({event.value for event in events}) == len(events)


def test_dates_count_from_day_0_a_monday() -> None:
    event = {"type": "contact.verified", "contact_id": "c", "verified_on": "day 3 - 10"}

    [_, made] = events_of(case(timeline=[{"days": 3, "event": event}]))

    assert b'"verified_on": "2025-12-29"' in made.value
    assert b'"occurred_at": "2026-01-08T10:00:00Z"' in made.value


def test_late_events_are_published_late_and_keep_their_day() -> None:
    event = {"type": "session.started", "user_id": "u"}
    on_time, late = (
        events_of(case(timeline=[{"days": 3, "event": event, **more}]))[1] for more in ({}, {"published": 9})
    )

    assert late.occurred == on_time.occurred
    assert late.at - on_time.at == 6 * 86_400_000


def test_what_a_stalled_source_records_comes_when_it_is_back() -> None:
    event = {"type": "session.started", "user_id": "u"}
    stalled = case(timeline=[{"days": [3, 8], "event": event}], stalled={"usage": [5, 6]})

    heard = [
        event.at // 86_400_000 - events_of(stalled)[0].at // 86_400_000 for event in events_of(stalled)[1:]
    ]

    assert heard == [3, 4, 6, 6, 7, 8]


def test_a_case_without_its_stall_would_have_fired() -> None:
    """The stalled case is no near miss: with the same days of silence and a living feed the signal opens."""
    rule = RULES["usage-drop"]
    [quiet] = [found for found in rule.spec.tests if found.kind == "stalled"]
    first, last = quiet.stalled["usage"]
    [sessions] = quiet.timeline
    silent = [
        sessions.model_copy(update={"days": (0, first - 1)}),
        sessions.model_copy(update={"days": (last + 1, quiet.until)}),
    ]
    living = quiet.model_copy(update={"stalled": {}, "timeline": tuple(silent)})

    assert [said.status for said in run_case(SYSTEM, rule, living).said][:1] == ["opened"]


def test_a_case_sees_its_own_signal_alone() -> None:
    result = run_case(replace(SYSTEM), RULES["usage-drop"], RULES["sponsor-departed"].spec.tests[0])

    assert result.said == ()
