"""One account's CRM record: the snapshot of the first day, and what is noted afterwards."""

from __future__ import annotations

import random

from streams.story import world
from streams.story.account_team import AccountTeam
from streams.story.company import CURRENCY, Company, Contact, draw_contact
from streams.story.market import Market
from streams.story.records import Pen
from streams.story.renewal import Renewal
from streams.story.script import Script
from streams.story.times import DAY_MS, HOUR_MS, MINUTE_MS, iso_date

OWNERS = (
    ("csm", 14),
    ("csm_manager", 3),
    ("account_manager", 8),
    ("senior_ae", 5),
    ("expansion_ae", 4),
    ("renewals_manager", 3),
    ("support_lead", 3),
)
_CONTRACTS = 26 * MINUTE_MS  # after the contacts: the export goes through its tables one by one
_OFFICE = 8 * HOUR_MS  # the vendor's working day, UTC


def contact_fields(contact: Contact, discovered_via: str = "crm") -> dict[str, object]:
    """The fields of `contact.added`."""
    return {
        "contact_id": contact.contact_id,
        "name": contact.name,
        "title": contact.title,
        "seniority": contact.seniority,
        "department": contact.department,
        "roles": list(contact.roles),
        "joined_company_on": iso_date(contact.joined_day),
        "user_id": contact.user_id,
        "discovered_via": discovered_via,
    }


class Crm:
    """Writes one account's events of crm-changes."""

    def __init__(self, company: Company, script: Script, rng: random.Random, pen: Pen) -> None:
        self._company = company
        self._script = script
        self._rng = rng
        self._pen = pen
        self._team = AccountTeam(company, script, rng, pen)
        self._renewal = Renewal(company, script, rng, pen)
        self._market = Market(company, rng, pen)
        self._payments: dict[int, int] = {}  # day of payment: day of the invoice

    def snapshot(self) -> None:
        """All that the CRM knows on the first day, and what it still knows of the months before."""
        company = self._company
        pen = self._pen
        now = self._rng.randrange(6 * MINUTE_MS, HOUR_MS // 2)
        then = now + company.known_since * DAY_MS
        pen.in_order = company.known_since < 0
        origin = "snapshot"
        self._own(then)
        for index, contact in enumerate(company.contacts):
            pen.crm("contact.added", then + 10 + index, origin=origin, **contact_fields(contact))
        self._renewal.snapshot(now + 300)
        self._market.snapshot(then + 400)
        self._team.snapshot(now + 500)
        self._sign(then + (1_000 if pen.in_order else _CONTRACTS), origin)

    def _own(self, at: int) -> None:
        for index, (role, people) in enumerate(OWNERS):
            number = self._rng.randint(1, people)
            self._pen.crm(
                "owner.changed",
                at + index,
                origin="snapshot",
                role=role,
                person_id=f"{role.replace('_', '-')}-{number:02d}",
                queue="pooled-smb" if role == "csm" and self._company.segment == "smb" else None,
                country="DE",
                time_zone="Europe/Berlin",
            )

    def _sign(self, at: int, origin: str) -> None:
        company = self._company
        self._pen.crm(
            "account.changed",
            at,
            origin=origin,
            name=company.name,
            segment=company.segment,
            lifecycle=company.lifecycle,
            is_test=False,
            industry=company.industry,
            country=company.country,
            time_zone=company.time_zone,
            customer_since=iso_date(company.customer_since),
            onboarding_started_on=(
                None if company.onboarding_started is None else iso_date(company.onboarding_started)
            ),
        )
        self._pen.crm(
            "contract.signed",
            at + 1,
            origin=origin,
            contract_id=f"{company.account_id}-k1",
            products=[{"product_id": world.MAIN_PRODUCT, "tier": company.tier, "seats": company.seats}],
            acv=f"{company.acv}.00",
            arr=f"{company.acv}.00",
            currency=CURRENCY,
            starts_on=iso_date(company.starts_day),
            ends_on=iso_date(company.ends_day),
            term_months=company.term_months,
            auto_renew=True,
            notice_days=90,
            seats_self_serve=company.segment == "smb",
        )

    def day(self, day: int) -> None:
        for scene in self._script.scenes.get(day, ()):
            scene(self._pen, self._moment(day))
        self._renewal.day(day, self._moment(day))
        if day in self._payments:
            self._invoice(self._payments.pop(day), day, "paid")
        if day % 7 >= 5:
            return
        self._team.day(day)
        self._market.day(day, self._moment(day))
        if self._rng.random() < 0.004:
            self._meet_somebody(day)
        if day % 90 == 3:
            self._bill(day)

    def _meet_somebody(self, day: int) -> None:
        department = self._rng.choice(self._company.departments)
        joined = -self._rng.randint(200, 2000)
        contact = draw_contact(self._company, self._rng, "individual", department, (), joined)
        self._company.contacts.append(contact)
        self._pen.crm("contact.added", self._moment(day), **contact_fields(contact))

    def _bill(self, day: int) -> None:
        """Invoices are paid in time, or a few days late."""
        self._payments[day + self._rng.choice((12, 20, 20, 28, 35, 40))] = day
        self._invoice(day, day, "open")

    def _invoice(self, billed: int, day: int, status: str) -> None:
        self._pen.crm(
            "invoice.changed",
            self._moment(day),
            invoice_id=f"{self._company.account_id}-i{billed}",
            status=status,
            due_on=iso_date(billed + 30),
            amount=f"{self._company.acv / 4:.2f}",
            currency=CURRENCY,
        )

    def _moment(self, day: int) -> int:
        return day * DAY_MS + _OFFICE + self._rng.randrange(9 * HOUR_MS)
