"""What happens at the customer's company: buying centres, problems, interests, news, openings."""

from __future__ import annotations

import msgspec

from streams.detection.facts.marks import Mark
from streams.detection.facts.patch import Layer
from streams.detection.units import Day, Millis


class BuyingCentre(msgspec.Struct, array_like=True, gc=False):
    """A part of the company that decides and pays for itself."""

    id: str
    name: str | None = None
    department: str | None = None
    region: str | None = None
    entity: str | None = None
    owner_contact_id: str | None = None
    problem_ids: list[str] | None = None
    deployed: bool | None = None
    path: str | None = None
    """What it would take to get a conversation."""
    status: str | None = None
    """suspected, known or ruled_out."""
    first: Mark | None = None
    """The first event about it."""
    statuses: list[tuple[Millis, str]] = msgspec.field(default_factory=list)
    """(ms, status), the last 8."""
    stamps: list[Layer] = msgspec.field(default_factory=list)


class Problem(msgspec.Struct, array_like=True, gc=False):
    """A problem that a department has."""

    id: str
    department: str
    status: str
    """open or solved."""
    mark: Mark
    """The last report."""
    opened: Mark | None = None
    """The first report of it as open."""
    use_case_id: str | None = None
    buying_centre_id: str | None = None
    contact_id: str | None = None


class Interest(msgspec.Struct, array_like=True, gc=False):
    """Somebody showed interest in a product."""

    id: str
    product_id: str
    source: str
    mark: Mark
    contact_id: str | None = None
    buying_centre_id: str | None = None


class News(msgspec.Struct, array_like=True, gc=False):
    """News about the company. `happened_on` is the real world's; the deciding day is the mark's."""

    id: str
    kind: str
    happened_on: Day
    confidence: float
    mark: Mark
    use_case_id: str | None = None
    department: str | None = None
    region: str | None = None
    entity: str | None = None
    competitor: str | None = None
    url: str | None = None


class Posting(msgspec.Struct, array_like=True, gc=False):
    """A job opening."""

    id: str
    function: str
    opened_on: Day
    mark: Mark
    department: str | None = None
    region: str | None = None
