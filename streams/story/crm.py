"""One account's CRM record: the snapshot of the first day, and what the account team notes afterwards."""

from __future__ import annotations

import random

from streams.story import world
from streams.story.company import CURRENCY, Company, Contact, draw_contact
from streams.story.records import Pen
from streams.story.script import Script
from streams.story.times import DAY_MS, HOUR_MS, iso_date

OWNERS = (("csm", 14), ("account_manager", 8), ("senior_ae", 5), ("expansion_ae", 4), ("support_lead", 3))
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
        self._count = 0
        # Small customers are served by mail and meet nobody; the others meet every two weeks or so.
        self._meeting_chance = 0.02 if company.acv < 30_000 else 0.09
        self._qbr_day = rng.randint(5, 60)

    def snapshot(self) -> None:
        company = self._company
        pen = self._pen
        at = self._rng.randrange(1, HOUR_MS // 2)
        pen.crm(
            "account.changed",
            at,
            origin="snapshot",
            name=company.name,
            segment=company.segment,
            lifecycle="live",
            is_test=False,
            industry=company.industry,
            country=company.country,
            time_zone=company.time_zone,
            customer_since=iso_date(company.customer_since),
        )
        term = 12 if company.ends_day < 365 else 24
        starts = company.ends_day - round(term * 365 / 12)
        pen.crm(
            "contract.signed",
            at + 1,
            origin="snapshot",
            contract_id=f"{company.account_id}-k1",
            products=[{"product_id": world.MAIN_PRODUCT, "tier": company.tier, "seats": company.seats}],
            acv=f"{company.acv}.00",
            arr=f"{company.acv}.00",
            currency=CURRENCY,
            starts_on=iso_date(starts),
            ends_on=iso_date(company.ends_day),
            term_months=term,
            auto_renew=self._rng.random() < 0.6,
            notice_days=90,
            seats_self_serve=company.segment == "smb",
        )
        for index, (role, people) in enumerate(OWNERS):
            number = self._rng.randint(1, people)
            pen.crm(
                "owner.changed",
                at + 2 + index,
                origin="snapshot",
                role=role,
                person_id=f"{role.replace('_', '-')}-{number:02d}",
                queue="pooled-smb" if role == "csm" and company.segment == "smb" else None,
                country="DE",
                time_zone="Europe/Berlin",
            )
        for index, contact in enumerate(company.contacts):
            pen.crm("contact.added", at + 10 + index, origin="snapshot", **contact_fields(contact))

    def day(self, day: int) -> None:
        rng = self._rng
        for scene in self._script.scenes.get(day, ()):
            scene(self._pen, self._moment(day))
        if day % 7 >= 5:
            return
        if rng.random() < self._meeting_chance:
            self._meet(day, rng.choice(("meeting", "call", "call", "health_check", "training")))
        if self._company.acv >= 30_000 and day % 90 == self._qbr_day:
            self._meet(day, "qbr", with_sponsor=True)
        if rng.random() < 0.004:
            contact = draw_contact(
                self._company,
                rng,
                "individual",
                rng.choice(self._company.departments),
                (),
                -rng.randint(200, 2000),
            )
            self._company.contacts.append(contact)
            self._pen.crm("contact.added", self._moment(day), **contact_fields(contact))
        if rng.random() < 0.01:
            contact = rng.choice(self._present())
            self._pen.crm(
                "contact.verified",
                self._moment(day),
                contact_id=contact.contact_id,
                verified_on=iso_date(day),
            )
        if day % 90 == 3:
            self._bill(day)

    def _meet(self, day: int, kind: str, with_sponsor: bool = False) -> None:
        rng = self._rng
        self._count += 1
        engagement_id = f"{self._company.account_id}-e{self._count}"
        absent = self._script.sponsor_absent_from
        silent = absent is not None and day >= absent
        invited = [c for c in self._present() if not (silent and "sponsor" in c.roles)]
        if not invited:
            return
        guests = rng.sample(invited, min(len(invited), rng.randint(1, 3)))
        if with_sponsor and not silent:
            guests += [c for c in invited if "sponsor" in c.roles and c not in guests]
        at = self._moment(day)
        ids = [contact.contact_id for contact in guests]
        self._pen.crm(
            "engagement.logged",
            at,
            engagement_id=engagement_id,
            kind=kind,
            contact_ids=ids,
            initiated_by="customer" if rng.random() < 0.2 else "vendor",
            held=rng.random() < 0.93,
            purpose="relationship",
        )
        if rng.random() < 0.5:
            self._pen.crm(
                "note.logged",
                at + 1,
                note_id=f"{engagement_id}-n",
                author_id="csm-01",
                sentiment=rng.choice(("neutral", "neutral", "positive")),
                context="qbr" if kind == "qbr" else "other",
                contact_ids=ids,
                engagement_id=engagement_id,
            )

    def _bill(self, day: int) -> None:
        invoice = f"{self._company.account_id}-i{day}"
        amount = f"{self._company.acv / 4:.2f}"
        at = self._moment(day)
        for status, later in (("open", 0), ("paid", 20 * DAY_MS)):
            self._pen.crm(
                "invoice.changed",
                at + later,
                invoice_id=invoice,
                status=status,
                due_on=iso_date(day + 30),
                amount=amount,
                currency=CURRENCY,
            )

    def _present(self) -> list[Contact]:
        return [contact for contact in self._company.contacts if not contact.left]

    def _moment(self, day: int) -> int:
        return day * DAY_MS + _OFFICE + self._rng.randrange(9 * HOUR_MS)
