"""What is sold, owed and negotiated: contracts, renewal steps and intents, deals, invoices."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from decimal import Decimal

import msgspec

from streams.detection.facts.marks import Mark
from streams.detection.facts.patch import Layer, Stamp
from streams.detection.units import Day, date_of, day_from_date


class ProductFact(msgspec.Struct, array_like=True, gc=False):
    """A product of a contract; seats are None where it is not sold by seats."""

    product_id: str
    tier: str
    seats: int | None = None
    scope_features: list[str] | None = None


class Term(msgspec.Struct, array_like=True, gc=False):
    """What a contract says from a day on: as signed, amended or renewed."""

    effective_on: Day
    kind: str
    """signed, amended or renewed."""
    mark: Mark
    stamp: Stamp
    acv: Decimal
    arr: Decimal
    currency: str
    products: list[ProductFact]
    arr_before: Decimal | None = None
    ends_on: Day | None = None
    """Last day; None in an amendment, which does not move it."""
    auto_renew: bool | None = None
    """None: as before."""
    reason: str | None = None

    @property
    def seats(self) -> int | None:
        """Seats of all products, None if none is sold by seats."""
        known = [product.seats for product in self.products if product.seats is not None]
        return sum(known) if known else None


class Notice(msgspec.Struct, array_like=True, gc=False):
    """Notice given, or the contract's end."""

    effective_on: Day
    """The first day without the contract."""
    arr_lost: Decimal
    currency: str
    stated_reason: str
    mark: Mark
    stamp: Stamp


class Withdrawal(msgspec.Struct, array_like=True, gc=False):
    """A notice withdrawn."""

    withdrawn_on: Day
    mark: Mark
    stamp: Stamp


class ContractFact(msgspec.Struct, array_like=True, gc=False):
    """One contract with the last 16 terms it went through, so that a past day can be asked about."""

    id: str
    terms: list[Term] = msgspec.field(default_factory=list)
    """In order of `effective_on`, of equal ones the newest last."""
    term_months: int | None = None
    notice_days: int | None = None
    seats_self_serve: bool | None = None
    upgrade_needs_amendment: bool | None = None
    notice: Notice | None = None
    withdrawn: Withdrawal | None = None
    ended: Notice | None = None
    stamps: list[Layer] = msgspec.field(default_factory=list)

    def term_at(self, day: Day) -> Term | None:
        """The term in force on a day, None before the first."""
        for term in reversed(self.terms):
            if term.effective_on <= day:
                return term
        return None

    @property
    def starts_on(self) -> Day | None:
        """First day of the first term on record."""
        return self.terms[0].effective_on if self.terms else None

    def ends_on(self, day: Day) -> Day | None:
        """The contract's last day as agreed on `day`; one that renews itself rolls on by its term length."""
        agreed = next((t.ends_on for t in reversed(self.terms) if t.effective_on <= day and t.ends_on), None)
        if agreed is None or agreed >= day or not self.auto_renews(day) or self.notice_in_force is not None:
            return agreed
        months = self.term_months or 12
        rolled, periods = agreed, 0
        while rolled < day:
            periods += 1
            rolled = add_months(agreed, periods * months)
        return rolled

    def auto_renews(self, day: Day) -> bool:
        """Whether the contract renews itself, as agreed on `day`."""
        for term in reversed(self.terms):
            if term.effective_on <= day and term.auto_renew is not None:
                return term.auto_renew
        return False

    @property
    def notice_in_force(self) -> Notice | None:
        """The notice, unless it was withdrawn since."""
        notice, withdrawn = self.notice, self.withdrawn
        if notice is not None and withdrawn is not None and withdrawn.stamp >= notice.stamp:
            return None
        return notice

    def in_force(self, day: Day) -> bool:
        """Started, not ended, and not past its last day (one that renews itself goes on)."""
        if self.term_at(day) is None or (self.ended is not None and day >= self.ended.effective_on):
            return False
        ends_on = self.ends_on(day)
        return ends_on is None or day <= ends_on


class StepDone(msgspec.Struct, array_like=True, gc=False):
    """A renewal step of ours."""

    done_on: Day
    mark: Mark


class Intent(msgspec.Struct, array_like=True, gc=False):
    """What the customer said about renewing: committed, likely, undecided or negative."""

    intent: str
    mark: Mark
    contact_id: str | None = None


class Deal(msgspec.Struct, array_like=True, gc=False):
    """An opportunity of the CRM."""

    id: str
    kind: str | None = None
    engine: str | None = None
    stage: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    created_on: Day | None = None
    expected_close_on: Day | None = None
    closed_on: Day | None = None
    product_ids: list[str] | None = None
    buying_centre_id: str | None = None
    sourced_by: str | None = None
    alert_id: str | None = None
    owner_id: str | None = None
    lost_reason: str | None = None
    stages: list[tuple[int, str]] = msgspec.field(default_factory=list)
    """(ms, stage), the last 8."""
    mark: Mark | None = None
    """The last change of stage."""
    stamps: list[Layer] = msgspec.field(default_factory=list)

    @property
    def open(self) -> bool:
        """Neither won nor lost."""
        return self.stage not in ("won", "lost")


class Invoice(msgspec.Struct, array_like=True, gc=False):
    """An invoice; overdue by more than n days is a matter of `due_on`, not of the status alone."""

    id: str
    status: str | None = None
    due_on: Day | None = None
    amount: Decimal | None = None
    currency: str | None = None
    statuses: list[tuple[int, str]] = msgspec.field(default_factory=list)
    """(ms, status), the last 8."""
    mark: Mark | None = None
    """The last change of status."""
    stamps: list[Layer] = msgspec.field(default_factory=list)

    @property
    def unpaid(self) -> bool:
        """Open or overdue."""
        return self.status in ("open", "overdue")


def add_months(day: Day, months: int) -> Day:
    """The same day of a later month, or that month's last day.

    >>> str(date_of(add_months(day_from_date(date(2026, 1, 31)), 1)))
    '2026-02-28'
    """
    start = date_of(day)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    return day_from_date(date(year, month + 1, min(start.day, last)))
