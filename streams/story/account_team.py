"""What the vendor's account team does for one customer and notes: meetings, reviews, plans, goals, checked contacts."""

from __future__ import annotations

import random

from streams.story.company import Company, Contact
from streams.story.records import Pen
from streams.story.script import Script
from streams.story.times import DAY_MS, HOUR_MS, iso_date

_OFFICE = 8 * HOUR_MS
_PAST_DAYS = 180  # of meetings that come along with the first snapshot
_QBR_DAYS = 77
_SYNC_DAYS = 42
_REVIEW_DAYS = 70
_VERIFY_DAYS = 84
_MEASURE_DAYS = 21
_KEY = frozenset({"sponsor", "budget_holder", "influencer", "champion"})
_EXECUTIVE = frozenset({"vp", "c_level"})


class AccountTeam:
    """Small customers are served by mail: nobody meets them often, and nobody logs it."""

    def __init__(self, company: Company, script: Script, rng: random.Random, pen: Pen) -> None:
        self._company = company
        self._script = script
        self._rng = rng
        self._pen = pen
        self._count = 0
        self._phase = rng.randrange(1, 70)  # every account has a rhythm of its own
        self._goal_starts = -rng.randint(20, 90)
        self._goal_due = self._goal_starts + 420

    def snapshot(self, at: int) -> None:
        """What stands in the CRM on the first day, and the meetings of the last half-year."""
        company = self._company
        if self._pen.in_order:
            self._meet(company.known_since, "health_check", [company.champion], None)
        for contact in company.contacts:
            if _KEY & set(contact.roles):
                known = self._script.verified_on
                day = -self._rng.randint(1, 60) if known is None else known
                self._verify(contact, day, at, "snapshot")
        if not company.tracked:
            return
        until = self._script.plan_reviews_until
        reviewed = -self._rng.randint(1, 25) if until >= 0 else until
        self._review(reviewed, at + 40, "snapshot")
        self._pen.crm(
            "goal.planned",
            at + 41,
            origin="snapshot",
            goal_id=f"{company.account_id}-g",
            plan_id=f"{company.account_id}-p",
            title="Reports made without help",
            unit="reports a month",
            start_value=100,
            target_value=500,
            starts_on=iso_date(self._goal_starts),
            due_on=iso_date(self._goal_due),
        )
        for day, contact_id in self._script.remembered:
            self._log(day, "call", [contact_id], "backfill" if day < 0 else None, held=True, by="vendor")
        for day in range(max(-_PAST_DAYS, company.known_since or -_PAST_DAYS), 0):
            if day % 7 < 5:
                self._rounds(day, None if self._pen.in_order else "backfill")

    def day(self, day: int) -> None:
        company = self._company
        moment = day * DAY_MS + _OFFICE + self._rng.randrange(9 * HOUR_MS)
        if self._first_of(day, _VERIFY_DAYS) and self._script.verified_on is None:
            for contact in self._present():  # where nobody meets them, by mail
                if _KEY & set(contact.roles):
                    self._verify(contact, day, moment, None)
        if not company.tracked:
            if self._rng.random() < 0.012:
                self._meet(day, self._rng.choice(("call", "email", "training")), [], None)
            return
        self._rounds(day, None)
        if self._first_of(day, _REVIEW_DAYS) and day <= self._script.plan_reviews_until:
            self._review(day, moment, None)
        if self._first_of(day, _MEASURE_DAYS):
            share = (day - self._goal_starts) / (self._goal_due - self._goal_starts)
            self._pen.crm(
                "goal.measured",
                moment + 5,
                goal_id=f"{company.account_id}-g",
                value=round(100 + 400 * min(0.97, share * self._rng.uniform(0.9, 1.06))),
                as_of=iso_date(day),
            )

    def _first_of(self, day: int, period: int) -> bool:
        """Whether `day` is the first working day of a new round of `period` days."""
        rounds = (day + self._phase) // period
        return rounds != (day - (3 if day % 7 == 0 else 1) + self._phase) // period

    def _rounds(self, day: int, origin: str | None) -> None:
        if self._first_of(day, _QBR_DAYS):
            kind = "qbr" if day <= self._script.checks_until else "meeting"
            self._meet(day, kind, [c for c in self._invited(day) if _KEY & set(c.roles)], origin)
        elif self._first_of(day, _SYNC_DAYS):
            leaders = [c for c in self._invited(day) if c.seniority in _EXECUTIVE and c.roles]
            self._meet(day, "exec_sync", leaders, origin)
        elif self._rng.random() < 0.08:
            kind = self._rng.choice(("meeting", "call", "call", "health_check", "training"))
            if kind == "health_check" and day > self._script.checks_until:
                kind = "call"
            self._meet(day, kind, [], origin)

    def _invited(self, day: int) -> list[Contact]:
        absent = self._script.absent
        known = [c for c in self._present() if absent.get(c.contact_id, day + 1) > day]
        return [c for c in known if c.roles] if self._script.alone else known

    def _meet(self, day: int, kind: str, guests: list[Contact], origin: str | None) -> None:
        """Log a meeting; without named guests one to three who are free come, and some cancel."""
        rng = self._rng
        held = bool(guests) or rng.random() < 0.93
        if not guests:
            free = self._invited(day)
            if not free:
                return
            guests = rng.sample(free, min(len(free), rng.randint(1, 3)))
        ids = [contact.contact_id for contact in guests]
        high = any(contact.seniority in _EXECUTIVE for contact in guests)
        by = "customer" if rng.random() < 0.2 and not high else "vendor"
        at, engagement_id = self._log(day, kind, ids, origin, held=held, by=by)
        if origin is None and held and self._script.fair and rng.random() < 0.5:
            mood = rng.choice(("neutral", "neutral", "positive"))
            if rng.random() < 0.02 and not high:
                mood = "negative"
            self._pen.crm(
                "note.logged",
                at + 1,
                note_id=f"{engagement_id}-n",
                author_id="csm-01",
                sentiment=mood,
                context="qbr" if kind == "qbr" else "other",
                contact_ids=ids,
                engagement_id=engagement_id,
            )

    def _log(
        self, day: int, kind: str, ids: list[str], origin: str | None, *, held: bool, by: str
    ) -> tuple[int, str]:
        self._count += 1
        engagement_id = f"{self._company.account_id}-e{self._count}"
        at = day * DAY_MS + _OFFICE + self._rng.randrange(9 * HOUR_MS)
        self._pen.crm(
            "engagement.logged",
            at,
            origin=origin,
            engagement_id=engagement_id,
            kind=kind,
            contact_ids=ids,
            initiated_by=by,
            held=held,
            purpose="relationship",
        )
        return at, engagement_id

    def _verify(self, contact: Contact, day: int, at: int, origin: str | None) -> None:
        self._pen.crm(
            "contact.verified", at, origin=origin, contact_id=contact.contact_id, verified_on=iso_date(day)
        )

    def _review(self, day: int, at: int, origin: str | None) -> None:
        self._pen.crm(
            "plan.changed",
            at,
            origin=origin,
            plan_id=f"{self._company.account_id}-p",
            status="active",
            reviewed_on=iso_date(day),
            next_review_on=iso_date(day + 90),
        )

    def _present(self) -> list[Contact]:
        return [contact for contact in self._company.contacts if not contact.left]
