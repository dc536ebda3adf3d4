"""How often each fault strikes, and in which order."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import NamedTuple

from tests.chaos.faults import FAULTS, Fault

#: Of the whole run, for a hundred kills.
WHOLE = {
    "kill -9": 100,
    "zombie": 20,
    "nap": 10,
    "scale 1-3-1": 10,
    "SIGTERM": 10,
    "broker stop": 2,
    "broker hang": 1,
    "broker kill -9": 2,
    "poison flood": 4,
    "clock jump": 6,
    "activation": 6,
}
#: What the at-least-once guarantee does not promise to survive.
TAKES_TRANSACTIONS = frozenset({"zombie", "nap"})
#: What every test run goes through.
SHORT = {
    "kill -9": 3,
    "zombie": 1,
    "scale 1-3-1": 1,
    "broker kill -9": 1,
    "poison flood": 1,
    "clock jump": 1,
}


class Turn(NamedTuple):
    """So many strikes of one fault."""

    fault: Fault
    strikes: int
    compared: bool = True  #: whether the outcome is compared after it; what is not counts for a later one


def scaled(kills: int) -> dict[str, int]:
    """The whole run with so many kills, everything else in proportion, each fault at least once.

    >>> scaled(10)["zombie"]
    2
    """
    return {name: max(1, round(rounds * kills / WHOLE["kill -9"])) for name, rounds in WHOLE.items()}


def turns(rounds: Mapping[str, int], rng: random.Random, compare_every: int = 1) -> list[Turn]:
    """Every fault so often as `rounds` says, in turns, shuffled: each meets what the others left behind.

    The outcome is compared after every `compare_every`-th of them and after the last.
    """
    found: list[Turn] = []
    for fault in FAULTS:
        left = rounds.get(fault.name, 0)
        while left > 0:
            found.append(Turn(fault, min(left, fault.every)))
            left -= fault.every
    rng.shuffle(found)
    last = len(found)
    return [
        turn._replace(compared=number % compare_every == 0 or number == last)
        for number, turn in enumerate(found, start=1)
    ]
