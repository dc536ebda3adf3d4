"""Occurrences at the customer's company: interest in a product, problems of departments, news."""

from __future__ import annotations

from collections.abc import Iterator

from streams.detection.buying_centres import deployed_departments
from streams.detection.detectors.kinds.base import Happened, Kind
from streams.detection.facts import Facts, Interest, Touch
from streams.detection.packaging import Packaging
from streams.detection.units import Day, Millis
from streams.detection.white_space import products_bought


def _interests(facts: Facts, packaging: Packaging, today: Day) -> Iterator[Happened]:
    """One a product: whoever asks after the first strengthens the case and is no case of their own."""
    of_product: dict[str, list[Interest]] = {}
    for interest in facts.interests.values():
        of_product.setdefault(interest.product_id, []).append(interest)
    owned = products_bought(facts) if of_product else frozenset()
    for product_id, found in sorted(of_product.items()):
        found.sort(key=lambda interest: (interest.mark.live, interest.mark.occurred_ms, interest.id))
        newest = found[-1]
        centre = facts.centres.get(newest.buying_centre_id) if newest.buying_centre_id else None
        product = packaging.products.get(product_id)
        contacts = dict.fromkeys(i.contact_id for i in reversed(found) if i.contact_id)
        yield Happened(
            subject=product_id,
            mark=newest.mark,
            attributes={"owned": product_id in owned, "source": newest.source},
            contacts=tuple(contacts),
            departments=(centre.department,) if centre and centre.department else (),
            label=product.name if product else product_id,
            about=newest.source.replace("_", " "),
            details={"product_id": product_id, "buying_centre_id": newest.buying_centre_id},
        )


def _bought(facts: Facts, happened: Happened, now: Millis) -> bool:
    return happened.attributes["owned"] is True


def _problems(facts: Facts, packaging: Packaging, today: Day) -> Iterator[Happened]:
    """From the first report of a problem as open."""
    deployed = deployed_departments(facts) if facts.problems else frozenset()
    for problem in facts.problems.values():
        if problem.opened is None:
            continue
        case = packaging.use_cases.get(problem.use_case_id) if problem.use_case_id else None
        yield Happened(
            subject=problem.id,
            mark=problem.opened,
            attributes={
                "open": problem.status == "open",
                "deployed": problem.department.lower() in deployed,
                "department": problem.department,
                "mapped": case is not None,
            },
            contacts=(problem.contact_id,) if problem.contact_id else (),
            departments=(problem.department,),
            label=problem.id,
            about=case.name if case else "",
            details={"use_case_id": problem.use_case_id, "buying_centre_id": problem.buying_centre_id},
        )


def _solved(facts: Facts, happened: Happened, now: Millis) -> bool:
    return happened.attributes["open"] is False


def _news(facts: Facts, packaging: Packaging, today: Day) -> Iterator[Happened]:
    for news in facts.news.values():
        case = packaging.use_cases.get(news.use_case_id) if news.use_case_id else None
        place = news.entity or news.region or ""
        yield Happened(
            subject=news.id,
            mark=news.mark,
            attributes={
                "kind": news.kind,
                "confidence": news.confidence,
                "mapped": case is not None,
                "competitor": news.competitor is not None,
            },
            departments=(news.department,) if news.department else (),
            label=place or news.department or news.id,
            about=case.name if case else news.kind.replace("_", " "),
            details={
                "place": place or None,
                "use_case_id": news.use_case_id,
                "competitor": news.competitor,
                "confidence": news.confidence,
            },
        )


KINDS: dict[str, Kind] = {
    "interest.recorded": Kind(
        touches=Touch.INTEREST | Touch.CONTRACT | Touch.CENTRES,
        subject_kind="product",
        attributes=frozenset({"owned", "source"}),
        find=_interests,
        clearings={"bought": _bought},
    ),
    "problem.open": Kind(
        touches=Touch.PROBLEM | Touch.CENTRES | Touch.USERS,
        subject_kind="problem",
        attributes=frozenset({"open", "deployed", "department", "mapped"}),
        find=_problems,
        clearings={"solved": _solved},
    ),
    "company.news": Kind(
        touches=Touch.NEWS,
        subject_kind="news",
        attributes=frozenset({"kind", "confidence", "mapped", "competitor"}),
        find=_news,
    ),
}
