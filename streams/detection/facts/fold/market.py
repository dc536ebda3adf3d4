"""The customer's company: buying centres, problems, interests, news, openings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemas.wire import given
from streams.detection.facts.bounds import (
    CENTRES_CAP,
    HIRING_CAP,
    HIRING_DAYS,
    INTERESTS_CAP,
    NEWS_CAP,
    PROBLEMS_CAP,
    make_room,
    note_change,
)
from streams.detection.facts.fold.routes import Handler
from streams.detection.facts.market import BuyingCentre, Interest, News, Posting, Problem
from streams.detection.facts.marks import mark_of
from streams.detection.facts.patch import Field, patch, same
from streams.detection.facts.reports import put_report
from streams.detection.facts.state import Facts
from streams.detection.facts.touch import Touch
from streams.detection.units import Millis, day_from_date

if TYPE_CHECKING:
    from schemas.crm_market import (
        BuyingCentreChanged,
        CompanyNews,
        HiringObserved,
        InterestRecorded,
        ProblemRecorded,
    )


def _list(value: tuple[str, ...]) -> list[str]:
    return list(value)


_CENTRE: Final[tuple[Field, ...]] = (
    *same("name", "department", "region", "entity", "owner_contact_id"),
    Field("problem_ids", "problem_ids", _list),
    *same("deployed", "path", "status"),
)


def buying_centre_changed(facts: Facts, event: BuyingCentreChanged, occurred_ms: Millis) -> int:
    centre = facts.centres.get(event.buying_centre_id)
    if centre is None:
        centre = facts.centres[event.buying_centre_id] = BuyingCentre(event.buying_centre_id)
    changed = bool(patch(centre, event, occurred_ms, _CENTRE))
    if centre.first is None or occurred_ms < centre.first.occurred_ms:
        centre.first = mark_of(event, occurred_ms)
        changed = True
    if given(event.status) and event.status is not None:
        changed |= note_change(centre.statuses, occurred_ms, str(event.status))
    make_room(facts.centres, CENTRES_CAP, _worth_of_centre, facts.dropped, "centres")
    return Touch.CENTRES if changed else 0


def problem_recorded(facts: Facts, event: ProblemRecorded, occurred_ms: Millis) -> int:
    mark = mark_of(event, occurred_ms)
    known = facts.problems.get(event.problem_id)
    opened = known.opened if known is not None else None
    if event.status == "open" and (opened is None or occurred_ms < opened.occurred_ms):
        opened = mark
    if known is not None:
        known.opened = opened
        if occurred_ms < known.mark.occurred_ms:
            return Touch.PROBLEM
    facts.problems[event.problem_id] = Problem(
        event.problem_id,
        event.department,
        event.status,
        mark,
        opened,
        event.use_case_id,
        event.buying_centre_id,
        event.contact_id,
    )
    make_room(facts.problems, PROBLEMS_CAP, _worth_of_problem, facts.dropped, "problems")
    return Touch.PROBLEM


def interest_recorded(facts: Facts, event: InterestRecorded, occurred_ms: Millis) -> int:
    interest = Interest(
        event.interest_id,
        event.product_id,
        event.source,
        mark_of(event, occurred_ms),
        event.contact_id,
        event.buying_centre_id,
    )
    changed = put_report(facts, "interests", facts.interests, event.interest_id, interest, INTERESTS_CAP)
    return Touch.INTEREST if changed else 0


def company_news(facts: Facts, event: CompanyNews, occurred_ms: Millis) -> int:
    news = News(
        event.news_id,
        event.kind,
        day_from_date(event.happened_on),
        event.confidence,
        mark_of(event, occurred_ms),
        event.use_case_id,
        event.department,
        event.region,
        event.entity,
        event.competitor,
        event.url,
    )
    return Touch.NEWS if put_report(facts, "news", facts.news, event.news_id, news, NEWS_CAP) else 0


def hiring_observed(facts: Facts, event: HiringObserved, occurred_ms: Millis) -> int:
    posting = Posting(
        event.posting_id,
        event.function,
        day_from_date(event.opened_on),
        mark_of(event, occurred_ms),
        event.department,
        event.region,
    )
    changed = put_report(facts, "hiring", facts.hiring, event.posting_id, posting, HIRING_CAP, HIRING_DAYS)
    return Touch.HIRING if changed else 0


def _worth_of_centre(centre: BuyingCentre) -> tuple[bool, int]:
    return (centre.status != "ruled_out", centre.stamps[0][1] if centre.stamps else 0)


def _worth_of_problem(problem: Problem) -> tuple[bool, int]:
    return (problem.status == "open", problem.mark.occurred_ms)


HANDLERS: Final[dict[str, Handler]] = {
    "buying_centre.changed": buying_centre_changed,
    "problem.recorded": problem_recorded,
    "interest.recorded": interest_recorded,
    "company.news": company_news,
    "hiring.observed": hiring_observed,
}
