"""The order of the retention inbox: severity, then ARR, then days to renewal."""

from __future__ import annotations

from decimal import Decimal

from schemas.alerts import Priority
from streams.detection.catalog.routing import Routing
from streams.detection.facts import Facts, arr_by_currency
from streams.detection.units import Day
from streams.detection.wording import days_to_renewal

_LARGEST_ARR = 10**9 - 1
_FARTHEST = 999


def priority_of(severity: int, routing: Routing, facts: Facts, day: Day) -> Priority:
    """rank = severity x 10^12 + ARR x 10^3 + (999 - days to renewal), higher first.

    The factors only keep the three apart: no ARR outweighs a severity, no renewal an ARR. ARR is in whole
    units of the reference currency, at most 10^9 - 1; a renewal more than 999 days away, unknown or past
    adds nothing more."""
    arr = arr_in_reference(routing, facts, day)
    days = days_to_renewal(facts, day)
    near = 0 if days is None else _FARTHEST - min(max(days, 0), _FARTHEST)
    amount = min(int(arr or 0), _LARGEST_ARR)
    terms = {"severity": float(severity), "arr": float(amount)}
    if days is not None:
        terms["days_to_renewal"] = float(days)
    return Priority(rank=float(severity * 10**12 + amount * 10**3 + near), terms=terms)


def arr_in_reference(routing: Routing, facts: Facts, day: Day) -> Decimal | None:
    """ARR of the contracts in force in the reference currency; None where it is unknown."""
    found = arr_by_currency(facts, day)
    if not found or not set(found) <= set(routing.rates):
        return None
    return sum((amount * routing.rates[currency] for currency, amount in found.items()), Decimal(0))
