"""Shares with their uncertainty. Sources: Wilson, JASA 22 (1927); Efron, Annals of Statistics 7 (1979)."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Final

Interval = tuple[float, float]
Z: Final = 1.959964
"""95 %."""

_WORK: Final = 1_000_000
_MOST, _LEAST = 1_000, 200


def wilson(hits: int, of: int) -> Interval | None:
    """The 95 % interval of a share; None of nothing.

    >>> [round(bound, 3) for bound in wilson(8, 10)]
    [0.49, 0.943]
    """
    if not of:
        return None
    share, z2 = hits / of, Z * Z
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = Z / (1 + z2 / of) * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)


def bootstrapped(accounts: Sequence[tuple[int, int]], seed: int = 1) -> Interval | None:
    """The 95 % interval of the share of hits, whole accounts drawn anew: alerts of one account are no independent
    trials. `accounts` are (hits, of). None where there is nothing, or where all draws would be the same."""
    hits, of = sum(hit for hit, _ in accounts), sum(tried for _, tried in accounts)
    if len(accounts) < 2 or hits in (0, of):
        return None
    chance = random.Random(seed)
    draws = max(_LEAST, min(_MOST, _WORK // len(accounts)))
    shares = []
    for _ in range(draws):
        drawn = chance.choices(accounts, k=len(accounts))
        tried = sum(each for _, each in drawn)
        if tried:
            shares.append(sum(each for each, _ in drawn) / tried)
    shares.sort()
    return shares[int(0.025 * len(shares))], shares[min(len(shares) - 1, int(0.975 * len(shares)))]
