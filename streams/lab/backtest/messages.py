"""Messages of a backtest: merged in the order of deciding, and read again as far as tables need them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

ENDED: Final = frozenset({"resolved", "retracted", "expired", "converted", "lapsed"})


class Account(msgspec.Struct):
    id: str
    name: str | None = None
    segment: str | None = None


class Signal(msgspec.Struct):
    id: str
    title: str = ""


class Times(msgspec.Struct):
    decided_at: datetime
    opened_at: datetime | None = None
    occurred_at: datetime | None = None


class Seen(msgspec.Struct):
    observed: float | None = None
    threshold: float | None = None
    unit: str = ""


class Message(msgspec.Struct):
    """One line of alerts.jsonl, without what no table needs."""

    motion: str
    alert_id: str
    revision: int
    status: str
    account: Account
    signal: Signal
    times: Times
    why: str = ""
    reason: str | None = None
    severity: str | None = None
    strength: str | None = None
    days_to_renewal: int | None = None
    evidence: Seen = msgspec.field(default_factory=Seen)

    @property
    def at(self) -> datetime:
        """When it was decided, UTC."""
        return self.times.decided_at

    @property
    def level(self) -> str:
        return self.severity or self.strength or ""


class Move(msgspec.Struct):
    """One line of board.jsonl: an account's way on the board."""

    account: Account
    from_quadrant: str | None
    to_quadrant: str
    times: Times

    @property
    def at(self) -> datetime:
        return self.times.decided_at


MESSAGE: Final = msgspec.json.Decoder(Message)
MOVE: Final = msgspec.json.Decoder(Move)

Order = tuple[datetime, str, int]
Span = tuple[datetime | None, datetime | None]
"""From when (included) to when (not included) a message is reported."""


def within(span: Span, moment: datetime) -> bool:
    return (span[0] is None or moment >= span[0]) and (span[1] is None or moment < span[1])


def merge_alerts(parts: Sequence[Path], into: Path, span: Span = (None, None)) -> int:
    """One file in the order of deciding, the same however many processes there were; how many lines."""

    def key(line: bytes) -> Order | None:
        message = MESSAGE.decode(line)
        return (message.at, message.alert_id, message.revision) if within(span, message.at) else None

    return _merge(parts, into, key)


def merge_board(parts: Sequence[Path], into: Path, span: Span = (None, None)) -> int:
    """The same for the moves on the board."""
    serial = 0

    def key(line: bytes) -> Order | None:
        nonlocal serial
        serial += 1
        move = MOVE.decode(line)
        return (move.at, move.account.id, serial) if within(span, move.at) else None

    return _merge(parts, into, key)


def _merge(parts: Sequence[Path], into: Path, key: Callable[[bytes], Order | None]) -> int:
    places: list[tuple[Order, int, int, int]] = []
    with ExitStack() as stack:
        files = [stack.enter_context(part.open("rb")) for part in parts]
        for number, file in enumerate(files):
            at = 0
            for line in file:
                if (order := key(line)) is not None:
                    places.append((order, number, at, len(line)))
                at += len(line)
        places.sort()
        with into.open("wb") as out:
            for _, number, at, length in places:
                files[number].seek(at)
                out.write(files[number].read(length))
    return len(places)


def read_alerts(path: Path) -> Iterator[Message]:
    """The messages of an alerts.jsonl, in order."""
    with path.open("rb") as lines:
        for line in lines:
            yield MESSAGE.decode(line)


def read_board(path: Path) -> Iterator[Move]:
    """The moves of a board.jsonl, in order."""
    with path.open("rb") as lines:
        for line in lines:
            yield MOVE.decode(line)


def utc(ms: int) -> datetime:
    """Milliseconds since the epoch as a time."""
    return datetime.fromtimestamp(ms / 1000, UTC)
