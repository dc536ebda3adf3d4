"""Questions that several facts answer together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from streams.detection.facts.commerce import ContractFact
from streams.detection.facts.people import Contact
from streams.detection.facts.state import Facts
from streams.detection.units import Day, date_of


def contracts_in_force(facts: Facts, day: Day) -> Iterator[ContractFact]:
    """The contracts in force on a day."""
    return (contract for contract in facts.contracts.values() if contract.in_force(day))


def acv_by_currency(facts: Facts, day: Day) -> dict[str, Decimal]:
    """Annual contract value of the contracts in force on a day, per ISO 4217 currency; empty if unknown."""
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for contract in contracts_in_force(facts, day):
        term = contract.term_at(day)
        if term is not None:
            totals[term.currency] += term.acv
    return dict(totals)


def arr_by_currency(facts: Facts, day: Day) -> dict[str, Decimal]:
    """Annual recurring revenue of the contracts in force on a day, per currency; empty if unknown."""
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for contract in contracts_in_force(facts, day):
        term = contract.term_at(day)
        if term is not None:
            totals[term.currency] += term.arr
    return dict(totals)


def acv(facts: Facts, day: Day) -> tuple[Decimal | None, str | None]:
    """ACV and its currency on a day; (None, None) without a contract in force, or with several currencies."""
    totals = acv_by_currency(facts, day)
    if len(totals) != 1:
        return None, None
    [(currency, total)] = totals.items()
    return total, currency


def contracts_change(facts: Facts, day: Day) -> Day | None:
    """The first day after `day` on which time alone changes what is in force: a term begins, a contract is over."""
    days: list[Day] = []
    for contract in facts.contracts.values():
        days += [term.effective_on for term in contract.terms]
        if contract.ended is not None:
            days.append(contract.ended.effective_on)
        if contract.in_force(day) and (ends_on := contract.ends_on(day)) is not None:
            days.append(ends_on + 1)
    return min((known for known in days if known > day), default=None)


def renewal_day(facts: Facts, day: Day) -> Day | None:
    """The earliest last day of the contracts in force on a day."""
    ends = (contract.ends_on(day) for contract in contracts_in_force(facts, day))
    return min((end for end in ends if end is not None), default=None)


def renewal_date(facts: Facts, day: Day) -> date | None:
    """`renewal_day` as a date."""
    end = renewal_day(facts, day)
    return None if end is None else date_of(end)


def purchased_seats(facts: Facts, day: Day) -> int | None:
    """Seats of the contracts in force on a day, else the limits of the meter `seats_assigned`, else None."""
    terms = (contract.term_at(day) for contract in contracts_in_force(facts, day))
    known = [seats for term in terms if term is not None and (seats := term.seats) is not None]
    if known:
        return sum(known)
    limits = []
    for level in seat_levels(facts):
        reading = facts.levels[level].at(day)
        if reading is not None and reading[1] is not None:
            limits.append(int(reading[1]))
    return sum(limits) if limits else None


def assigned_seats(facts: Facts, day: Day) -> int | None:
    """Seats assigned at the end of a day, summed over products; None if no source tells."""
    readings = [facts.levels[level].at(day) for level in seat_levels(facts)]
    known = [reading[0] for reading in readings if reading is not None]
    return int(sum(known)) if known else None


def seat_levels(facts: Facts) -> list[str]:
    """The levels that count assigned seats: the account's own, else one a product."""
    if "seats_assigned" in facts.levels:
        return ["seats_assigned"]
    return sorted(key for key in facts.levels if key.endswith(":seats_assigned"))


def canonical(facts: Facts, contact_id: str) -> str:
    """The contact that a merged one became, through any number of merges; another id is returned as it is."""
    seen = {contact_id}
    while True:
        contact = facts.contacts.get(contact_id)
        if contact is None or contact.merged_into is None or contact.merged_into in seen:
            return contact_id
        contact_id = contact.merged_into
        seen.add(contact_id)


def present_contacts(facts: Facts) -> Iterator[Contact]:
    """The contacts that neither left nor were merged away."""
    return (contact for contact in facts.contacts.values() if contact.present)


def champion_mask(facts: Facts) -> int:
    """The users linked to a champion who is still there, by either side of the link."""
    champions = {c.id: c for c in present_contacts(facts) if "champion" in c.roles}
    mask = 0
    for contact in champions.values():
        slot = facts.users.slot_of(contact.user_id) if contact.user_id else None
        if slot is not None:
            mask |= 1 << slot
    if champions:
        for slot, contact_id in facts.users.contacts.items():
            if canonical(facts, contact_id) in champions:
                mask |= 1 << slot
    return mask


def key_mask(facts: Facts, day: Day, *, by_days_alone: bool = True, first: Day | None = None) -> int:
    """Key users as of a day: admins, power users and those linked to a champion, without the deprovisioned.

    Roles and links are today's. Whether somebody is a power user is judged by active days alone, as of any
    past day it must be; for the newest day `by_days_alone=False` asks for three features as well.
    """
    users = facts.users
    mask = users.mask("role", "admin") | users.power_mask(day, by_days_alone=by_days_alone, first=first)
    mask |= champion_mask(facts)
    return users.only_counted(mask & ~users.mask("status", "deprovisioned"))
