"""What one customer's systems publish: short, eventful lives, so that nearly every third event changes an alert."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping

from tests.chaos.events import CONTROL, CRM, DAY_MS, SUPPORT, SYSTEMS, USAGE, Made, on, stamp

_DEPARTMENTS = ("finance", "operations", "sales", "it", "legal")
_FEATURES = ("report.created", "dashboard.viewed", "export.run", "dashboard.shared", "comment.added")
_WANTED = ("workflow.built", "forecast.run", "audit.viewed")
_NEWS = (
    "acquisition_made",
    "acquired",
    "market_expansion",
    "initiative",
    "layoffs",
    "budget_cut",
    "displacement_project",
)
_SIGNALS = {
    "retention-feedback": ("sponsor-departed", "champion-lost", "competitor-present", "external-shock"),
    "expansion-feedback": ("seats-near-full", "acquisition-made", "seat-requests", "cross-sell-interest"),
}


class Life:
    """One account from its first contract on. Drawn from `rng` alone; on a day `calm` times as much happens, nearly all
    of it work."""

    def __init__(self, account: str, rng: random.Random, calm: int = 1) -> None:
        self.account = account
        self._rng = rng
        self._calm = calm
        self._serial = 0
        self._made: list[Made] = []
        self._seats = rng.choice((10, 20, 40))
        self._users = [f"u-{n}" for n in range(rng.randint(4, 10))]
        self._people = 0
        self._sponsor: str | None = None
        self._champion: str | None = None
        self._notice = False
        self._ticket: str | None = None
        self._invoice: str | None = None
        self._problem: str | None = None
        self._happenings: tuple[tuple[int, Callable[[int], None]], ...] = (
            (240 * calm**2, self._works),
            (6, self._fills_its_seats),
            (3, self._asks_for_seats),
            (3, self._wants_a_feature),
            (4, self._sponsor_moves),
            (4, self._champion_moves),
            (5, self._notes),
            (3, self._answers_nps),
            (3, self._invoice_moves),
            (5, self._is_in_the_news),
            (3, self._is_interested),
            (3, self._problem_moves),
            (2, self._notice_moves),
            (2, self._changes_its_contract),
            (4, self._ticket_moves),
            (2, self._integration_moves),
            (3, self._meets),
            (3, self._answers_feedback),
        )
        self._weights = [weight for weight, _ in self._happenings]

    def begins(self, day: int) -> list[Made]:
        """The first day: contract, owners, people, users."""
        at, account = day * DAY_MS + 3_600_000, self.account
        fields = {"name": account, "segment": "enterprise", "lifecycle": "live", "country": "DE"}
        self._write(CRM, "account.changed", at, fields)
        for role in ("csm", "account_manager", "expansion_ae"):
            self._write(CRM, "owner.changed", at, {"role": role, "person_id": f"p-{role}"})
        acv = str(self._rng.choice((18_000, 60_000, 150_000)))
        contract = {
            "contract_id": "k-1",
            "products": [{"product_id": "atlas", "tier": "business", "seats": self._seats}],
            "acv": acv,
            "arr": acv,
            "currency": "EUR",
            "term_months": 12,
            "auto_renew": True,
            "starts_on": on(day - 40),
            "ends_on": on(day + self._rng.randint(90, 325)),
        }
        self._write(CRM, "contract.signed", at, contract)
        self._sponsor = self._arrives(at, "sponsor", "vp")
        self._champion = self._arrives(at, "champion", "manager")
        for number, user in enumerate(self._users):
            kind = {"kind": "human", "status": "active", "department": _DEPARTMENTS[number % 3]}
            self._write(USAGE, "user.changed", at + number, {"user_id": user, **kind})
        return self._take()

    def lives(self, day: int) -> list[Made]:
        """One day more."""
        for _ in range(self._rng.choice((0, 1, 1, 2, 3)) * self._calm):
            at = day * DAY_MS + self._rng.randrange(DAY_MS - 1_000)
            (happening,) = self._rng.choices(self._happenings, self._weights)
            happening[1](at)
        return self._take()

    def ends(self, day: int, successor: str) -> list[Made]:
        """The last day: merged into another account, erased, ended, or just never heard of again."""
        at = day * DAY_MS + DAY_MS // 2
        way = self._rng.randrange(4)
        if way == 0:
            self._write(CRM, "account.merged", at, {"into_account_id": successor})
        elif way == 1:
            self._write(CONTROL, "account.erase", at, {"request_id": f"er-{self.account}"})
        elif way == 2:
            lost = {"effective_on": on(day), "arr_lost": "1000", "currency": "EUR", "stated_reason": "price"}
            self._write(CRM, "contract.ended", at, {"contract_id": "k-1", **lost})
        return self._take()

    # -- what happens on a day

    def _works(self, at: int) -> None:
        user = self._rng.choice(self._users)
        if self._rng.random() < 0.5:
            self._write(USAGE, "session.started", at, {"user_id": user, "client": "web"})
        else:
            used = {"user_id": user, "feature": self._rng.choice(_FEATURES), "outcome": "used"}
            self._write(USAGE, "feature.used", at, used)

    def _fills_its_seats(self, at: int) -> None:
        value = round(self._seats * self._rng.choice((0.5, 0.92, 1.0)))
        level = {"meter": "seats_assigned", "value": value, "limit": self._seats, "unit": "seat"}
        self._write(USAGE, "level.sampled", at, {**level, "kind": "gauge"})

    def _asks_for_seats(self, at: int) -> None:
        for number in range(3):
            asked = {"request_id": f"q-{self._serial}", "user_id": self._users[number], "outcome": "refused"}
            self._write(USAGE, "seat.requested", at + number, asked)

    def _wants_a_feature(self, at: int) -> None:
        for number in range(3):
            wanted = {"feature": self._rng.choice(_WANTED), "outcome": "blocked"}
            self._write(USAGE, "feature.used", at + number, {"user_id": self._users[number], **wanted})

    def _sponsor_moves(self, at: int) -> None:
        if self._sponsor is None:
            self._sponsor = self._arrives(at, "sponsor", "c_level")
            self._meets(at + 1)
        else:
            self._leaves(at, self._sponsor)
            self._sponsor = None

    def _champion_moves(self, at: int) -> None:
        if self._champion is None:
            self._champion = self._arrives(at, "champion", "manager")
        else:
            self._leaves(at, self._champion)
            self._champion = None

    def _notes(self, at: int) -> None:
        self._serial += 1
        note: dict[str, object] = {"note_id": f"n-{self._serial}", "author_id": "p-csm"}
        note["context"] = self._rng.choice(("renewal", "qbr", "support"))
        note["sentiment"] = self._rng.choice(("negative", "negative", "positive"))
        if self._rng.random() < 0.4:
            note["competitors"] = [self._rng.choice(("Fleetmind", "Otherly"))]
        note["engagement_id"] = f"en-{self._serial}"
        self._write(CRM, "note.logged", at, note)

    def _answers_nps(self, at: int) -> None:
        contact = self._sponsor or self._champion or "c-1"
        score = self._rng.choice((3, 6, 9))
        answer = {"answer_id": f"a-{self._serial}", "pulse_id": f"p-{at // (30 * DAY_MS)}", "score": score}
        self._write(CRM, "nps.answered", at, {**answer, "contact_id": contact})

    def _invoice_moves(self, at: int) -> None:
        status = "overdue" if self._invoice is None else "paid"
        invoice = self._invoice or f"i-{self._serial}"
        self._invoice = invoice if status == "overdue" else None
        money = {"due_on": on(at // DAY_MS - 16), "amount": "9000", "currency": "EUR"}
        self._write(CRM, "invoice.changed", at, {"invoice_id": invoice, "status": status, **money})

    def _is_in_the_news(self, at: int) -> None:
        news = {"news_id": f"w-{self._serial}", "kind": self._rng.choice(_NEWS), "confidence": 0.9}
        self._write(CRM, "company.news", at, {**news, "happened_on": on(at // DAY_MS)})

    def _is_interested(self, at: int) -> None:
        interest = {"interest_id": f"s-{self._serial}", "product_id": "atlas-planning", "source": "meeting"}
        self._write(CRM, "interest.recorded", at, interest)

    def _problem_moves(self, at: int) -> None:
        status = "open" if self._problem is None else "solved"
        problem = self._problem or f"b-{self._serial}"
        self._problem = problem if status == "open" else None
        what = {"problem_id": problem, "department": self._rng.choice(_DEPARTMENTS), "status": status}
        self._write(CRM, "problem.recorded", at, what)

    def _notice_moves(self, at: int) -> None:
        self._notice = not self._notice
        if self._notice:
            lost = {"effective_on": on(at // DAY_MS + 60), "arr_lost": "9000", "currency": "EUR"}
            why = {"contract_id": "k-1", "stated_reason": "competitor"}
            self._write(CRM, "contract.notice_given", at, {**lost, **why})
        else:
            back = {"contract_id": "k-1", "withdrawn_on": on(at // DAY_MS)}
            self._write(CRM, "contract.notice_withdrawn", at, back)

    def _changes_its_contract(self, at: int) -> None:
        before, after = self._rng.choice((("60000", "30000"), ("30000", "60000")))
        products = [{"product_id": "atlas", "tier": "business", "seats": self._seats}]
        money = {"arr_before": before, "arr_after": after, "acv_after": after, "currency": "EUR"}
        what = {"contract_id": "k-1", "effective_on": on(at // DAY_MS), "products_after": products}
        self._write(CRM, "contract.amended", at, {**money, **what})

    def _ticket_moves(self, at: int) -> None:
        if self._ticket is None:
            self._ticket = f"t-{self._serial}"
            ticket = {"ticket_id": self._ticket, "severity": self._rng.choice((1, 1, 3)), "kind": "incident"}
            self._write(SUPPORT, "ticket.opened", at, ticket)
        else:
            self._write(SUPPORT, "ticket.resolved", at, {"ticket_id": self._ticket})
            self._ticket = None

    def _integration_moves(self, at: int) -> None:
        status = self._rng.choice(("failing", "disconnected", "connected"))
        what = {"integration_id": "int-1", "name": "ERP", "status": status}
        self._write(USAGE, "integration.changed", at, what)

    def _meets(self, at: int) -> None:
        people = [person for person in (self._sponsor, self._champion) if person is not None]
        meeting = {"engagement_id": f"m-{self._serial}", "kind": "exec_sync", "contact_ids": people}
        by = {"initiated_by": self._rng.choice(("customer", "vendor")), "held": True}
        self._write(CRM, "engagement.logged", at, {**meeting, **by})

    def _answers_feedback(self, at: int) -> None:
        topic = self._rng.choice(tuple(_SIGNALS))
        alert = f"{self._rng.choice(_SIGNALS[topic])}/{self.account}/1"
        about: dict[str, object] = {"alert_id": alert, "actor_id": "p-csm"}
        kind = self._rng.choice(("acknowledged", "snoozed", "dismissed"))
        if kind == "snoozed":
            about["until"] = on(at // DAY_MS + 5)
        elif kind == "dismissed":
            about["reason"] = "known"
        self._write(topic, f"feedback.{kind}", at, about)

    def _arrives(self, at: int, role: str, seniority: str) -> str:
        self._people += 1
        contact = f"c-{self._people}"
        who = {"contact_id": contact, "seniority": seniority, "department": "finance", "roles": [role]}
        joined = {"joined_company_on": on(at // DAY_MS - 20), "discovered_via": "crm"}
        self._write(CRM, "contact.added", at, {**who, **joined})
        return contact

    def _leaves(self, at: int, contact: str) -> None:
        left = {"contact_id": contact, "left_on": on(at // DAY_MS), "how": "left_company"}
        self._write(CRM, "contact.left", at, left)

    def _write(self, topic: str, kind: str, at: int, fields: Mapping[str, object]) -> None:
        self._serial += 1
        event = {
            "event_id": f"{self.account}-{self._serial}",
            "type": kind,
            "schema_version": 1,
            "account_id": self.account,
            "occurred_at": stamp(at),
            "source_system": SYSTEMS[topic],
            **fields,
        }
        self._made.append(Made(at, topic, self.account, json.dumps(event).encode()))

    def _take(self) -> list[Made]:
        made, self._made = self._made, []
        return made
