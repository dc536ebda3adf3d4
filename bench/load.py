"""The events of a load, in the order of their time: usage, tickets, CRM, and hourly heartbeats.

Cheap to make (a few µs each) and valid by the contract. Not a story: it has the mix and the rate
of real feeds, and enough change in it (customers.Fate) that every kind of rule has work to do.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from bench.customers import DEPARTMENTS, FEATURES, RUNS_LIMIT, STORAGE_LIMIT_GB, Customer, Fate, draw
from bench.shapes import Shape
from streams.detection.units import DAY_MS, HOUR_MS

USAGE, SUPPORT, CRM = "product-usage", "support-changes", "crm-changes"
FEEDS = ((USAGE, "atlas-web"), (SUPPORT, "helpdesk"), (CRM, "crm"))
_SYSTEM = dict(FEEDS)

#: A Monday long enough ago that no load reaches the present.
FIRST_DAY = datetime(2025, 1, 6, tzinfo=UTC)


class Record(NamedTuple):
    """One record of a source topic; a heartbeat has no account and goes to every partition."""

    at: int  #: ms since the load's first midnight
    topic: str
    account_id: str | None
    value: bytes


def records(shape: Shape, seed: int, first: int, last: int) -> Iterator[Record]:
    """Everything of the days `first` up to and without `last`, in the order of time."""
    customers = [_Feed(draw(seed, number, shape.users), shape, seed) for number in range(shape.accounts)]
    for day in range(first, last):
        today = [record for customer in customers for record in customer.day(day)]
        today += _hourly_heartbeats(day)
        today.sort(key=_at)
        yield from today


def _at(record: Record) -> int:
    return record.at


def _hourly_heartbeats(day: int) -> Iterator[Record]:
    for hour in range(1, 25):
        # One ms before the hour: the events of that hour come first in the sorted day.
        yield from heartbeats(day * DAY_MS + hour * HOUR_MS - 1)


def heartbeats(at: int) -> Iterator[Record]:
    """One of each feed: all before this moment (ms from the load's beginning) was said."""
    time = stamp(at)
    for topic, system in FEEDS:
        beat = {
            "type": "source.heartbeat",
            "schema_version": 1,
            "source_system": system,
            "occurred_at": time,
            "complete_up_to": time,
            "interval_s": 3600,
        }
        yield Record(at, topic, None, json.dumps(beat).encode())


class _Feed:
    """What one customer's systems publish."""

    def __init__(self, customer: Customer, shape: Shape, seed: int) -> None:
        self._customer = customer
        self._shape = shape
        self._seed = seed
        self._turn = shape.all_days * 2 // 3
        self._made: list[Record] = []
        self._serial = 0

    def day(self, day: int) -> list[Record]:
        """One day's records; the same whatever days were asked for before."""
        rng = random.Random(f"{self._seed}/{self._customer.account_id}/{day}")
        self._made, self._serial = [], day << 20
        if day == 0:
            self._begin(rng)
        wanted = self._shape.history_a_day if day < self._shape.history_days else self._shape.events_a_day
        before = len(self._made)
        self._rare(day, rng, wanted)
        self._meters(day, rng, wanted)
        self._activity(day, rng, wanted - (len(self._made) - before))
        return self._made

    def _write(self, topic: str, kind: str, at: int, fields: Mapping[str, object]) -> None:
        self._serial += 1
        account = self._customer.account_id
        event = {
            "event_id": f"{account}-{self._serial}",
            "type": kind,
            "schema_version": 1,
            "account_id": account,
            "occurred_at": stamp(at),
            "source_system": _SYSTEM[topic],
            **fields,
        }
        self._made.append(Record(at, topic, account, json.dumps(event).encode()))

    def _begin(self, rng: random.Random) -> None:
        customer = self._customer
        signed = FIRST_DAY - timedelta(days=rng.randint(120, 300))
        self._write(
            CRM,
            "account.changed",
            1,
            {"name": customer.account_id, "segment": customer.segment, "lifecycle": "live"},
        )
        for role in ("csm", "account_manager"):
            self._write(CRM, "owner.changed", 2, {"role": role, "person_id": f"p-{role}-{rng.randrange(20)}"})
        contract = {
            "contract_id": f"{customer.account_id}-k",
            "products": [{"product_id": "atlas", "tier": "business", "seats": customer.seats}],
            "acv": str(customer.acv),
            "arr": str(customer.acv),
            "currency": "EUR",
            "starts_on": str(signed.date()),
            "ends_on": str((signed + timedelta(days=730)).date()),
            "term_months": 24,
            "auto_renew": True,
        }
        self._write(CRM, "contract.signed", 3, contract)
        for number, role in enumerate(("sponsor", "champion")):
            contact = {
                "contact_id": f"{customer.account_id}-c{number}",
                "seniority": "vp" if role == "sponsor" else "manager",
                "department": DEPARTMENTS[0],
                "roles": [role],
                "discovered_via": "crm",
            }
            self._write(CRM, "contact.added", 4 + number, contact)
        for number, user in enumerate(customer.users):
            self._user(user, 10 + number, DEPARTMENTS[number % 3], "admin" if number % 8 == 0 else "member")

    def _user(self, user: str, at: int, department: str, role: str) -> None:
        fields = {
            "user_id": user,
            "kind": "human",
            "status": "active",
            "product_role": role,
            "department": department,
        }
        self._write(USAGE, "user.changed", at, fields)

    def _rare(self, day: int, rng: random.Random, wanted: int) -> None:
        """Tickets and CRM: about 3 % of a thin day's events, less of a dense one's."""
        customer, at = self._customer, day * DAY_MS + rng.randrange(8, 18) * HOUR_MS
        turned = day >= self._turn
        if turned and customer.fate is Fate.SPREADS and day == self._turn:
            for number, user in enumerate(customer.newcomers):
                self._user(user, day * DAY_MS + number, DEPARTMENTS[3], "member")
        if turned and customer.fate is Fate.LOSES_SPONSOR and day == self._turn:
            date = str((FIRST_DAY + timedelta(days=day)).date())
            left = {"contact_id": f"{customer.account_id}-c0", "left_on": date, "how": "left_company"}
            self._write(CRM, "contact.left", at, left)
        many = turned and customer.fate is Fate.TICKETS
        if many or rng.random() < (0.04 if wanted < 50 else 0.2):
            ticket = f"{customer.account_id}-t{day}"
            opened = {"ticket_id": ticket, "severity": rng.randint(2, 4), "kind": "problem"}
            self._write(SUPPORT, "ticket.opened", at, opened)
            if not many:
                self._write(SUPPORT, "ticket.resolved", at + 5 * HOUR_MS, {"ticket_id": ticket})
        if rng.random() < (0.01 if wanted < 50 else 0.1):
            meeting = {
                "engagement_id": f"{customer.account_id}-e{day}",
                "kind": "meeting",
                "contact_ids": [f"{customer.account_id}-c1"],
                "initiated_by": "vendor",
                "held": True,
            }
            self._write(CRM, "engagement.logged", at, meeting)

    def _meters(self, day: int, rng: random.Random, wanted: int) -> None:
        """Levels in the evening and the API's hours: on every dense day, now and then on a thin one."""
        if wanted < 10 and rng.random() > 0.1:
            return
        customer, evening = self._customer, day * DAY_MS + 22 * HOUR_MS
        full = customer.fate is Fate.FILLS and day >= self._turn
        level = 0.95 if full else 0.5
        seats = round(customer.seats * (level if full else 0.75))
        meters: list[tuple[str, float, int, str]] = [("seats_assigned", seats, customer.seats, "seat")]
        if wanted >= 50:
            storage = round(STORAGE_LIMIT_GB * (level + rng.random() * 0.02), 1)
            meters.append(("storage_gb", storage, STORAGE_LIMIT_GB, "GB"))
            date = FIRST_DAY + timedelta(days=day)
            meters.append(("workflow_runs", 150 * date.day, RUNS_LIMIT, "run"))
            for hour in range(24):
                at = day * DAY_MS + hour * HOUR_MS + rng.randrange(HOUR_MS - 1)
                self._write(USAGE, "api.called", at, {"count": rng.randrange(1, 60), "errors": 0})
        for meter, value, limit, unit in meters:
            kind = "period_total" if meter == "workflow_runs" else "gauge"
            sample: dict[str, object] = {
                "meter": meter,
                "value": value,
                "limit": limit,
                "unit": unit,
                "kind": kind,
            }
            if kind == "period_total":
                sample |= _month_of(day)
            self._write(USAGE, "level.sampled", evening, sample)

    def _activity(self, day: int, rng: random.Random, events: int) -> None:
        """Sessions of those who are active today, and what they use, until the day has its events."""
        customer = self._customer
        users = list(customer.users)
        if day >= self._turn:
            if customer.fate is Fate.FADES:
                users = users[: max(1, len(users) // 4)]
            elif customer.fate is Fate.SPREADS:
                users += customer.newcomers
        active = rng.sample(users, max(1, min(events, len(users) * 2 // 3)))
        for number in range(events):
            at = day * DAY_MS + 6 * HOUR_MS + int(rng.random() * 14 * HOUR_MS)
            user = active[number % len(active)]
            if number < len(active) and (self._shape.users > 10 or number % 2 == 0):
                self._write(USAGE, "session.started", at, {"user_id": user, "client": "web"})
            else:
                used = {"user_id": user, "feature": rng.choice(FEATURES), "outcome": "used"}
                self._write(USAGE, "feature.used", at, used)


def _month_of(day: int) -> dict[str, object]:
    start = (FIRST_DAY + timedelta(days=day)).replace(day=1)
    end = (start + timedelta(days=32)).replace(day=1)
    return {"period_start": start.isoformat(), "period_end": end.isoformat()}


def stamp(at: int) -> str:
    """A time of the load as the contract writes it; `at` as in Record."""
    day, rest = divmod(at, DAY_MS)
    seconds, ms = divmod(rest, 1000)
    return f"{_date(day)}T{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{ms:03d}Z"


_dates: dict[int, str] = {}


def _date(day: int) -> str:
    date = _dates.get(day)
    if date is None:
        date = _dates[day] = str((FIRST_DAY + timedelta(days=day)).date())
    return date
