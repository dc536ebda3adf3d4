"""One message as one line for a person."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from schemas.alerts import AccountRef, Owner
from schemas.board import Axis, QuadrantChange
from schemas.growth import ExpansionOpportunity
from schemas.retention import RetentionAlert
from streams.subscribing.reader import Output

QUADRANT_NAMES: Final = {
    "protect_and_maintain": "Protect and Maintain",
    "expansion_target": "Expansion Target",
    "save_the_customer": "Save the Customer",
    "fix_while_expanding": "Fix While Expanding",
}


def line_of(message: Output) -> str:
    """Time, account, status, signal, severity or strength, why; of the board: who moved, and by what.

    Times are event time, UTC. Nothing in it is markup.
    """
    if isinstance(message, RetentionAlert):
        return (
            f"{_time(message.times.decided_at)}  {message.status:<10}  {message.severity:<8}  "
            f"{_account(message.account)}  {message.signal.id}  {message.why}{_reason(message.reason)}"
        )
    if isinstance(message, ExpansionOpportunity):
        return (
            f"{_time(message.times.decided_at)}  {message.status:<12}  {message.strength:<6}  "
            f"{_account(message.account)}  {message.signal.id}  {message.why}{_reason(message.reason)}"
        )
    if isinstance(message, QuadrantChange):
        came = QUADRANT_NAMES[message.from_quadrant] if message.from_quadrant else "(new)"
        move = f"{came} → {QUADRANT_NAMES[message.to_quadrant]}"
    else:
        move = QUADRANT_NAMES[message.quadrant]
    axes = f"risk {_axis(message.risk)}, growth {_axis(message.growth)}"
    return f"{_time(message.times.decided_at)}  {_account(message.account)}  {move}  {axes}"


def owner_of(owner: Owner) -> str:
    """Who has it: the person and role, and the queue that it lies in."""
    who = f"{owner.role} {owner.person_id}" if owner.person_id else owner.role
    return f"{who} · {owner.queue}" if owner.queue else who


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M")


def _account(account: AccountRef) -> str:
    return f"{account.id} ({account.name})" if account.name and account.name != account.id else account.id


def _axis(axis: Axis) -> str:
    return f"{axis.level} ({axis.points}{': ' + ', '.join(axis.signals) if axis.signals else ''})"


def _reason(reason: str | None) -> str:
    return f" [{reason}]" if reason else ""
