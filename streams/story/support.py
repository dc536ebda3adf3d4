"""One account's tickets: a quiet background, and the troubles of its script."""

from __future__ import annotations

import random

from streams.story import world
from streams.story.company import Company
from streams.story.records import Pen
from streams.story.script import Script, Trouble, working_moment
from streams.story.times import DAY_MS, HOUR_MS, MINUTE_MS, is_weekend

LONGEST_DAYS = 9.0  # the help desk solves the tickets of an ordinary month within this time
_CSAT_SHARE = 0.3


class Support:
    """Writes one account's events of support-changes."""

    def __init__(self, company: Company, script: Script, rng: random.Random, pen: Pen) -> None:
        self._company = company
        self._rng = rng
        self._pen = pen
        self._busy = 1.0
        self._tickets = 0
        self._plans = 0
        self._patient_until = 0
        self._planned: list[tuple[int, int, str, dict[str, object]]] = []  # at, order, type, fields
        self._troubles: dict[int, list[Trouble]] = {}
        for trouble in script.troubles:
            self._troubles.setdefault(trouble.day, []).append(trouble)

    def day(self, day: int) -> None:
        rng = self._rng
        if day % 28 == 0:
            self._busy = rng.uniform(0.6, 1.4)
        if not is_weekend(day) and rng.random() < self._company.ticket_rate * self._busy / 20:
            hours = rng.lognormvariate(3.2, 0.9)
            kind = rng.choice(("question", "problem", "problem", "feature_request"))
            severity = rng.choice((2, 3, 3, 4))
            if kind == "problem" and rng.random() < 0.03:
                severity, hours = 1, rng.uniform(1, 12)
            self._open(Trouble(day, min(hours / 24, LONGEST_DAYS), kind, severity))
        for trouble in self._troubles.get(day, ()):
            self._open(trouble)
        due = sorted(item for item in self._planned if item[0] < (day + 1) * DAY_MS)
        self._planned = [item for item in self._planned if item[0] >= (day + 1) * DAY_MS]
        for at, _, type_, fields in due:
            self._pen.support(type_, at, **fields)

    def _open(self, trouble: Trouble) -> None:
        rng = self._rng
        self._tickets += 1
        ticket_id = f"{self._company.account_id}-t{self._tickets}"
        user = rng.choice([user for user in self._company.humans() if user.last_day is None])
        at = trouble.day * DAY_MS + working_moment(rng, world.REGIONS[user.region][1])
        self._plan(
            at,
            "ticket.opened",
            ticket_id=ticket_id,
            severity=trouble.severity,
            kind=trouble.kind,
            capability=trouble.capability,
            requester_user_id=user.user_id,
            department=user.department,
            product_id=world.MAIN_PRODUCT,
            feature=rng.choice(user.features),
        )
        asked = at + int(rng.uniform(1, 8) * HOUR_MS)
        if trouble.waits_for_customer:
            self._plan(asked, "ticket.updated", ticket_id=ticket_id, status="pending_customer")
        if trouble.solved_after is None:
            return
        solved = at + max(30 * MINUTE_MS, int(trouble.solved_after * DAY_MS))
        if not trouble.waits_for_customer and asked + 4 * HOUR_MS < solved and rng.random() < 0.3:
            self._plan(asked, "ticket.updated", ticket_id=ticket_id, status="pending_customer")
            self._plan(asked + 3 * HOUR_MS, "ticket.updated", ticket_id=ticket_id, status="open")
        self._plan(solved, "ticket.resolved", ticket_id=ticket_id)
        for again in range(trouble.reopened):
            solved += int(rng.uniform(20, 30) * HOUR_MS)
            self._plan(solved, "ticket.reopened", ticket_id=ticket_id)
            solved += int(rng.uniform(40, 50) * HOUR_MS)
            if again + 1 < trouble.reopened or trouble.reopened < 2:
                self._plan(solved, "ticket.resolved", ticket_id=ticket_id)
        if rng.random() < _CSAT_SHARE:
            self._plan(
                solved + int(rng.uniform(1, 30) * HOUR_MS),
                "csat.answered",
                answer_id=f"{ticket_id}-csat",
                score=self._score(trouble.day),
                scale_min=1,
                scale_max=5,
                ticket_id=ticket_id,
            )

    def _score(self, day: int) -> int:
        """What an ordinary customer answers: now and then somebody is annoyed, not twice in half a year."""
        if day >= self._patient_until and self._rng.random() < 0.04:
            self._patient_until = day + 180
            return self._rng.choice((1, 2))
        return self._rng.choice((3, 4, 4, 5, 5, 5))

    def _plan(self, at: int, type_: str, **fields: object) -> None:
        self._plans += 1
        self._planned.append((at, self._plans, type_, fields))
