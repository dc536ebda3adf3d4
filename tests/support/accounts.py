"""Facts of accounts, folded from events as any others."""

from __future__ import annotations

from schemas.wire import decode_event
from streams.detection.facts import Facts, fold
from tests.support.journal import Journal, at


def facts_of(*events: tuple[str, float, dict[str, object]]) -> Facts:
    """The facts after these events: type, day of the timeline, fields."""
    journal, facts = Journal(), Facts()
    for kind, day, fields in events:
        record = journal.event("acme", kind, at(day), **fields)  # type: ignore[arg-type]
        assert record.value is not None
        fold(facts, decode_event(record.value), at(day))
    return facts


def contract(
    acv: str, *, currency: str = "EUR", seats: int | None = 20, **fields: object
) -> dict[str, object]:
    """A year's contract from day 0."""
    return {
        "contract_id": "k-1",
        "products": [{"product_id": "atlas", "tier": "team", "seats": seats}],
        "acv": acv,
        "arr": acv,
        "currency": currency,
        "starts_on": "2026-01-05",
        "ends_on": "2027-01-04",
        "term_months": 12,
        "auto_renew": False,
        **fields,
    }


def owner(role: str, person: str | None, **fields: object) -> dict[str, object]:
    return {"role": role, "person_id": person, **fields}
