"""What the board publishes: the move, and the place."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from schemas.base import SCHEMA_VERSION
from schemas.board import HoldReason, QuadrantChange
from streams.board.axes import Load
from streams.detection.system import AccountView, BoardState, HeldSignal, Outgoing, Placed, Where
from streams.detection.units import Millis, moment_of

CHANGES = "quadrant-changes"
PLACES = "account-quadrants"

_JSON = msgspec.json.Encoder()


def change_message(
    account: AccountView, placed: Placed, loads: tuple[Load, Load], now: Millis, where: Where
) -> Outgoing:
    """`quadrant-changes`; the first place of an account comes from nowhere (null)."""
    if placed.moved_from is None:
        raise ValueError(f"account {account.id} did not move")
    state = placed.state
    moment = moment_of(now)
    change = QuadrantChange.model_validate(
        {
            "account": {"id": account.id, "name": account.name, "segment": account.segment or None},
            "from_quadrant": placed.moved_from or None,
            "to_quadrant": state.quadrant,
            "risk": _axis(state.risk_high, loads[0]),
            "growth": _axis(state.growth_high, loads[1]),
            "times": {"occurred_at": moment, "decided_at": moment},
            "journal": {"partition": where.partition, "offset": where.offset},
        }
    )
    return Outgoing(CHANGES, account.id.encode(), change.model_dump_json().encode())


def shown_message(
    account: AccountView,
    state: BoardState,
    loads: tuple[Load, Load],
    held: tuple[HeldSignal, ...],
    ordinals: Mapping[str, int],
    now: Millis,
    where: Where,
) -> Outgoing:
    """`account-quadrants`: the account's present place, with every hold.

    Written without reading it back through the contract, the bytes that an `AccountQuadrant` would be, in a fraction of
    the time: it is by far the most frequent record, and a test holds it to the contract. What comes from elsewhere as
    a text, the reason of a hold, is looked up. Raises ValueError where there is no such reason."""
    moment = moment_of(now)
    shown = {
        "schema_version": SCHEMA_VERSION,
        "account": {
            "id": account.id,
            "name": account.name,
            "segment": account.segment or None,
            "acv": None,
            "currency": None,
            "renewal_date": None,
        },
        "quadrant": state.quadrant,
        "since": moment_of(state.since),
        "risk": _axis(state.risk_high, loads[0]),
        "growth": _axis(state.growth_high, loads[1]),
        "holds": [
            {
                "signal": signal.rule.id,
                "motion": signal.rule.motion,
                "reason": HoldReason(signal.hold.reason),
                "feed": signal.hold.feed,
                "since": moment_of(signal.since),
            }
            for signal in held
        ],
        "ordinals": {signal: ordinals[signal] for signal in sorted(ordinals) if ordinals[signal] > 0},
        "times": {"occurred_at": moment, "decided_at": moment},
        "journal": {"partition": where.partition, "offset": where.offset},
    }
    return Outgoing(PLACES, account.id.encode(), _JSON.encode(shown))


def _axis(high: bool, load: Load) -> dict[str, object]:
    return {"level": "high" if high else "low", "points": load.points, "signals": load.signals}
