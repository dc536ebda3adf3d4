"""An account in good shape that has not grown although there is room."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from streams.detection.catalog.durations import Days
from streams.detection.detectors.base import Detector, Open
from streams.detection.facts import Facts, Touch
from streams.detection.reading import Evidence, Finding, Memory, Reading
from streams.detection.units import DAY_MS, Millis, date_of, day_of, day_start
from streams.detection.white_space import last_bought, white_space

if TYPE_CHECKING:
    from streams.detection.system import BoardState, Verdict


class Unexpanded(Detector):
    """Risk low for `calm`, nothing bought for `since_expansion`, and white space known.

    Mechanism: the board's risk axis, as it was before this step, has been low for so long; the last purchase (the
    first contract, an amendment or renewal that raised ARR, another contract, a won expansion deal) is as long ago;
    and packaging or the map of buying centres names something the account does not have. It clears when a growth
    signal that weighs on the board is true, held or not, when the risk is high, and when something is bought.

    Trade-off: low risk is what the signals could see: it is counted from the account's first place on the board, not
    from the day it became a customer, so it says nothing in the first half-year.

    Shapes and units: both parameters in UTC days.

    >>> Unexpanded(calm="180d", since_expansion="365d").calm
    180
    """

    touches: ClassVar[int] = Touch.CONTRACT | Touch.DEALS | Touch.CENTRES
    over_verdicts: ClassVar[bool] = True
    fields: ClassVar[frozenset[str]] = frozenset({"bought_on", "calm_days", "white_space"})

    calm: Days = Field(default=180, description="how long the risk axis has been low")
    since_expansion: Days = Field(default=365, description="how long nothing was bought")

    def read(self, facts: Facts, now: Millis, open_: Open) -> Reading:
        """Without the board nothing can be said."""
        return Reading(recheck_at=now + self.calm * DAY_MS)

    def read_on_board(
        self, facts: Facts, verdicts: tuple[Verdict, ...], board: BoardState, now: Millis, open_: Open
    ) -> Reading:
        if not board.quadrant or board.risk_high:
            return Reading(recheck_at=now + self.calm * DAY_MS)
        bought = last_bought(facts)
        if bought is None:
            return Reading()
        due = max(board.risk_since + self.calm * DAY_MS, day_start(bought + self.since_expansion))
        if now < due:
            return Reading(recheck_at=due)
        grows = any(v.rule.motion == "growth" and v.rule.points[v.level] > 0 for v in verdicts)
        room = bool(white_space(facts, self._packaging))
        days = day_of(now) - bought
        return Reading(
            (
                Finding(
                    hit=room and not grows,
                    clear=grows or not room,
                    observed=days,
                    threshold=self.since_expansion,
                    baseline=(now - board.risk_since) // DAY_MS,
                ),
            )
        )

    def evidence(self, facts: Facts, now: Millis, finding: Finding, memory: Memory | None) -> Evidence:
        today = day_of(now)
        bought = last_bought(facts)
        calm = None if finding.baseline is None else int(finding.baseline)
        return Evidence(
            observed=float(finding.observed if bought is None else today - bought),
            threshold=float(self.since_expansion),
            unit="days since anything was bought",
            window=(today - self.since_expansion + 1, today),
            details={
                "bought_on": None if bought is None else str(date_of(bought)),
                "calm_days": calm,
                "white_space": "; ".join(white_space(facts, self._packaging)[:5]),
            },
        )
