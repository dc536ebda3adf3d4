"""Four situations of an account, and when it moves from one to another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from streams.board.axes import AxisState, Load, Thresholds, calm_until, judge_axis, load_of
from streams.board.messages import change_message, shown_message
from streams.detection.system import AccountView, BoardState, HeldSignal, Outgoing, Placed, Verdict, Where
from streams.detection.units import DAY_MS, Millis

NEVER: Millis = 2**62

PROTECT_AND_MAINTAIN = "protect_and_maintain"
EXPANSION_TARGET = "expansion_target"
SAVE_THE_CUSTOMER = "save_the_customer"
FIX_WHILE_EXPANDING = "fix_while_expanding"


def quadrant_of(risk_high: bool, growth_high: bool) -> str:
    """The situation that the two axes make.

    >>> quadrant_of(risk_high=True, growth_high=True)
    'fix_while_expanding'
    """
    if risk_high:
        return FIX_WHILE_EXPANDING if growth_high else SAVE_THE_CUSTOMER
    return EXPANSION_TARGET if growth_high else PROTECT_AND_MAINTAIN


@dataclass(frozen=True, slots=True)
class PointsBoard:
    """The board by points.

    Risk is high from 3 points on; growth from 3, or from two distinct signals on. An axis is low again after
    seven days under half of that, and an account stays in a quadrant for three days at least: both keep a
    blinking signal from moving it to and fro. A move that has to wait happens when the stay is over.
    """

    risk: Thresholds = field(default_factory=Thresholds)
    growth: Thresholds = field(default_factory=lambda: Thresholds(signals=2))
    least_stay: Millis = 3 * DAY_MS

    def place(
        self,
        state: BoardState,
        verdicts: tuple[Verdict, ...],
        now: Millis,
        taken_back: Mapping[str, Millis] = {},
    ) -> Placed:
        """The account's place at `now`; asking again at the same time changes nothing.

        `taken_back` is by motion since when a verdict had counted that was never true. An axis that has risen since
        is judged as if it were low, and a move since then asks for no stay."""
        risk_load, growth_load = self._loads(verdicts)
        risk_was = AxisState(state.risk_high, state.risk_low_since)
        growth_was = AxisState(state.growth_high, state.growth_low_since)
        if state.risk_since >= taken_back.get("retention", NEVER):
            risk_was = AxisState(False, 0)
        if state.since >= taken_back.get("growth", NEVER):
            growth_was = AxisState(False, 0)
        risk = judge_axis(risk_was, risk_load, self.risk, now)
        growth = judge_axis(growth_was, growth_load, self.growth, now)
        wanted = quadrant_of(risk.high, growth.high)
        quadrant, since, moved_from = state.quadrant, state.since, None
        calm = (calm_until(risk, self.risk), calm_until(growth, self.growth))
        dues = [due for due in calm if due is not None]
        if wanted != quadrant:
            undone = since >= min(taken_back.values(), default=NEVER)
            if not quadrant or undone or now >= since + self.least_stay:
                quadrant, since, moved_from = wanted, now, state.quadrant
            else:
                dues.append(since + self.least_stay)
        placed = BoardState(
            quadrant=quadrant,
            since=since,
            risk_high=risk.high,
            growth_high=growth.high,
            risk_low_since=risk.calm_since,
            growth_low_since=growth.calm_since,
            risk_since=state.risk_since if state.quadrant and risk.high == state.risk_high else now,
        )
        return Placed(placed, moved_from, min(dues) if dues else None)

    def change(
        self, account: AccountView, placed: Placed, verdicts: tuple[Verdict, ...], now: Millis, where: Where
    ) -> Outgoing:
        """The QuadrantChange of a move. Raises ValueError where the account did not move."""
        return change_message(account, placed, self._loads(verdicts), now, where)

    def shown(
        self,
        account: AccountView,
        state: BoardState,
        verdicts: tuple[Verdict, ...],
        held: tuple[HeldSignal, ...],
        ordinals: Mapping[str, int],
        now: Millis,
        where: Where,
    ) -> Outgoing:
        """The AccountQuadrant: the place, both axes, and every signal that is held and why."""
        return shown_message(account, state, self._loads(verdicts), held, ordinals, now, where)

    def _loads(self, verdicts: tuple[Verdict, ...]) -> tuple[Load, Load]:
        return load_of(verdicts, "retention"), load_of(verdicts, "growth")
