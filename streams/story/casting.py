"""Who plays what: most accounts nothing, some a plot, some a near miss."""

from __future__ import annotations

import random

from streams.story.plots import plots
from streams.story.plots.base import Plot

SHARES_OF = 200  # `Plot.share` counts accounts of so many
MOST_CAST = 0.6  # of all accounts; the others are ordinary customers
SMALLEST = 3
LARGEST = 2_000
_TAIL = 0.77  # of the Pareto distribution of company sizes: half have five users or less, one in 200 has 300


def cast(accounts: int, rng: random.Random) -> list[Plot | None]:
    """The plot of each account, in random order; None is an ordinary customer.

    With few accounts, first as few plots as cover every signal, then the others by their shares.
    """
    room = max(1, int(accounts * MOST_CAST))
    real = [plot for plot in plots().values() if not plot.decoy]
    decoys = [plot for plot in plots().values() if plot.decoy]
    chosen = _covering(real)
    for group in (real, decoys):
        more = [
            plot
            for plot, wanted in _apportion(group, accounts, rng).items()
            for _ in range(wanted - chosen.count(plot))
        ]
        rng.shuffle(more)  # where the room is too small, no plot is always the one left out
        chosen += more
    chosen = chosen[:room]
    roles: list[Plot | None] = [*chosen, *([None] * (accounts - len(chosen)))]
    rng.shuffle(roles)
    return roles


def sizes(roles: list[Plot | None], rng: random.Random) -> list[int]:
    """Users of each account on the first day.

    Accounts without a size of their own take evenly spaced quantiles of the market, shuffled: every
    seed then has about as many events as every other.
    """
    free = sum(plot is None or plot.role.users is None for plot in roles)
    market = [_market_size((index + 0.5) / free) for index in range(free)]
    rng.shuffle(market)
    drawn = iter(market)
    return [
        next(drawn) if plot is None or plot.role.users is None else rng.randint(*plot.role.users)
        for plot in roles
    ]


def _market_size(quantile: float) -> int:
    return min(LARGEST, int(SMALLEST * (1 - quantile) ** -_TAIL))


def _covering(real: list[Plot]) -> list[Plot]:
    """Plots that have every signal between them, taken greedily."""
    missing = {signal for plot in real for signal in plot.signals}
    chosen = []
    while missing:
        best = max(real, key=lambda plot: len(missing & set(plot.signals)))
        chosen.append(best)
        missing -= set(best.signals)
    return chosen


def _apportion(group: list[Plot], accounts: int, rng: random.Random) -> dict[Plot, int]:
    """Whole numbers near the shares, and right in sum: what falls short of one is drawn by lot."""
    exact = {plot: plot.share * accounts / SHARES_OF for plot in group}
    counts = {plot: int(share) for plot, share in exact.items()}
    spare = round(sum(exact.values())) - sum(counts.values())
    lot = sorted(group, key=lambda plot: int(exact[plot]) - exact[plot] - rng.random())
    for plot in lot[:spare]:
        counts[plot] += 1
    return counts
