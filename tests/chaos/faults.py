"""The faults: each strikes once, at a random moment, and leaves everything running for the next one."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from tests.chaos.crew import SESSION_S, Crew
from tests.chaos.feed import Feed
from tests.chaos.load import Load
from tests.chaos.moments import after, until
from tests.chaos.own_kafka import Kafka

_RETURN_S = 60.0


@dataclass
class Scene:
    """What there is to break. `kafka` is None where the broker is somebody else's."""

    rng: random.Random
    load: Load
    feed: Feed
    crew: Crew
    kafka: Kafka | None
    outage_s: float = 30.0
    flood: int = 4_000


class Fault(NamedTuple):
    """A fault by name; `every` is how many of it are struck before the outcome is compared."""

    name: str
    strike: Callable[[Scene], None]
    every: int
    breaks_broker: bool = False


def kill(scene: Scene) -> None:
    """SIGKILL while it folds and commits, sometimes while it starts and recovers, or shares with a newcomer."""
    crew, rng = scene.crew, scene.rng
    crew.mind()
    (worker, *others) = crew.workers or [crew.start()]
    for other in others:
        crew.kill(other)
    chance = rng.random()
    if chance < 0.25:
        crew.kill(worker)
        worker = crew.start()
        after(crew.start_s * rng.uniform(0.4, 1.05))
    else:
        crew.wait_ready(worker)
        if chance > 0.85:
            crew.start()
            after(crew.start_s * rng.uniform(0.4, 1.5))
        after(rng.uniform(0.02, 1.2))
    crew.kill(worker)
    if not crew.workers:
        crew.start()


def terminate(scene: Scene) -> None:
    """SIGTERM under load, now and then to one that has only begun."""
    crew, rng = scene.crew, scene.rng
    (worker,) = crew.keep(1)
    if rng.random() < 0.2:
        crew.terminate(worker)
        worker = crew.start()
        after(crew.start_s * rng.random())
    else:
        after(rng.uniform(0.1, 1.0))
    crew.terminate(worker)
    crew.start()


def zombie(scene: Scene) -> None:
    """SIGSTOP past the session timeout: another takes over, then the first one wakes up and goes on."""
    crew, rng = scene.crew, scene.rng
    pair = crew.keep(2)
    crew.wait_shared(pair)
    rng.shuffle(pair)
    sleeper, other = pair
    after(rng.uniform(0.05, 0.8))
    crew.freeze(sleeper)
    after(SESSION_S)
    crew.wait_shared([other], within=_RETURN_S)
    after(rng.uniform(0.0, 1.0))
    crew.thaw(sleeper)
    # It finds out and stops, or it asks for its share again.
    until(lambda: sleeper.exit_code is not None or crew.wait_shared(pair, within=0.0), 20.0)
    crew.mind()


def nap(scene: Scene) -> None:
    """SIGSTOP for about the session timeout: whether it still owns its partitions is anybody's guess."""
    crew, rng = scene.crew, scene.rng
    sleeper = rng.choice(crew.keep(2))
    after(rng.uniform(0.05, 0.8))
    crew.freeze(sleeper)
    after(SESSION_S * rng.uniform(0.6, 1.6))
    crew.thaw(sleeper)
    after(rng.uniform(0.1, 1.0))
    crew.mind()


def scale(scene: Scene) -> None:
    """One worker, then three, then one again, all while partitions are being moved."""
    crew, rng = scene.crew, scene.rng
    crew.keep(1)
    for _ in range(2):
        crew.start()
        after(rng.uniform(0.0, 3.0))
    if rng.random() < 0.6:
        crew.wait_shared(crew.keep(3))
    for _ in range(2):
        after(rng.uniform(0.0, 1.5))
        crew.mind()
        crew.terminate(rng.choice(crew.workers))
    crew.mind()


def broker_stop(scene: Scene) -> None:
    """The broker is ended in order and stays away."""
    kafka = _mine(scene)
    kafka.stop()
    after(scene.outage_s)
    kafka.start()
    scene.crew.mind()


def broker_hang(scene: Scene) -> None:
    """The broker answers nothing for a while; connections stay open."""
    kafka = _mine(scene)
    kafka.freeze()
    after(scene.outage_s)
    kafka.thaw()
    after(1.0)
    scene.crew.mind()


def broker_kill(scene: Scene) -> None:
    """SIGKILL to the broker, then another on the same data."""
    kafka = _mine(scene)
    after(scene.rng.uniform(0.1, 1.0))
    kafka.kill()
    after(min(scene.outage_s, scene.rng.uniform(0.0, 10.0)))
    kafka.start()
    scene.crew.mind()


def poison_flood(scene: Scene) -> None:
    """Thousands of records that break the contract, between good ones."""
    scene.crew.keep(1)
    scene.feed.insert(scene.load.flood(scene.flood))
    after(1.0)


def clock_jump(scene: Scene) -> None:
    """All publishers' clocks jump, there or back, and one product's clock is anywhere."""
    scene.crew.keep(1)
    scene.load.jump(scene.rng.choice((-20, -3, 3, 12, 25)))
    scene.feed.insert(scene.load.wild_clock(200))
    after(2.0)


def activation(scene: Scene) -> None:
    """Another catalog while all is in use; SIGKILL somewhere in the middle of taking it up."""
    crew, rng = scene.crew, scene.rng
    (worker,) = crew.keep(1)
    scene.feed.insert([scene.load.activation()])
    after(rng.uniform(0.1, 1.5))
    crew.kill(worker)
    crew.start()


def _mine(scene: Scene) -> Kafka:
    scene.crew.keep(1)
    if scene.kafka is None:
        raise RuntimeError("this fault needs a broker of its own")
    return scene.kafka


FAULTS = (
    Fault("kill -9", kill, 10),
    Fault("zombie", zombie, 4),
    Fault("nap", nap, 5),
    Fault("scale 1-3-1", scale, 2),
    Fault("SIGTERM", terminate, 5),
    Fault("broker stop", broker_stop, 1, breaks_broker=True),
    Fault("broker hang", broker_hang, 1, breaks_broker=True),
    Fault("broker kill -9", broker_kill, 1, breaks_broker=True),
    Fault("poison flood", poison_flood, 1),
    Fault("clock jump", clock_jump, 2),
    Fault("activation", activation, 2),
)
