"""One of two products that publish on one topic stops for three days, and returns with its backlog."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from streams.publishing.publisher import Publisher
from tests.worker.support import Cluster

TOPIC = "product-usage"
FIRST = datetime(2026, 1, 5, tzinfo=UTC)
DAYS, STOPS, RETURNS = 46, 38, 41
USERS = 20
#: account -> the product that its users work with
ACCOUNTS = {"acme": "web", "bolt": "mobile"}


def day(number: float) -> str:
    return (FIRST + timedelta(days=number)).isoformat()


def event(kind: str, number: float, system: str, **fields: object) -> bytes:
    body = {
        "type": kind,
        "schema_version": 1,
        "occurred_at": day(number),
        "source_system": system,
        "event_id": f"{kind}-{system}-{number}-{fields.get('user_id', '')}",
    }
    return json.dumps(body | fields).encode()


def work_of(account: str, number: int) -> list[bytes]:
    """A day's sessions, on working days."""
    if number % 7 >= 5:
        return []
    system = ACCOUNTS[account]
    return [
        event("session.started", number + 0.4, system, account_id=account, user_id=f"u{user}")
        for user in range(USERS)
    ]


async def publish(cluster: Cluster) -> None:
    """Hourly heartbeats of both products; `web` says nothing in between, then first everything that it owed."""
    async with Publisher(cluster.brokers, cluster.prefix) as publisher:
        for number in range(DAYS):
            here = {a: s for a, s in ACCOUNTS.items() if not (s == "web" and STOPS <= number < RETURNS)}
            if number == RETURNS:
                for owed in range(STOPS, RETURNS):
                    for session in work_of("acme", owed):
                        await publisher.put(TOPIC, b"acme", session)
            for hour in range(24):
                for account, system in here.items():
                    at = number + hour / 24
                    beat = event("source.heartbeat", at, system, complete_up_to=day(at), interval_s=3600)
                    await publisher.put_everywhere(TOPIC, beat)
                    for session in work_of(account, number) if hour == 9 else ():
                        await publisher.put(TOPIC, account.encode(), session)


def holds_of(cluster: Cluster, account: str) -> list[set[tuple[str, str]]]:
    """What was held of an account, record by record: (reason, feed)."""
    records: list[dict[str, Any]] = [
        json.loads(record.value)
        for record in cluster.read("account-quadrants")
        if record.key == account.encode()
    ]
    return [
        {(hold["reason"], hold["feed"]) for hold in record["holds"] if hold["reason"] == "source-stalled"}
        for record in records
    ]


def test_a_dead_product_silences_no_account_and_is_shown_for_its_own_alone(cluster: Cluster) -> None:
    asyncio.run(publish(cluster))

    with cluster.worker() as worker:
        worker.wait_caught_up(120)
        assert worker.stop() == 0

    assert cluster.read("retention-alerts") == []
    acme = holds_of(cluster, "acme")
    assert {("source-stalled", "product-usage/web")} in acme
    assert acme[-1] == set()
    assert not any(holds_of(cluster, "bolt"))
