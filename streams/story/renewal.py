"""How a contract comes to its next term: our steps, what the customer says, the signature."""

from __future__ import annotations

import random

from streams.story import world
from streams.story.company import CURRENCY, Company
from streams.story.records import Pen
from streams.story.script import Script
from streams.story.times import iso_date

STEPS = (270, 180, 120, 90, 60)  # days before the end, of a term of a year or more


class Renewal:
    """Writes the renewal of one account's contract. Ordinary teams are a week or two ahead of every step."""

    def __init__(self, company: Company, script: Script, rng: random.Random, pen: Pen) -> None:
        self._company = company
        self._pen = pen
        self._renews = script.renews
        ends = company.ends_day
        self._done: list[tuple[int, int]] = []
        for step in STEPS:
            late = script.steps.get(step, -rng.randint(9, 20))
            if late is not None:
                self._done.append((ends - step + late, step))
        asked = [(ends - rng.randint(185, 260), rng.choice(("likely", "likely", "committed")))]
        self._said = asked if script.intents is None else script.intents
        self._signed = ends - rng.randint(25, 45)

    def snapshot(self, at: int) -> None:
        for day, step in self._done:
            if day < 0:
                self._step(step, at, day, "snapshot")
        for day, intent in self._said:
            if day < 0:
                self._intent(intent, at + 10, "snapshot")

    def day(self, day: int, at: int) -> None:
        for due, step in self._done:
            if due == day:
                self._step(step, at, day, None)
        for due, intent in self._said:
            if due == day:
                self._intent(intent, at + 10, None)
        if self._renews and day == self._signed:
            self._sign(at + 20)

    def _step(self, step: int, at: int, day: int, origin: str | None) -> None:
        self._pen.crm(
            "renewal.step_done",
            at,
            origin=origin,
            contract_id=f"{self._company.account_id}-k1",
            step=f"T-{step}",
            done_on=iso_date(day),
        )

    def _intent(self, intent: str, at: int, origin: str | None) -> None:
        self._pen.crm(
            "renewal.intent_recorded",
            at,
            origin=origin,
            contract_id=f"{self._company.account_id}-k1",
            intent=intent,
            contact_id=self._company.champion.contact_id,
        )

    def _sign(self, at: int) -> None:
        company = self._company
        self._pen.crm(
            "contract.renewed",
            at,
            contract_id=f"{company.account_id}-k1",
            arr_before=f"{company.acv}.00",
            arr_after=f"{company.acv}.00",
            acv_after=f"{company.acv}.00",
            currency=CURRENCY,
            starts_on=iso_date(company.ends_day + 1),
            ends_on=iso_date(company.ends_day + 365),
            products_after=[{"product_id": world.MAIN_PRODUCT, "tier": company.tier, "seats": company.seats}],
            auto_renew=True,
        )
