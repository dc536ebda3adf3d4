"""Events as the engine sees them, and accounts of a believable shape."""

from __future__ import annotations

import json
import random
from datetime import date
from uuid import UUID

from schemas.events import Event
from schemas.wire import decode_event
from streams.detection.facts import Facts, fold
from streams.detection.units import DAY_MS, HOUR_MS, Day, Millis, date_of, moment_of

D: Day = 20_600
"""Some day in 2026."""


def noon(day: Day) -> Millis:
    return day * DAY_MS + 12 * HOUR_MS


def event(type_name: str, at: Millis, **fields: object) -> Event:
    """An event of the type, through the wire; what the envelope needs has a default."""
    message: dict[str, object] = {
        "event_id": fields.pop("event_id", f"{type_name}@{at}"),
        "type": type_name,
        "schema_version": 1,
        "account_id": "acme",
        "occurred_at": moment_of(at).isoformat().replace("+00:00", "Z"),
        "source_system": "source",
        **{name: str(value) if isinstance(value, date) else value for name, value in fields.items()},
    }
    return decode_event(json.dumps(message).encode())


def say(facts: Facts, type_name: str, at: Millis, **fields: object) -> int:
    """Fold one event."""
    return fold(facts, event(type_name, at, **fields), at)


def typical(users: int, days: int = 90, seed: int = 7) -> Facts:
    """An account after so many days: sessions, features, calls, levels, people, contract, tickets."""
    rng = random.Random(seed)
    facts = Facts(account_id="acme")

    def uid() -> str:
        return str(UUID(int=rng.getrandbits(128), version=4))

    first = D - days + 1
    start = noon(first)
    say(facts, "account.changed", start, name="Acme", segment="mid_market", lifecycle="live", country="DE")
    line = {"product_id": "suite", "tier": "pro", "seats": users + 2, "scope_features": None}
    say(
        facts,
        "contract.signed",
        start,
        contract_id="c-1",
        products=[line],
        acv="48000",
        arr="48000",
        currency="EUR",
        starts_on=date_of(first - 200),
        ends_on=date_of(first + 165),
        term_months=12,
        auto_renew=True,
        event_id=uid(),
    )
    for role in ("csm", "account_manager"):
        say(facts, "owner.changed", start, role=role, person_id=f"p-{role}")
    for number in range(3 + min(users // 20, 20)):
        say(
            facts,
            "contact.added",
            start,
            contact_id=f"k-{number}",
            seniority="manager",
            roles=["champion"] if number == 0 else [],
            discovered_via="crm",
            department="Operations",
            event_id=uid(),
        )
    departments = ("Operations", "Finance", "Sales", "Support")
    for number in range(users):
        say(
            facts,
            "user.changed",
            start,
            user_id=f"user-{number}",
            kind="human",
            status="active",
            product_role="admin" if number % 10 == 0 else "member",
            department=departments[number % 4],
        )
    features = [f"area{number % 4}.feature{number}" for number in range(10)]
    for day in range(first, D + 1):
        for number in range(users):
            if rng.random() < (0.6 if day % 7 in (1, 2, 3, 4, 5) else 0.1):
                say(facts, "session.started", noon(day), user_id=f"user-{number}")
                for feature in rng.sample(features, 2):
                    say(
                        facts,
                        "feature.used",
                        noon(day),
                        user_id=f"user-{number}",
                        feature=feature,
                        outcome="used",
                    )
        say(facts, "api.called", noon(day), count=rng.randint(5, 20) * users, errors=rng.randint(0, 1))
        for meter, value in (("seats_assigned", users), ("storage_gb", users * 3 + (day - first) // 5)):
            say(
                facts,
                "level.sampled",
                noon(day),
                meter=meter,
                value=value,
                limit=4 * users,
                unit="1",
                kind="gauge",
            )
        if rng.random() < 0.02 * users**0.5:
            ticket = f"t-{day}"
            say(
                facts,
                "ticket.opened",
                noon(day),
                ticket_id=ticket,
                severity=3,
                kind="problem",
                event_id=uid(),
            )
            if rng.random() < 0.8:
                say(facts, "ticket.resolved", noon(day) + 5 * HOUR_MS, ticket_id=ticket)
        if day % 21 == 0:
            say(
                facts,
                "engagement.logged",
                noon(day),
                engagement_id=f"e-{day}",
                kind="meeting",
                contact_ids=["k-0", "k-1"],
                initiated_by="vendor",
                held=True,
                event_id=uid(),
            )
    return facts
