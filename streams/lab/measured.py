"""Measured recall, delay and false alarms of the statistical signals by company size.

`python -m streams.lab.measured` folds made-up companies (population.py) through the engine and writes measured.json,
from which the signal reference makes its table. The same seed gives the same file. It takes some minutes.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from statistics import median
from typing import Final

import msgspec

from streams.assembly import load_system
from streams.detection.engine import PartitionEngine
from streams.detection.system import Motion, System
from streams.detection.units import DAY_MS, Day, day_from_date, day_of, day_start, millis_of
from streams.growth.motion import Growth
from streams.lab.journal import Record, event_record, watermark_record
from streams.lab.population import Change, Population
from streams.lab.timeline import Published
from streams.retention.motion import Retention

FILE: Final = Path(__file__).with_name("measured.json")
FIRST_DAY: Final[Day] = day_from_date(date(2026, 5, 11))
HEALTHY_FIRST_DAY: Final[Day] = day_from_date(date(2026, 9, 7))
"""Mondays; with changes no holidays come near, the healthy companies have those at the end of the year."""
BEFORE: Final = 98
"""Days of history before a change: both windows of a fall, and of use that spreads."""
HEALTHY_DAYS: Final = 84 + 183
COMPANIES: Final = {3: 60, 10: 80, 50: 48, 500: 10, 2_000: 3}
"""Companies by their number of users, for each change and for none."""

_FALL: Final = ("usage-drop", "key-user-login-drop")
CHANGES: Final = (
    Change("half", "everybody comes half as often", _FALL, people=0.5),
    Change("third", "everybody comes 70 % less often", _FALL, people=0.3),
    Change("slow", "use falls by 60 % over 60 days", _FALL, people=0.4, over=60, within=90),
    Change("silence", "nobody comes any more", ("usage-silence",), people=0.0),
    Change("feature", "nobody uses one core feature any more", ("core-feature-abandoned",), abandons=True),
    Change("persona", "one persona stops, two people of five", ("persona-lapsed",), lapses=True),
    Change(
        "spread",
        "half as many people again, in a new department and country",
        ("active-users-rising", "power-users-spread", "region-spread", "team-breadth-rising"),
        newcomers=0.5,
    ),
    Change("calls-half", "half as many API calls again", ("api-surge",), calls=1.5),
    Change("calls-twice", "twice as many API calls", ("api-surge",), calls=2.0),
)
NOTHING: Final = Change("nothing", "nothing happens")
SIGNALS: Final = tuple(dict.fromkeys(signal for change in CHANGES for signal in change.signals))
QUARTER: Final = 365.25 / 4


class Found(msgspec.Struct, frozen=True):
    """Of so many companies with a change, those where it was found, and the median of the days it took."""

    companies: int
    found: int
    delay: float | None

    @property
    def recall(self) -> float:
        return self.found / self.companies


class Measured(msgspec.Struct, frozen=True):
    """What was measured, by signal, change and number of users; `false` counts alarms by signal and number of users
    in `quarters` (number of users: account-quarters) without any change, holidays and newcomers included."""

    seed: int
    versions: dict[str, int]
    levels: dict[int, float]
    found: dict[str, dict[str, dict[int, Found]]]
    false: dict[str, dict[int, int]]
    quarters: dict[int, float]


def read_measured(path: Path = FILE) -> Measured:
    """Raises msgspec.ValidationError where the file is of another shape."""
    return msgspec.json.decode(path.read_bytes(), type=Measured)


def measure(system: System, seed: int, companies: dict[int, int] = COMPANIES) -> Measured:
    """All changes and none, at every size."""
    found: dict[str, dict[str, dict[int, Found]]] = {signal: {} for signal in SIGNALS}
    false: dict[str, dict[int, int]] = {signal: {} for signal in SIGNALS}
    levels: dict[int, float] = {}
    for users, number in companies.items():
        for change in CHANGES:
            days = BEFORE + change.within
            delays: dict[str, list[int]] = defaultdict(list)
            for n in range(number):
                told = opened(system, _population(users, seed, change, n), days, change)
                for signal in change.signals:
                    since = [day - BEFORE for name, day in told if name == signal and day >= BEFORE]
                    delays[signal] += since[:1]
            for signal in change.signals:
                took = delays[signal]
                cell = Found(number, len(took), median(took) if took else None)
                found[signal].setdefault(change.name, {})[users] = cell
        alarms: list[str] = []
        for n in range(number):
            population = _population(users, seed, NOTHING, n)
            population.holidays = population.organic = True
            alarms += [signal for signal, _ in opened(system, population, HEALTHY_DAYS, NOTHING)]
        for signal in SIGNALS:
            false[signal][users] = alarms.count(signal)
        levels[users] = round(_level(users, seed), 1)
    return Measured(
        seed=seed,
        versions={rule.id: rule.spec.version for rule in _watching(system).rules},
        levels=levels,
        found=found,
        false=false,
        quarters={users: round(number * HEALTHY_DAYS / QUARTER, 2) for users, number in companies.items()},
    )


def _population(users: int, seed: int, change: Change, number: int) -> Population:
    return Population(f"c{number}", users, random.Random(f"{seed}/{change.name}/{users}/{number}"))


def _watching(system: System) -> System:
    """The part of a system that is measured: the signals of the changes, both motions."""
    motions: list[Motion] = []
    for motion in system.motions:
        assert isinstance(motion, Retention | Growth)
        motions.append(replace(motion, rules=tuple(rule for rule in motion.rules if rule.id in SIGNALS)))
    return replace(system, motions=tuple(motions))


@dataclass(frozen=True, slots=True)
class _Journal:
    account: str
    events: Iterator[Published]
    first: Day
    days: int

    def records(self) -> Iterator[Record]:
        """The events in order, day by day, and what a door says of the time at the end of each day."""
        waiting: list[Published] = []
        offset = 0
        for number in range(self.days):
            end = day_start(self.first + number + 1)
            event = next(self.events, None)
            while event is not None and event.at < end:
                waiting.append(event)
                event = next(self.events, None)
            held = [] if event is None else [event]
            for each in sorted(waiting, key=lambda event: event.at):
                yield event_record(offset, each, offset, self.account)
                offset += 1
            waiting = held
            yield watermark_record(offset, end)
            offset += 1


def opened(system: System, population: Population, days: int, change: Change) -> list[tuple[str, int]]:
    """Signal and day number of every opening of the measured signals."""
    engine = PartitionEngine(_watching(system), 0, {})
    first = HEALTHY_FIRST_DAY if change is NOTHING else FIRST_DAY
    events = population.events(first, days, change, BEFORE)
    told = []
    for outgoing in engine.process(_Journal(population.account, events, first, days).records()):
        if outgoing.topic in ("retention-alerts", "expansion-opportunities"):
            message = _MESSAGE.decode(outgoing.value)
            if message.status == "opened":
                day = day_of(millis_of(message.times.decided_at)) - first
                told.append((message.signal.id, day))
    return told


def _level(users: int, seed: int, companies: int = 5) -> float:
    """User-days per 14 days, the median of some companies."""
    levels = []
    for number in range(companies):
        population = _population(users, seed, NOTHING, number)
        active = {
            (event.value.split(b'"user_id":"')[1].split(b'"')[0], event.occurred // DAY_MS)
            for event in population.events(FIRST_DAY, 56, NOTHING, BEFORE)
            if b'"feature.used"' in event.value
        }
        levels.append(len(active) / 4)
    return median(levels)


class _Signal(msgspec.Struct):
    id: str


class _Times(msgspec.Struct):
    decided_at: datetime


class _Message(msgspec.Struct):
    status: str
    signal: _Signal
    times: _Times


_MESSAGE = msgspec.json.Decoder(_Message)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m streams.lab.measured", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=FILE)
    parser.add_argument("--sizes", type=int, nargs="*", default=list(COMPANIES), choices=list(COMPANIES))
    options = parser.parse_args(arguments)
    sizes = {users: COMPANIES[users] for users in options.sizes}
    measured = measure(load_system(), options.seed, sizes)
    options.out.write_bytes(msgspec.json.format(msgspec.json.encode(measured), indent=1) + b"\n")
    print(f"wrote {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
