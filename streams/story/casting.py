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
    everything = list(plots().values())
    chosen = _covering(everything)[:room]
    wanted = {plot.name: round(plot.share * accounts / SHARES_OF) for plot in everything}
    for decoys in (False, True):
        for round_ in range(1 + max(wanted.values())):
            for plot in everything:
                have = sum(other is plot for other in chosen)
                if (
                    plot.decoy is decoys
                    and have <= round_
                    and have < wanted[plot.name]
                    and len(chosen) < room
                ):
                    chosen.append(plot)
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


def _covering(everything: list[Plot]) -> list[Plot]:
    """Plots that have every signal between them, taken greedily."""
    real = [plot for plot in everything if not plot.decoy]
    missing = {signal for plot in real for signal in plot.signals}
    chosen = []
    while missing:
        best = max(real, key=lambda plot: len(missing & set(plot.signals)))
        chosen.append(best)
        missing -= set(best.signals)
    return chosen
