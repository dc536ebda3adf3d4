"""One account that is far too large: a journal made in memory, and what the engine makes of it.

`python -m streams.lab.flood --events 10000000` runs it once and prints the cost of an event, the size of the state,
the alerts, and what the caps dropped.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

from schemas.journal import EVENT_HEADER, pack_header
from streams.assembly import load_system
from streams.detection.engine import PartitionEngine
from streams.detection.units import DAY_MS, HOUR_MS, Millis, date_of, moment_of
from streams.lab.journal import Record, watermark_record
from streams.lab.timeline import start_of

ACCOUNT = b"giant"
DAYS = 100
FEATURES = 40
FALL_ON = 75
"""The day from which only a tenth of the users come."""
LEFT_ON = 60
"""The day on which the sponsor leaves."""


@dataclass(frozen=True)
class Flood:
    """How much of everything; a tenth of the tickets is of severity 1, and none is ever closed."""

    events: int
    users: int = 50_000
    tickets: int = 20_000
    seed: int = 7

    def records(self) -> Iterator[Record]:
        """The journal, in order: events of a hundred days, and a watermark every six hours."""
        rng = random.Random(self.seed)
        offset = 0
        quarter = self.events // (4 * DAYS)
        opened = 0
        for day in range(DAYS):
            for part in range(4):
                start = start_of(day) + part * 6 * HOUR_MS
                step = max(1, 6 * HOUR_MS // (quarter + 1))
                for number in range(quarter):
                    at = start + number * step
                    turn = (day * 4 + part) * quarter + number
                    due = self.tickets * (turn + 1) // self.events
                    if turn < self.users:
                        kind, fields = "user.changed", _user(turn)
                    elif opened < due:
                        kind, fields = "ticket.opened", _ticket(opened)
                        opened += 1
                    else:
                        kind, fields = self._usual(rng, day)
                    yield _event(offset, at, kind, fields)
                    offset += 1
                if part == 0:
                    for kind, fields in _rare(day):
                        yield _event(offset, start + 5 * HOUR_MS, kind, fields)
                        offset += 1
                yield watermark_record(offset, start + 6 * HOUR_MS)
                offset += 1

    def _usual(self, rng: random.Random, day: int) -> tuple[str, str]:
        users = self.users if day < FALL_ON else self.users // 10
        user = f'"user_id":"user-{rng.randrange(users):05d}"'
        kind = rng.random()
        if kind < 0.4:
            return "session.started", user
        if kind < 0.95:
            return "feature.used", f'{user},"feature":"feature-{rng.randrange(FEATURES)}","outcome":"used"'
        return "api.called", f'"count":{rng.randrange(1, 99)}'


def _user(number: int) -> str:
    return (
        f'"user_id":"user-{number:05d}","kind":"human","status":"active","department":"d-{number % 9}",'
        f'"product_role":"{"admin" if number % 50 == 0 else "member"}"'
    )


def _ticket(number: int) -> str:
    severity = 1 if number % 10 == 0 else 2 + number % 3
    return f'"ticket_id":"ticket-{number:06d}","severity":{severity},"kind":"problem"'


def _rare(day: int) -> Iterator[tuple[str, str]]:
    if day == 0:
        yield "account.changed", '"name":"Giant","segment":"enterprise","lifecycle":"live"'
        yield (
            "contact.added",
            '"contact_id":"c-1","seniority":"vp","roles":["sponsor"],"discovered_via":"crm"',
        )
    if day == LEFT_ON:
        left = date_of(start_of(day) // DAY_MS)
        yield "contact.left", f'"contact_id":"c-1","left_on":"{left}","how":"left_company"'
    yield (
        "level.sampled",
        f'"meter":"storage_gb","value":{50 if day < 50 else 97},"limit":100,"unit":"GB","kind":"gauge"',
    )


_TOPICS = {"ticket.opened": b"support.", "account.changed": b"crm.....", "contact.added": b"crm....."}
_SYSTEMS = {b"support.": "helpdesk", b"crm.....": "crm", b"usage...": "atlas-web"}


def _event(offset: int, at: Millis, kind: str, fields: str) -> Record:
    topic = b"crm....." if kind == "contact.left" else _TOPICS.get(kind, b"usage...")
    value = (
        f'{{"event_id":"e-{offset}","type":"{kind}","schema_version":1,"account_id":"giant",'
        f'"occurred_at":"{moment_of(at).isoformat()}","source_system":"{_SYSTEMS[topic]}",{fields}}}'
    )
    header = pack_header(topic, 0, offset, 0, at)
    return Record(offset, at, ACCOUNT, value.encode(), ((EVENT_HEADER, header),))


@dataclass(frozen=True)
class Outcome:
    """What came of a flood: seconds in the engine, bytes of the state, openings by signal (with what the caps had
    dropped by then), and what they dropped in the end."""

    events: int
    seconds: float
    longest_step: float
    state_bytes: int
    opened: dict[str, str]
    dropped: dict[str, int]


def run(flood: Flood, commit_every: int = 50_000) -> Outcome:
    """Fold the flood once, committing as a worker does."""
    rest: dict[bytes, bytes] = {}
    engine = PartitionEngine(load_system(), 0, rest)
    opened: dict[str, str] = {}
    seconds = longest = 0.0
    batch: list[Record] = []

    def fold(commit: bool) -> None:
        nonlocal seconds, longest
        began = time.process_time()
        for said in engine.steps(batch):
            longest = max(longest, time.process_time() - began)
            seconds += time.process_time() - began
            for message in said:
                body = json.loads(message.value)
                if body.get("status") == "opened":
                    dropped = body["evidence"]["details"].get("dropped_by_caps", "")
                    opened.setdefault(body["signal"]["id"], dropped)
            began = time.process_time()
        if commit:
            engine.flush()
            engine.committed()
        seconds += time.process_time() - began
        batch.clear()

    for number, record in enumerate(flood.records(), start=1):
        batch.append(record)
        if len(batch) == 1_000:
            fold(number % commit_every == 0)
    fold(True)
    account = engine.account(ACCOUNT)
    dropped = account.facts.dropped if account else {}
    return Outcome(engine.stats.events, seconds, longest, len(rest[ACCOUNT]), opened, dropped)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--users", type=int, default=50_000)
    parser.add_argument("--tickets", type=int, default=20_000)
    asked = parser.parse_args()
    came = run(Flood(asked.events, asked.users, asked.tickets))
    print(f"{came.events:,} events, {came.seconds / came.events * 1e6:.1f} µs an event")
    print(f"longest step {came.longest_step * 1e3:.0f} ms, state {came.state_bytes:,} bytes")
    for signal, dropped in came.opened.items():
        print(f"opened {signal}; caps had dropped: {dropped or 'nothing'}")
    print(f"dropped in the end: {came.dropped}")


if __name__ == "__main__":
    main()
