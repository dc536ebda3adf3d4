"""What is known of a customer as a company: its departments as buying centres, whom it hires, what it says of us."""

from __future__ import annotations

import random

from streams.story import world
from streams.story.company import Company
from streams.story.records import Pen
from streams.story.times import iso_date

_PULSE_DAYS = 90
_LEAST_APART = 45  # days between two openings at a small customer


class Market:
    """Writes the background of one account's surroundings."""

    def __init__(self, company: Company, rng: random.Random, pen: Pen) -> None:
        self._company = company
        self._rng = rng
        self._pen = pen
        self._pulse = rng.randrange(_PULSE_DAYS)
        self._opinions = {contact.contact_id: rng.choice((8, 8, 9, 9)) for contact in company.contacts}
        self._openings = {"smb": 0.004, "mid_market": 0.02, "enterprise": 0.08}[company.segment]
        self._last_opening = -_LEAST_APART

    def snapshot(self, at: int) -> None:
        """The map of the buying centres, where the account is large enough for one."""
        company = self._company
        if not company.tracked:
            return
        centres = [(department, True) for department in company.departments]
        if company.mapped:
            centres.append(("legal" if "legal" not in company.departments else "facilities", False))
        for index, (department, deployed) in enumerate(centres):
            self._pen.crm(
                "buying_centre.changed",
                at + index,
                origin="snapshot",
                buying_centre_id=f"{company.account_id}-b{index + 1}",
                name=department.replace("_", " ").title(),
                department=department,
                deployed=deployed,
                status="known",
            )

    def day(self, day: int, at: int) -> None:
        rng = self._rng
        company = self._company
        if rng.random() < self._openings and (
            company.segment != "smb" or day - self._last_opening >= _LEAST_APART
        ):
            self._last_opening = day
            self._pen.crm(
                "hiring.observed",
                at + 1,
                posting_id=f"{company.account_id}-h{day}",
                function=rng.choice((*company.departments, *world.UNSERVED)),
                opened_on=iso_date(day - rng.randint(0, 3)),
            )
        if rng.random() < 0.001:
            self._pen.crm(
                "company.news",
                at + 2,
                news_id=f"{company.account_id}-n{day}",
                kind="funding",
                happened_on=iso_date(day - 1),
                confidence=0.9,
            )
        if day % _PULSE_DAYS // 7 == self._pulse // 7 and day % 7 == self._pulse % 5:
            self._ask(day, at + 3)

    def _ask(self, day: int, at: int) -> None:
        """A pulse: half of the people answer, most of them as the last time, give or take a point."""
        sour = 0
        for contact in self._company.contacts:
            if contact.left or self._rng.random() < 0.5:
                continue
            usual = self._opinions.get(contact.contact_id, 9)
            score = usual + self._rng.choice((-1, 0, 0, 1))
            if not contact.roles and not sour and self._rng.random() < 0.05:
                score, sour = 6, 1
            self._pen.crm(
                "nps.answered",
                at,
                answer_id=f"{contact.contact_id}-p{day}",
                pulse_id=f"pulse-{day // _PULSE_DAYS}",
                contact_id=contact.contact_id,
                score=score,
            )
