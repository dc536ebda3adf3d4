"""How near the signals came, for accounts that were lost: looked at while the history is folded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

from schemas.journal import WATERMARK_HEADER
from streams.detection.engine import PartitionEngine
from streams.detection.explain import Standing, UnknownAccount, explain
from streams.detection.units import Millis, millis_of
from streams.lab.backtest.histories import Record
from streams.lab.backtest.outcomes import LOSSES, Outcome

DAYS_BEFORE: Final = (120, 90, 60, 45, 30, 14, 7, 1)
"""When an account that was lost is looked at."""

_TRUE = frozenset({Standing.OPEN, Standing.HELD, Standing.PENDING, Standing.COOLDOWN})


@dataclass(frozen=True, slots=True)
class Look:
    """One account at one moment before its loss."""

    account: str
    at: Millis
    days_before: int


@dataclass(frozen=True, slots=True)
class NearMiss:
    """The retention signal that was nearest to opening. `distance` is 0 on the line, 1 as far as can be."""

    account: str
    signal: str
    days_before: int
    distance: float
    because: str


def looks_of(outcomes: Iterable[Outcome]) -> list[Look]:
    """Where to look: before each loss, in the order of time."""
    found = []
    for outcome in outcomes:
        if outcome.kind in LOSSES:
            for days in DAYS_BEFORE:
                day = outcome.on - timedelta(days=days)
                at = millis_of(datetime.combine(day, time(), UTC))
                found.append(Look(outcome.account, at, days))
    return sorted(found, key=lambda look: (look.at, look.account))


class Watch:
    """The looks of one journal partition, taken as its clock passes them."""

    def __init__(self, looks: Sequence[Look]) -> None:
        self._looks = list(reversed(looks))
        self.nearest: dict[str, NearMiss] = {}

    @property
    def pending(self) -> bool:
        return bool(self._looks)

    def passed(self, engine: PartitionEngine) -> None:
        """Take what is due by the engine's calendar."""
        now = engine.clocks.calendar
        while self._looks and self._looks[-1].at <= now:
            look = self._looks.pop()
            found = _nearest(engine, look)
            best = self.nearest.get(look.account)
            if found is not None and (best is None or found.distance < best.distance):
                self.nearest[look.account] = found


def pieces(records: Sequence[Record]) -> Iterator[Sequence[Record]]:
    """The records cut behind each watermark: between two of them no clock moves."""
    begin = 0
    for at, record in enumerate(records, start=1):
        if record.headers[0][0] == WATERMARK_HEADER:
            yield records[begin:at]
            begin = at
    if begin < len(records):
        yield records[begin:]


def _nearest(engine: PartitionEngine, look: Look) -> NearMiss | None:
    try:
        told = explain(engine, look.account)
    except UnknownAccount:
        return None
    best: NearMiss | None = None
    for signal in told.signals:
        if signal.motion != "retention":
            continue
        if signal.standing in _TRUE:
            distance = 0.0
        elif signal.standing is Standing.QUIET and signal.ratio is not None:
            distance = signal.ratio
        else:
            continue
        if best is None or distance < best.distance:
            said = f"{signal.standing.value}: {signal.because}"
            if signal.reading is not None and signal.line is not None and signal.standing is Standing.QUIET:
                said += f" ({signal.reading:g} {signal.unit or ''}, {signal.needs} {signal.line:g} opens it)"
            best = NearMiss(look.account, signal.id, look.days_before, round(distance, 4), said)
    return best
