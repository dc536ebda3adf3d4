"""The CRM's deals beside our opportunities: one that is being worked holds ours back, one that is won ends it."""

from __future__ import annotations

from streams.detection.facts import Deal, Facts
from streams.detection.reading import Evidence
from streams.detection.rules import Rule
from streams.growth.places import spot_of_centre, spots_of


def deal_in_the_way(rule: Rule, facts: Facts, evidence: Evidence) -> Deal | None:
    """An open expansion deal that this opportunity would only repeat, the first by id; None where there is none.

    It names an alert of the same signal, or is of the same engine; not where both say which product or which buying
    centre they are about, and mean different ones."""
    for _, deal in sorted(facts.deals.items()):
        if deal.kind != "expansion" or not deal.open:
            continue
        if deal.alert_id is not None and deal.alert_id.startswith(f"{rule.id}/"):
            return deal
        if deal.engine == rule.spec.engine and not _about_another(deal, facts, evidence):
            return deal
    return None


def won_from(facts: Facts, alert_id: str) -> Deal | None:
    """The won deal that names the alert as where it came from; a lost one ends nothing, somebody may try again."""
    for _, deal in sorted(facts.deals.items()):
        if deal.alert_id == alert_id and deal.stage == "won":
            return deal
    return None


def _about_another(deal: Deal, facts: Facts, evidence: Evidence) -> bool:
    product = evidence.details.get("product_id")
    if product is not None and deal.product_ids and product not in deal.product_ids:
        return True
    if deal.buying_centre_id is None:
        return False
    named = evidence.details.get("buying_centre_id")
    if named is not None:
        return named != deal.buying_centre_id
    centre = facts.centres.get(deal.buying_centre_id)
    wanted = spots_of(facts, evidence.contacts, evidence.departments)
    return centre is not None and bool(wanted) and spot_of_centre(centre) not in wanted
