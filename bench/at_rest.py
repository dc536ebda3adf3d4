"""What an account takes when nobody touches it, by its number of users; without Kafka."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from bench.load import Record, records
from bench.shapes import Shape
from streams.assembly import load_system
from streams.detection.engine import PartitionEngine
from streams.lab.history import journal_of

#: Users → events a day, so that about two of three users work each day; 1,000 users are one account.
SIZES = {10: 14, 60: 90, 1_000: 1_400}
#: Longer than the widest window (128 day buckets): nothing in a state is still growing.
DAYS = 130
_ACCOUNTS = {10: 12, 60: 4, 1_000: 1}


def states_of(users: int, seed: int, days: int = DAYS, events_a_day: int | None = None) -> list[bytes]:
    """Encoded states of some accounts after so many days."""
    shape = Shape("at rest", _ACCOUNTS.get(users, 4), users, 0, 0, days, events_a_day or SIZES[users])
    rest: dict[bytes, bytes] = {}
    engine = PartitionEngine(load_system(), 0, rest)
    with tempfile.TemporaryDirectory(prefix="twomotion-bench-") as folder:
        _write(Path(folder), records(shape, seed, 0, days))
        for entry in journal_of(Path(folder)):
            engine.process((entry,))
        engine.flush()
        engine.committed()
    return [value for key, value in rest.items() if not key.startswith(b"\0")]


def bytes_per_account(seed: int) -> dict[str, int]:
    """Mean size of an account at rest by its users, its ring of event ids included; its key is not."""
    return {str(users): _mean(states_of(users, seed)) for users in SIZES}


def _mean(states: list[bytes]) -> int:
    return round(sum(map(len, states)) / len(states))


def _write(folder: Path, load: Iterable[Record]) -> None:
    lines: defaultdict[str, list[bytes]] = defaultdict(list)
    for record in load:
        lines[record.topic].append(record.value)
    for topic, values in lines.items():
        (folder / f"{topic}.jsonl").write_bytes(b"\n".join(values) + b"\n")
