"""How long from publishing an event until the alert that it decides can be read, under a steady load.

A load is published at a constant rate, each event with the moment it is published at, in the time of the load
(so no day passes, and no source runs ahead of another). Every so often a note that names a competitor goes in
for an account of which none was heard before; that event alone opens `competitor-present`. The clock runs from
just before the note is handed to the producer until a consumer of committed records has the alert. Publisher,
consumer and broker share a core, so their own time is in the figures.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypedDict

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from bench.load import CRM, Record, stamp
from bench.publish import Places
from bench.watching import Failed
from schemas.topics import TOPICS, real_name

SIGNAL = "competitor-present"
_ALERTS = "retention-alerts"
_TICK_S = 0.005
_WARM_UP_S = 3.0
#: Alerts that have not come this long after the last note are missing.
_PATIENCE_S = 15.0


class Latency(TypedDict):
    """Milliseconds from published to readable."""

    p50: float
    p99: float
    most: float
    alerts: int
    events_per_s: float  #: published meanwhile
    load: float  #: of the rate that the dense run reached
    sorted_ms: list[float]


def probe_accounts(name: str, count: int) -> list[str]:
    """Ids of accounts for the notes."""
    return [f"{name}-{number:04d}" for number in range(count)]


def introductions(accounts: Sequence[str], at: int) -> Iterator[Record]:
    """What makes the accounts customers."""
    for number, account in enumerate(accounts):
        event = {"type": "account.changed", "name": account, "segment": "mid_market", "lifecycle": "live"}
        yield _record(account, f"{account}-0", at + number // 50, event)


def note(account: str, at: int) -> Record:
    """A competitor was named."""
    said = {"note_id": f"{account}-n", "author_id": "p-1", "competitors": ["Rival"], "context": "qbr"}
    return _record(account, f"{account}-1", at, {"type": "note.logged", **said})


def _record(account: str, event_id: str, at: int, fields: Mapping[str, object]) -> Record:
    event = {
        "event_id": event_id,
        "schema_version": 1,
        "account_id": account,
        "occurred_at": stamp(at),
        "source_system": "crm",
        **fields,
    }
    return Record(at, CRM, account, json.dumps(event).encode())


class _Run:
    def __init__(self, brokers: str, prefix: str, partitions: Mapping[str, int]) -> None:
        self._brokers = brokers
        self._prefix = prefix
        self._places = Places(partitions)
        self._published: dict[str, float] = {}
        self._seen: dict[str, float] = {}
        self._steady: Any = None
        self._probing: Any = None

    async def go(
        self,
        load: Iterator[Record],
        began_at: int,
        rate: float,
        accounts: Sequence[str],
        per_s: float,
        told: Callable[[int], None],
    ) -> tuple[dict[str, float], dict[str, float], float]:
        names = {"bootstrap_servers": self._brokers, "acks": "all", "linger_ms": 0}
        self._steady = AIOKafkaProducer(**names, max_batch_size=256 * 1024)
        self._probing = AIOKafkaProducer(**names)
        topic = real_name(self._prefix, _ALERTS)
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._brokers, isolation_level="read_committed", enable_auto_commit=False
        )
        for client in (self._steady, self._probing, consumer):
            await client.start()
        consumer.assign([TopicPartition(topic, n) for n in range(TOPICS[_ALERTS].partitions)])
        await consumer.seek_to_end()
        listening = asyncio.create_task(self._listen(consumer))
        try:
            achieved = await self._publish(load, began_at, rate, accounts, per_s, told)
            deadline = time.monotonic() + _PATIENCE_S
            while len(self._seen) < len(self._published) and time.monotonic() < deadline:
                await asyncio.sleep(_TICK_S)
        finally:
            listening.cancel()
            for client in (self._steady, self._probing, consumer):
                await client.stop()
        return self._published, self._seen, achieved

    async def _listen(self, consumer: Any) -> None:
        wanted = SIGNAL.encode()
        while True:
            for records in (await consumer.getmany(timeout_ms=1000)).values():
                now = time.perf_counter()
                for record in records:
                    account = record.key.decode()
                    if account in self._published and wanted in record.value:
                        self._seen.setdefault(account, now)

    async def _publish(
        self,
        load: Iterator[Record],
        began_at: int,
        rate: float,
        accounts: Sequence[str],
        per_s: float,
        told: Callable[[int], None],
    ) -> float:
        began = time.perf_counter()
        done = 0
        probes = iter(accounts)
        next_probe = began + _WARM_UP_S
        probe: str | None = next(probes)
        while probe is not None:
            now = time.perf_counter()
            due = list(islice(load, max(0, round((now - began) * rate) - done)))
            at = began_at + round((now - began) * 1000)
            if due:
                done += len(due)
                await self._send(due, stamp(at).encode())
            if now >= next_probe:
                record = note(probe, at)
                place = self._places(CRM, probe)
                self._published[probe] = time.perf_counter()
                await self._probing.send(
                    self._prefix + CRM, record.value, key=probe.encode(), partition=place
                )
                next_probe += 1 / per_s
                probe = next(probes, None)
                told(len(self._published))
            await asyncio.sleep(max(0.0, _TICK_S - (time.perf_counter() - now)))
        return done / (time.perf_counter() - began)

    async def _send(self, due: Sequence[Record], moment: bytes) -> None:
        batches: dict[tuple[str, int], Any] = {}
        for record in due:
            if record.account_id is None:  # a heartbeat; the load itself is a sign of life
                continue
            where = record.topic, self._places(record.topic, record.account_id)
            key, value = record.account_id.encode(), restamped(record.value, moment)
            batch = batches.get(where)
            if batch is None or batch.append(key=key, value=value, timestamp=None) is None:
                if batch is not None:
                    await self._hand_over(where, batch)
                batch = batches[where] = self._steady.create_batch()
                batch.append(key=key, value=value, timestamp=None)
        for where, batch in batches.items():
            await self._hand_over(where, batch)

    async def _hand_over(self, where: tuple[str, int], batch: Any) -> None:
        batch.close()
        await self._steady.send_batch(batch, self._prefix + where[0], partition=where[1])


def measure(
    brokers: str,
    prefix: str,
    partitions: Mapping[str, int],
    load: Iterator[Record],
    began_at: int,
    *,
    share: float,
    full_rate: float,
    accounts: Sequence[str],
    per_s: float,
    told: Callable[[int], None],
) -> Latency:
    """Publish `share` of `full_rate` and a note for each account, `per_s` of them; a worker must be running.

    Args:
        load: enough of it; its own times do not count.
        began_at: the time of the load at which this begins, in ms since its first midnight.

    Raises Failed where an alert does not come.
    """
    run = _Run(brokers, prefix, partitions)
    published, seen, achieved = asyncio.run(run.go(load, began_at, share * full_rate, accounts, per_s, told))
    missing = len(published) - len(seen)
    if missing:
        raise Failed(f"{missing} of {len(published)} alerts did not come within {_PATIENCE_S:.0f} s")
    took = sorted((seen[account] - published[account]) * 1000 for account in published)
    return Latency(
        p50=round(quantile(took, 0.5), 1),
        p99=round(quantile(took, 0.99), 1),
        most=round(took[-1], 1),
        alerts=len(took),
        events_per_s=round(achieved, 1),
        load=share,
        sorted_ms=[round(ms, 1) for ms in took],
    )


_TIME = b'"occurred_at": "'
_STAMP_BYTES = len(stamp(0))


def restamped(value: bytes, moment: bytes) -> bytes:
    """The event, as if it had occurred at that moment.

    >>> restamped(b'{"occurred_at": "2025-01-06T00:00:00.000Z"}', b"2025-01-07T01:02:03.004Z")
    b'{"occurred_at": "2025-01-07T01:02:03.004Z"}'
    """
    at = value.index(_TIME) + len(_TIME)
    return value[:at] + moment + value[at + _STAMP_BYTES :]


def quantile(ordered: Sequence[float], q: float) -> float:
    """The smallest value that at least a share of `q` does not exceed.

    >>> quantile([1.0, 2.0, 3.0, 4.0], 0.5)
    2.0
    """
    return ordered[max(0, -(-int(q * 1000 * len(ordered)) // 1000) - 1)]
