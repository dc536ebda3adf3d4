"""Events of `crm-changes` about where growth could come from: interest, problems, centres, news, hiring."""

from __future__ import annotations

from typing import Literal

from schemas.base import Date, Envelope, Fraction, Id, Label, Patch, Text


class InterestRecorded(Envelope):
    """The customer asked about a product."""

    type: Literal["interest.recorded"]
    interest_id: Id
    product_id: Id
    source: Literal["success_plan", "meeting", "other"]
    contact_id: Id | None = None
    buying_centre_id: Id | None = None


class ProblemRecorded(Envelope):
    """A problem of a department that a use case of ours might solve."""

    type: Literal["problem.recorded"]
    problem_id: Id
    department: Label
    use_case_id: Id | None = None
    buying_centre_id: Id | None = None
    contact_id: Id | None = None
    status: Literal["open", "solved"]


class BuyingCentreChanged(Patch):
    """A group at the customer that can decide to buy."""

    type: Literal["buying_centre.changed"]
    buying_centre_id: Id
    name: Text | None = None
    department: Label | None = None
    region: Label | None = None
    entity: Label | None = None
    """The legal entity."""
    owner_contact_id: Id | None = None
    problem_ids: tuple[Id, ...] | None = None
    deployed: bool | None = None
    path: Text | None = None
    """What it would take to get a conversation."""
    status: Literal["suspected", "known", "ruled_out"] | None = None


class CompanyNews(Envelope):
    """Something happened to or at the customer's company; `confidence` is the source's own."""

    type: Literal["company.news"]
    news_id: Id
    kind: Literal[
        "acquisition_made",
        "acquired",
        "market_expansion",
        "initiative",
        "layoffs",
        "budget_cut",
        "displacement_project",
        "funding",
    ]
    happened_on: Date
    confidence: Fraction
    use_case_id: Id | None = None
    department: Label | None = None
    region: Label | None = None
    entity: Label | None = None
    competitor: Label | None = None
    url: Text | None = None


class HiringObserved(Envelope):
    """One opening of the customer's; `function` as in packaging."""

    type: Literal["hiring.observed"]
    posting_id: Id
    function: Label
    opened_on: Date
    department: Label | None = None
    region: Label | None = None
