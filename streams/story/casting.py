"""Who plays what: most accounts nothing, some a plot, some a near miss."""

from __future__ import annotations

import random

from streams.story.plots import plots
from streams.story.plots.base import Plot

SHARES_OF = 200  # `Plot.share` counts accounts of so many
MOST_CAST = 0.70  # of all accounts; the others are ordinary customers
SMALLEST = 3
LARGEST = 2_000
_TAIL = 0.77  # of the Pareto distribution of company sizes: half have five users or less, one in 200 has 300


def cast(accounts: int, days: int, rng: random.Random) -> list[tuple[Plot, ...]]:
    """What each account plays, in random order; nothing: an ordinary customer.

    With few accounts, first as few plots as cover every signal, then the others by their shares. Light plots of
    different areas go together onto one account.
    """
    room = max(1, int(accounts * MOST_CAST))
    known = [plot for plot in plots().values() if plot.needs_days <= days]
    real = [plot for plot in known if not plot.decoy]
    decoys = [plot for plot in known if plot.decoy]
    chosen = _covering(real)
    for group in (real, decoys):
        more = [
            plot
            for plot, wanted in _apportion(group, accounts, rng).items()
            for _ in range(wanted - chosen.count(plot))
        ]
        rng.shuffle(more)  # where the room is too small, no plot is always the one left out
        chosen += more
    together = _together(chosen)[:room]
    roles = [*together, *([()] * (accounts - len(together)))]
    rng.shuffle(roles)
    return roles


def _together(chosen: list[Plot]) -> list[tuple[Plot, ...]]:
    """Casts of one plot or two, in the order of the first of each."""
    casts: list[list[Plot]] = []
    alone: list[list[Plot]] = []
    for plot in chosen:
        partner = (
            next((other for other in alone if _fit(plot, other[0])), None) if plot.shares_account else None
        )
        if partner is not None:
            partner.append(plot)
            alone.remove(partner)
            continue
        casts.append([plot])
        if plot.shares_account:
            alone.append(casts[-1])
    return [tuple(each) for each in casts]


def _fit(one: Plot, other: Plot) -> bool:
    """Growth goes with growth or a near miss: a risk beside it may rightly hold it back."""
    if one.grows != other.grows and not (one.decoy or other.decoy):
        return False
    one_size = one.role is Plot.role or other.role is Plot.role
    return one_size and one.area != other.area and not set(one.signals) & set(other.signals)


def sizes(roles: list[tuple[Plot, ...]], rng: random.Random) -> list[int]:
    """Users of each account on the first day.

    Accounts without a size of their own take evenly spaced quantiles of the market, shuffled: every
    seed then has about as many events as every other.
    """
    asked = [next((plot.role.users for plot in played if plot.role.users), None) for played in roles]
    free = asked.count(None)
    market = [_market_size((index + 0.5) / free) for index in range(free)]
    rng.shuffle(market)
    drawn = iter(market)
    return [next(drawn) if users is None else rng.randint(*users) for users in asked]


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
