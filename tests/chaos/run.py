"""A whole run: load, faults, comparisons, and what came of each fault."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

from schemas.topics import SOURCES, TOPICS
from streams.assembly import load_system
from streams.worker.admin import Admin
from streams.worker.process import WorkerFailed
from tests.chaos.check import Check
from tests.chaos.crew import Crew
from tests.chaos.faults import Scene
from tests.chaos.feed import Feed
from tests.chaos.load import Load
from tests.chaos.own_kafka import Kafka
from tests.chaos.plan import Turn
from tests.chaos.reading import Unstable
from tests.chaos.tally import Tally

_CAUGHT_UP_S = 240.0


class Line(TypedDict):
    """What came of one fault; `build/chaos.json` is a list of these."""

    fault: str
    rounds: int
    lost: int
    doubled: int
    wrong: int


@dataclass
class Outcome:
    """What came of a run."""

    tallies: dict[str, Tally] = field(default_factory=dict)
    rounds: dict[str, int] = field(default_factory=dict)
    accepted: int = 0  #: source records that the door let in
    refused: int = 0
    journal_repeats: int = 0  #: written again after a crash, and passed over
    messages: int = 0
    message_repeats: int = 0  #: allowed ones
    aborted: int = 0  #: messages of transactions that were broken off, invisible
    ended: dict[int, int] = field(default_factory=dict)  #: workers that stopped themselves, by exit code

    def lines(self) -> list[Line]:
        return [
            Line(fault=name, rounds=self.rounds[name], lost=t.lost, doubled=t.doubled, wrong=t.wrong)
            for name, t in self.tallies.items()
        ]

    def is_exact(self) -> bool:
        return not any(self.tallies.values())


Told = Callable[[Turn, int, Tally | None], None]


@dataclass
class Chaos:
    """One run under a topic prefix. `kafka` is None where the broker must not be touched."""

    brokers: str
    prefix: str
    seed: int
    logs: Path
    kafka: Kafka | None = None
    at_least_once: bool = False
    accounts: int = 120
    rate: int = 150
    outage_s: float = 30.0
    flood: int = 4_000

    def run(self, turns: list[Turn], told: Told = lambda turn, strike, tally: None) -> Outcome:
        """Strike, let the workers catch up, compare; turn by turn.

        Args:
            told: called after each strike, and with what was found after each turn.
        """
        rng = random.Random(f"{self.seed}/faults")
        with Admin(self.brokers) as admin:
            admin.apply(self.prefix)
        shutil.rmtree(self.logs, ignore_errors=True)
        self.logs.mkdir(parents=True)
        check = Check(self.brokers, self.prefix, load_system(), at_least_once=self.at_least_once)
        outcome = Outcome()
        with self._scene(rng) as scene:
            for turn in turns:
                name = turn.fault.name
                outcome.rounds.setdefault(name, 0)
                tally = outcome.tallies.setdefault(name, Tally())
                for strike in range(turn.strikes):
                    turn.fault.strike(scene)
                    outcome.rounds[name] += 1
                    told(turn, strike + 1, None)
                found = _settle(scene, check) if turn.compared else Tally()
                tally.add(found)
                told(turn, turn.strikes, found)
            outcome.ended = dict(scene.crew.ended)
        outcome.accepted, outcome.refused = check.entrance.accepted, check.entrance.refused
        outcome.journal_repeats = check.entrance.repeats
        outcome.aborted = check.aborted()
        outcome.messages, outcome.message_repeats = check.ledger.messages, check.ledger.repeats
        return outcome

    @contextmanager
    def _scene(self, rng: random.Random) -> Iterator[Scene]:
        load = Load(self.seed, self.accounts)
        partitions: Mapping[str, int] = {name: TOPICS[name].partitions for name in SOURCES}
        crew = Crew(self.brokers, self.prefix, self.logs, at_least_once=self.at_least_once)
        feed = Feed(self.brokers, self.prefix, load.records(), partitions, self.rate)
        with crew, feed:
            yield Scene(rng, load, feed, crew, self.kafka, self.outage_s, self.flood)


def _settle(scene: Scene, check: Check) -> Tally:
    """Let everything that was published be done, and compare."""
    scene.feed.pause()
    stuck = Tally()
    try:
        scene.crew.wait_caught_up(_CAUGHT_UP_S)
    except WorkerFailed as failed:
        # A worker that hangs is as wrong as one that says something wrong; others go on from its log.
        stuck.wrong += 1
        stuck.say(f"wrong: {failed}")
        for worker in list(scene.crew.workers):
            scene.crew.kill(worker)
        scene.crew.keep(1)
        scene.crew.wait_caught_up(_CAUGHT_UP_S)
    try:
        stuck.add(check.compare())
    except Unstable as hanging:
        stuck.wrong += 1
        stuck.say(f"wrong: {hanging}")
    scene.feed.resume()
    return stuck
