"""What an account could buy and has not, and when it last bought something. Asked of what is agreed, whenever it
begins: nothing here changes by the passing of time."""

from __future__ import annotations

from streams.detection.buying_centres import deployed_departments, is_deployed, known
from streams.detection.facts import Facts
from streams.detection.packaging import Packaging
from streams.detection.units import Day


def last_bought(facts: Facts) -> Day | None:
    """The last day on which the account bought: the start of a contract, a change of one that raised its ARR, or a won
    expansion deal; what begins later counts from the day it was agreed. None where no contract is on record."""
    days: list[Day] = []
    for contract in facts.contracts.values():
        for at, term in enumerate(contract.terms):
            before = term.arr_before
            if before is None and at:
                before = contract.terms[at - 1].arr
            if before is None or term.arr > before:
                days.append(min(term.effective_on, term.mark.day))
    if not days:
        return None
    for deal in facts.deals.values():
        if deal.kind == "expansion" and deal.stage == "won" and deal.mark is not None:
            closed = deal.mark.day if deal.closed_on is None else deal.closed_on
            days.append(min(closed, deal.mark.day))
    return max(days)


def products_bought(facts: Facts) -> frozenset[str]:
    """Products of all contracts that have not ended, also of those that start later."""
    return frozenset(
        product.product_id
        for contract in facts.contracts.values()
        if contract.ended is None and contract.terms
        for product in contract.terms[-1].products
    )


def white_space(facts: Facts, packaging: Packaging) -> list[str]:
    """Products and tiers of the packaging that are in no contract, and known buying centres without a deployment;
    one phrase each."""
    tiers: dict[str, set[str]] = {}
    for contract in facts.contracts.values():
        if contract.ended is None and contract.terms:
            for product in contract.terms[-1].products:
                tiers.setdefault(product.product_id, set()).add(product.tier)
    found = []
    for product_id, offered in sorted(packaging.products.items()):
        owned = tiers.get(product_id)
        if owned is None:
            found.append(f"{offered.name} is not in use")
            continue
        reached = max((offered.tiers.index(tier) for tier in owned if tier in offered.tiers), default=-1)
        if above := offered.tiers[reached + 1 :]:
            found.append(f"{offered.name}: {', '.join(above)} above the present tier")
    deployed = deployed_departments(facts) if facts.centres else frozenset()
    for _, centre in sorted(facts.centres.items()):
        if known(centre) and not is_deployed(centre, deployed):
            found.append(f"{centre.name or centre.department or centre.id} has no deployment")
    return found
