"""Renewal steps of ours, and invoices of theirs."""

from __future__ import annotations

from collections.abc import Iterator

from streams.detection.detectors.dues.base import Due, DueKind
from streams.detection.facts import ContractFact, Facts, Touch, contracts_change, contracts_in_force
from streams.detection.facts.commerce import add_months
from streams.detection.packaging import Packaging
from streams.detection.renewal_steps import step_name
from streams.detection.units import Day, date_of


def _renewal_steps(facts: Facts, packaging: Packaging, today: Day) -> Iterator[Due]:
    """Steps of the present term that are not done. A contract whose renewal is signed, or that was given notice of,
    has none; nor are steps asked for whose day had passed before anybody told of the contract."""
    for contract in contracts_in_force(facts, today):
        ends = contract.ends_on(today)
        if ends is None or contract.notice_in_force is not None or renewal_signed(contract, today):
            continue
        begun = term_begins(contract, ends)
        known = max(begun, min(term.mark.day for term in contract.terms))
        done = facts.renewal_steps.get(contract.id, {})
        for days_before in packaging.renewal_steps.of(contract.term_months):
            step, due = step_name(days_before), ends - days_before
            report = done.get(step)
            if due < known or (report is not None and report.done_on >= begun):
                continue
            yield Due(
                since=due,
                subject=f"{contract.id}/{step}",
                label=step,
                about=f"contract {contract.id}, which ends on {date_of(ends)}",
                ends=ends,
                event_ids=(contract.terms[-1].mark.event_id,),
                details={"contract_id": contract.id},
            )


def renewal_signed(contract: ContractFact, today: Day) -> bool:
    """Whether the term after the present one is agreed already."""
    return any(term.kind == "renewed" and term.effective_on > today for term in contract.terms)


def term_begins(contract: ContractFact, ends: Day) -> Day:
    """The first day of the term that ends on `ends`; before it, what was done or said was about another renewal."""
    return add_months(ends + 1, -(contract.term_months or 12))


def _invoices(facts: Facts, packaging: Packaging, today: Day) -> Iterator[Due]:
    """Invoices that are neither paid nor written off; credit notes are none."""
    for invoice in facts.invoices.values():
        if invoice.unpaid and invoice.due_on is not None and (invoice.amount is None or invoice.amount > 0):
            amount = "an unknown amount" if invoice.amount is None else f"{invoice.amount:,.2f}"
            yield Due(
                since=invoice.due_on,
                subject=invoice.id,
                label=invoice.id,
                about=f"{amount} {invoice.currency or ''}".strip(),
                event_ids=(invoice.mark.event_id,) if invoice.mark else (),
                details={"amount": None if invoice.amount is None else float(invoice.amount)},
            )


KINDS: dict[str, DueKind] = {
    "renewal_step": DueKind(
        Touch.CONTRACT | Touch.RENEWAL, "renewal_step", _renewal_steps, changes_on=contracts_change
    ),
    "invoice": DueKind(Touch.INVOICES, "invoice", _invoices),
}
