"""An alert is dated by what decided it, not by what else the account's sources told first."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from streams.assembly import load_system
from streams.detection.explain import explain
from streams.detection.system import System
from tests.support.journal import Journal, at, date, fold_all, told


@pytest.fixture(scope="module")
def system() -> System:
    return load_system()


def executive(journal: Journal) -> None:
    """Recorded on day 40 at half past ten; the CRM exports at night."""
    journal.event(
        "acme",
        "contact.added",
        at(40, 10.5),
        contact_id="c-1",
        seniority="vp",
        department="finance",
        roles=[],
        joined_company_on=date(30),
        discovered_via="crm",
    )


def user(journal: Journal) -> None:
    journal.event("acme", "user.changed", at(41, 0.2), user_id="u-1", kind="human", status="active")


def ticket(journal: Journal) -> None:
    journal.event("acme", "ticket.opened", at(41, 0.4), ticket_id="t-1", severity=3, kind="question")


@pytest.mark.parametrize("others", [(), (user,), (ticket,), (ticket, user)])
def test_what_a_nightly_export_tells_is_not_dated_by_the_events_of_the_night(
    others: tuple[Callable[[Journal], None], ...], system: System
) -> None:
    first, last = Journal(), Journal()
    for journal, order in ((first, (*others, executive)), (last, (executive, *others))):
        journal.event("acme", "account.changed", at(1), lifecycle="live")
        journal.watermark(at(40, 23))
        for tell in order:
            tell(journal)
        journal.watermark(at(41, 6))

    dates = [
        [(alert["signal"]["id"], alert["times"]["decided_at"][11:16]) for alert in opened]
        for journal in (first, last)
        if (opened := told(fold_all(system, journal.records)[0], "expansion-opportunities"))
    ]

    assert dates == [[("new-executive", "10:30")]] * 2


def test_an_alert_never_ends_before_it_has_begun(system: System) -> None:
    journal = Journal()
    journal.event("acme", "account.changed", at(1), lifecycle="live")
    problem = {"problem_id": "p-1", "department": "finance"}
    person = {"user_id": "u-1", "kind": "human", "status": "active"}
    journal.event("acme", "user.changed", at(38), department="finance", **person)
    journal.event("acme", "problem.recorded", at(39), status="open", **problem)
    # The only user there moves on in the night; what the CRM tells afterwards is of the day before.
    journal.event("acme", "user.changed", at(41, 0.2), department="sales", **person)
    journal.event("acme", "problem.recorded", at(40), status="solved", **problem)
    journal.watermark(at(41, 6))

    told_of = told(fold_all(system, journal.records)[0], "expansion-opportunities")

    times = [alert["times"] for alert in told_of if alert["signal"]["id"] == "pain-in-new-department"]
    assert len(times) == 2 and all(each["opened_at"] <= each["decided_at"] for each in times)


def test_an_alert_of_another_sources_event_is_read_anew_no_earlier_than_it_began(system: System) -> None:
    journal = Journal()
    journal.event("acme", "account.changed", at(1), lifecycle="live")
    person = {"user_id": "u-1", "kind": "human", "status": "active"}
    journal.event("acme", "user.changed", at(38), department="finance", **person)
    journal.event("acme", "problem.recorded", at(39), status="open", problem_id="p-1", department="finance")
    journal.event("acme", "user.changed", at(41, 0.2), department="sales", **person)

    found = explain(fold_all(system, journal.records)[1], "acme", ["pain-in-new-department"]).signals[0]

    assert found.standing == "open" and found.opened_at == found.as_of
