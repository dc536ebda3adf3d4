"""The RetentionAlert: every field from facts and evidence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from schemas.retention import RetentionAlert
from streams.assembly import load_system
from streams.detection.facts import Facts
from streams.detection.reading import Evidence
from streams.detection.rules import Rule
from streams.detection.system import Notice, Status, SubjectView, Verdict, Where
from streams.detection.units import DAY_MS, day_of
from streams.retention.motion import Retention
from tests.support.accounts import contract, facts_of, owner
from tests.support.journal import at

SYSTEM = load_system()
RULES = {rule.id: rule for rule in SYSTEM.rules}
[RETENTION] = [motion for motion in SYSTEM.motions if isinstance(motion, Retention)]
TODAY = at(40)
FACTS = facts_of(
    ("account.changed", 0, {"name": "Acme", "lifecycle": "live"}),
    ("contract.signed", 0, contract("50000")),
    ("owner.changed", 0, owner("csm", "kim")),
    (
        "contact.added",
        0,
        {
            "contact_id": "c-1",
            "name": "Ada",
            "seniority": "vp",
            "roles": ["sponsor"],
            "discovered_via": "crm",
        },
    ),
)


def true(signal: str, level: int = 0, *, days_ago: int = 2) -> Verdict:
    return Verdict(RULES[signal], level, TODAY - days_ago * DAY_MS, said=True)


def notice(signal: str, *verdicts: Verdict, facts: Facts = FACTS, status: Status = Status.OPENED) -> Notice:
    rule = RULES[signal]
    today = day_of(TODAY)
    seen = Evidence(
        observed=60.0,
        threshold=125.0,
        unit="active user-days per 14 d",
        window=(today - 14, today - 1),
        baseline=200.0,
        baseline_window=(today - 70, today - 15),
        series=((today - 1, 6.0),),
        contacts=("c-1",),
        departments=("finance",),
        details={"now": 60.0, "usual": 200.0, "fall": 0.7, "people": 20, "days": 14, "who": "Ada"},
    )
    return Notice(
        rule=rule,
        variant=rule.variants[None],
        account_id="acme",
        facts=facts,
        status=status,
        reason=None,
        ordinal=1,
        revision=3,
        level=0,
        opened_at=TODAY,
        case_since=TODAY,
        occurred_at=TODAY,
        decided_at=TODAY,
        evidence=seen,
        subjects=(SubjectView("", TODAY, 0),),
        quadrant="save_the_customer",
        verdicts=verdicts,
        where=Where(0, 9),
    )


def alert(of: Notice, **changes: object) -> RetentionAlert:
    sent = RETENTION.message(replace(of, **changes))  # type: ignore[arg-type]
    assert (sent.topic, sent.key) == ("retention-alerts", b"acme")
    return RetentionAlert.model_validate_json(sent.value)


def test_an_alert_says_what_is_wrong_and_what_is_done_about_it() -> None:
    found = alert(notice("usage-drop", true("usage-drop")))

    assert (found.alert_id, found.revision, found.status) == ("usage-drop/acme/1", 3, "opened")
    assert found.problem == "Usage has fallen far below the account's own level"
    assert found.why == "60 active user-days in 14 days against 200 before: 70% fewer."
    assert (found.severity, found.quadrant, found.days_to_renewal) == ("warning", "save_the_customer", 324)
    assert (found.owner.person_id, found.owner.queue) == ("kim", "retention-csm")
    assert [step.due_on for step in found.mitigation][:2] == [date(2026, 2, 14), date(2026, 2, 16)]
    assert (found.evidence.observed, found.evidence.baseline, found.evidence.threshold) == (
        60.0,
        200.0,
        125.0,
    )
    assert found.evidence.details["departments"] == "finance"
    assert [(s.kind, s.id, s.severity) for s in found.subjects] == [("account", "acme", "warning")]
    assert found.case_id == "acme/usage/2026-02-14"


@pytest.mark.parametrize(
    ("status", "said", "answered"),
    [
        (Status.OPENED, "opened", True),
        (Status.UPDATED, "updated", True),
        (Status.RAISED, "escalated", True),
        (Status.EASED, "eased", True),
        (Status.CLEARED, "resolved", False),
        (Status.EXPIRED, "expired", False),
        (Status.RETRACTED, "retracted", False),
        (Status.HISTORICAL, "historical", False),
    ],
)
def test_retention_has_its_own_words_for_what_happens(status: Status, said: str, answered: bool) -> None:
    found = alert(notice("usage-drop", status=status))

    assert found.status == said
    assert (found.respond_by is not None) is answered


def test_signals_of_one_family_are_one_strike() -> None:
    verdicts = (true("key-user-login-drop", days_ago=9), true("sponsor-departed"), true("usage-drop"))

    found = alert(notice("usage-drop", *verdicts))

    assert found.strikes == {
        "usage": ("key-user-login-drop", "usage-drop"),
        "relationship": ("sponsor-departed",),
    }


def test_strikes_are_forgotten_after_ninety_days() -> None:
    found = alert(notice("usage-drop", true("usage-drop"), true("sponsor-departed", days_ago=91)))

    assert found.strikes == {"usage": ("usage-drop",)}


def test_severity_comes_first_then_arr_then_the_renewal() -> None:
    later = contract("50000", ends_on="2027-06-30", term_months=18)
    ranks = [
        alert(notice("usage-drop", facts=facts_of())).priority.rank,
        alert(notice("usage-drop", facts=facts_of(("contract.signed", 0, later)))).priority.rank,
        alert(notice("usage-drop")).priority.rank,
        alert(notice("usage-drop", facts=facts_of(("contract.signed", 0, contract("50001"))))).priority.rank,
        alert(notice("usage-drop", facts=facts_of()), level=1).priority.rank,
    ]

    assert ranks == sorted(ranks)
    assert len(set(ranks)) == len(ranks)
    assert alert(notice("usage-drop")).priority.terms == {
        "severity": 0.0,
        "arr": 50000.0,
        "days_to_renewal": 324.0,
    }


def test_a_signal_that_another_true_one_inhibits_is_held() -> None:
    usage = RULES["usage-drop"]
    silence: Rule = replace(
        RULES["sponsor-departed"],
        spec=RULES["sponsor-departed"].spec.model_copy(update={"inhibits": ("usage-drop",)}),
    )
    of = notice("usage-drop")

    def held(*verdicts: Verdict) -> str | None:
        hold = RETENTION.hold(usage, FACTS, of.evidence, "save_the_customer", verdicts)
        return hold.reason if hold else None

    assert held(Verdict(silence, 0, TODAY, said=False)) == "inhibited"
    assert held(true("key-user-login-drop")) is None


def test_an_account_that_nothing_is_known_of_still_gets_its_alert() -> None:
    found = alert(notice("sponsor-departed", facts=facts_of()))

    assert (found.account.acv, found.days_to_renewal, found.owner.queue) == (None, None, "retention-triage")
    assert found.why.endswith("renewal on unknown.")
