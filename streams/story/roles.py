"""What a plot asks of the account that plays in it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Role:
    """The default is any customer. Ranges are inclusive.

    Shares and rates are fractions of 1; `ticket_rate` is tickets in 28 days.
    """

    users: tuple[int, int] | None = None  # None: as skewed as the market
    tier: str | None = None
    key_users: tuple[int, int] | None = None
    rate: tuple[float, float] = (0.15, 0.40)  # of an ordinary user, on a working day
    seat_use: tuple[float, float] = (0.56, 0.72)  # of the purchased seats, on the first day
    ticket_rate: float | None = None
    organic: bool = True  # people come and go as everywhere
