"""Deals of the CRM and invoices of the books."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.detection.facts.bounds import DEALS_CAP, INVOICES_CAP, make_room, note_change
from streams.detection.facts.commerce import Deal, Invoice
from streams.detection.facts.fold.routes import Handler
from streams.detection.facts.marks import mark_of
from streams.detection.facts.patch import Field, bit_of, dates, patch, same
from streams.detection.facts.state import Facts
from streams.detection.facts.touch import Touch
from streams.detection.units import Millis

if TYPE_CHECKING:
    from schemas.crm_commercial import DealChanged, InvoiceChanged


def _list(value: tuple[str, ...]) -> list[str]:
    return list(value)


_DEAL: Final[tuple[Field, ...]] = (
    *same("kind", "engine", "stage", "amount", "currency"),
    *dates("created_on", "expected_close_on", "closed_on"),
    Field("product_ids", "product_ids", _list),
    *same("buying_centre_id", "sourced_by", "alert_id", "owner_id", "lost_reason"),
)
_STAGE: Final = bit_of(_DEAL, "stage")
_INVOICE: Final[tuple[Field, ...]] = (*same("status"), *dates("due_on"), *same("amount", "currency"))
_STATUS: Final = bit_of(_INVOICE, "status")


def deal_changed(facts: Facts, event: DealChanged, occurred_ms: Millis) -> int:
    deal = facts.deals.get(event.deal_id)
    if deal is None:
        deal = facts.deals[event.deal_id] = Deal(event.deal_id)
    changed = patch(deal, event, occurred_ms, _DEAL)
    if changed & _STAGE:
        deal.mark = mark_of(event, occurred_ms)
    changed |= note_change(deal.stages, occurred_ms, str(event.stage))
    make_room(facts.deals, DEALS_CAP, _worth_of_deal, facts.dropped, "deals")
    return Touch.DEALS if changed else 0


def invoice_changed(facts: Facts, event: InvoiceChanged, occurred_ms: Millis) -> int:
    invoice = facts.invoices.get(event.invoice_id)
    if invoice is None:
        invoice = facts.invoices[event.invoice_id] = Invoice(event.invoice_id)
    changed = patch(invoice, event, occurred_ms, _INVOICE)
    if changed & _STATUS:
        invoice.mark = mark_of(event, occurred_ms)
    changed |= note_change(invoice.statuses, occurred_ms, str(event.status))
    make_room(facts.invoices, INVOICES_CAP, _worth_of_invoice, facts.dropped, "invoices")
    return Touch.INVOICES if changed else 0


def _worth_of_deal(deal: Deal) -> tuple[bool, int]:
    return (deal.open, deal.stamps[0][1] if deal.stamps else 0)


def _worth_of_invoice(invoice: Invoice) -> tuple[bool, int]:
    return (invoice.unpaid, invoice.due_on or 0)


HANDLERS: Final[dict[str, Handler]] = {
    "deal.changed": deal_changed,
    "invoice.changed": invoice_changed,
}
