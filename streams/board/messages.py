"""What the board publishes: the move, and the place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, cast

from schemas.alerts import AccountRef, JournalRef, Quadrant
from schemas.base import Motion
from schemas.board import AccountQuadrant, Axis, BoardTimes, Hold, HoldReason, QuadrantChange
from schemas.crm import Segment
from streams.board.axes import Load
from streams.detection.system import AccountView, BoardState, HeldSignal, Outgoing, Placed, Where
from streams.detection.units import Millis, moment_of

CHANGES = "quadrant-changes"
PLACES = "account-quadrants"


def change_message(
    account: AccountView, placed: Placed, loads: tuple[Load, Load], now: Millis, where: Where
) -> Outgoing:
    """`quadrant-changes`; the first place of an account comes from nowhere (null)."""
    if placed.moved_from is None:
        raise ValueError(f"account {account.id} did not move")
    state = placed.state
    moment = moment_of(now)
    change = QuadrantChange(
        account=AccountRef(id=account.id, name=account.name, segment=_segment(account)),
        from_quadrant=cast(Quadrant, placed.moved_from) if placed.moved_from else None,
        to_quadrant=cast(Quadrant, state.quadrant),
        risk=_axis(state.risk_high, loads[0]),
        growth=_axis(state.growth_high, loads[1]),
        times=BoardTimes(occurred_at=moment, decided_at=moment),
        journal=JournalRef(partition=where.partition, offset=where.offset),
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
    """`account-quadrants`: the account's present place, with every hold."""
    moment = moment_of(now)
    shown = AccountQuadrant(
        account=AccountRef(id=account.id, name=account.name, segment=_segment(account)),
        quadrant=cast(Quadrant, state.quadrant),
        since=moment_of(state.since),
        risk=_axis(state.risk_high, loads[0]),
        growth=_axis(state.growth_high, loads[1]),
        holds=tuple(
            Hold(
                signal=signal.rule.id,
                motion=cast(Motion, signal.rule.motion),
                reason=HoldReason(signal.hold.reason),
                feed=signal.hold.feed,
                since=moment_of(signal.since),
            )
            for signal in held
        ),
        ordinals={signal: ordinals[signal] for signal in sorted(ordinals) if ordinals[signal] > 0},
        times=BoardTimes(occurred_at=moment, decided_at=moment),
        journal=JournalRef(partition=where.partition, offset=where.offset),
    )
    return Outgoing(PLACES, account.id.encode(), shown.model_dump_json().encode())


def _segment(account: AccountView) -> Segment | None:
    return cast(Segment, account.segment) if account.segment else None


def _axis(high: bool, load: Load) -> Axis:
    level: Literal["high", "low"] = "high" if high else "low"
    return Axis(level=level, points=load.points, signals=load.signals)
