"""A steady load that says something: every so often a note that alone decides an alert."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas.partitioning import partition_of
from schemas.topics import TOPICS, real_name

_TICK_S = 0.25


class Load:
    """Publishes until its block ends; a broker that is away is waited for.

    Args:
        notes: decided alerts a second, each about an account of its own.
        sessions: other events a second.
        garbage: records a second that are no events; may be changed at any time.
    """

    def __init__(
        self, brokers: str, prefix: str, *, notes: float = 4.0, sessions: float = 20.0, garbage: float = 0.0
    ) -> None:
        self._brokers = brokers
        self._prefix = prefix
        self.notes = notes
        self.sessions = sessions
        self.garbage = garbage
        self._end = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="load", daemon=True)
        self._serial = 0

    def __enter__(self) -> Load:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join(30)

    async def _run(self) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self._brokers, acks="all", request_timeout_ms=5_000)
        await producer.start()
        owed = {"notes": 0.0, "sessions": 0.0, "garbage": 0.0}
        try:
            while not self._end.is_set():
                for kind in owed:
                    owed[kind] += float(getattr(self, kind)) * _TICK_S
                with contextlib.suppress(KafkaError, OSError):
                    await self._tick(producer, owed)
                await asyncio.sleep(_TICK_S)
        finally:
            with contextlib.suppress(KafkaError, TimeoutError, OSError):
                await asyncio.wait_for(producer.stop(), 10)

    async def _tick(self, producer: AIOKafkaProducer, owed: dict[str, float]) -> None:
        sent = []
        for _ in range(_whole(owed, "notes")):
            account = self._next("drilled")
            customer = {"name": account, "segment": "mid_market", "lifecycle": "live"}
            said = {"note_id": account, "author_id": "p-1", "competitors": ["Rival"], "context": "qbr"}
            sent.append(await self._send(producer, "crm-changes", account, "account.changed", customer))
            sent.append(await self._send(producer, "crm-changes", account, "note.logged", said))
        for _ in range(_whole(owed, "sessions")):
            account = f"busy-{self._serial % 20}"
            fields = {"user_id": f"u-{self._serial % 7}"}
            sent.append(await self._send(producer, "product-usage", account, "session.started", fields))
        for _ in range(_whole(owed, "garbage")):
            sent.append(
                await producer.send(real_name(self._prefix, "crm-changes"), b"{no event", partition=0)
            )
        if sent:
            await asyncio.wait_for(asyncio.gather(*sent, return_exceptions=True), 10)

    async def _send(
        self, producer: AIOKafkaProducer, topic: str, account: str, kind: str, fields: Mapping[str, object]
    ) -> asyncio.Future[object]:
        event = {
            "event_id": self._next("e"),
            "type": kind,
            "schema_version": 1,
            "account_id": account,
            "occurred_at": datetime.now(UTC).isoformat(),
            "source_system": "crm" if topic == "crm-changes" else "atlas-web",
            **fields,
        }
        key = account.encode()
        return await producer.send(  # type: ignore[no-any-return]
            real_name(self._prefix, topic),
            json.dumps(event).encode(),
            key=key,
            partition=partition_of(key, TOPICS[topic].partitions),
        )

    def _next(self, name: str) -> str:
        self._serial += 1
        return f"{name}-{self._serial}"


def _whole(owed: dict[str, float], kind: str) -> int:
    count = int(owed[kind])
    owed[kind] -= count
    return count
