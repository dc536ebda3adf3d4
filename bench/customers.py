"""Who the load is about: customers with contracts, users and people, and what becomes of some of them.

Drawn from a seed, account by account, so that an account is the same in a larger load.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import Enum

#: As the reference packaging has them; the last one has no users until a customer spreads.
DEPARTMENTS = ("finance", "operations", "sales", "it")
FEATURES = (
    "report.created",
    "dashboard.viewed",
    "dashboard.shared",
    "export.run",
    "comment.added",
    "alert.configured",
    "schedule.sent",
    "data.connected",
)
STORAGE_LIMIT_GB = 500
RUNS_LIMIT = 10_000


class Fate(Enum):
    """What happens to a customer in the last third of the load's days; most go on as before."""

    STEADY = "steady"
    FADES = "fades"  # three users of four stop
    FILLS = "fills"  # nearly every seat is assigned, storage is nearly full
    SPREADS = "spreads"  # a department that had no users becomes active
    LOSES_SPONSOR = "loses sponsor"
    TICKETS = "tickets"  # more tickets come in, none is resolved


#: Share of the customers with each fate.
_SHARES = (
    (Fate.FADES, 0.04),
    (Fate.FILLS, 0.04),
    (Fate.SPREADS, 0.03),
    (Fate.LOSES_SPONSOR, 0.02),
    (Fate.TICKETS, 0.02),
)


@dataclass(frozen=True)
class Customer:
    """One account of the load."""

    account_id: str
    users: tuple[str, ...]
    newcomers: tuple[str, ...]  #: users of the department that becomes active, if it does
    seats: int
    acv: int
    segment: str
    fate: Fate


def draw(seed: int, number: int, users: int) -> Customer:
    """The customer of this number, with so many users."""
    rng = random.Random(f"{seed}/{number}")
    account_id = f"acct-{number:05d}"
    acv = round(10 ** rng.uniform(3.9, 5.3), -2)
    chance, fate = rng.random(), Fate.STEADY
    for candidate, share in _SHARES:
        if chance < share:
            fate = candidate
            break
        chance -= share
    return Customer(
        account_id,
        users=tuple(f"{account_id}-u{n}" for n in range(users)),
        newcomers=tuple(f"{account_id}-n{n}" for n in range(4)),
        seats=max(10, round(users * 1.3)),
        acv=int(acv),
        segment="smb" if acv < 30_000 else "mid_market" if acv <= 100_000 else "enterprise",
        fate=fate,
    )
