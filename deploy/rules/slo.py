"""The two objectives of the service, and the alerts on how fast they are missed.

Freshness: 99 % of the alerts that an event decides are readable within 5 s of the event's arrival, over 30 days.
Loss: none, be it a hole between two batches or records deleted unread.

Windows and burn rates are those of the Site Reliability Workbook, chapter 5 (Google, 2018): the long window says that
it matters, the short one that it still goes on.
"""

from __future__ import annotations

from functools import partial
from typing import Final, NamedTuple

from deploy.rules.model import Alert, Group, Record, Severity, Times

_MINUTE: Final = 60.0
_HOUR: Final = 3600.0
_DAY: Final = 86_400.0

#: Share of alerts that may be late.
FRESHNESS_BUDGET: Final = 0.01
#: Below so many alerts in the long window one late alert would be a burn rate.
_ENOUGH_ALERTS: Final = 20


class Burn(NamedTuple):
    """`rate` times the budget over both windows, in s."""

    rate: float
    long_s: float
    short_s: float
    severity: Severity


BURNS: Final = (
    Burn(14.4, _HOUR, 5 * _MINUTE, "page"),
    Burn(6.0, 6 * _HOUR, 30 * _MINUTE, "page"),
    Burn(3.0, _DAY, 2 * _HOUR, "ticket"),
    Burn(1.0, 3 * _DAY, 6 * _HOUR, "ticket"),
)
_WINDOWS: Final = tuple(sorted({s for burn in BURNS for s in (burn.long_s, burn.short_s)}))

_NAMES: Final = {
    5 * _MINUTE: "5m", 30 * _MINUTE: "30m", _HOUR: "1h", 2 * _HOUR: "2h", 6 * _HOUR: "6h", _DAY: "1d", 3 * _DAY: "3d",
}  # fmt: skip


def _late(window_s: float) -> str:
    return f"job:twomotion_alerts_late:ratio_rate{_NAMES[window_s]}"


def _said(window_s: float) -> str:
    return f"job:twomotion_alerts_said:increase{_NAMES[window_s]}"


def _missing(window_s: float) -> str:
    return f"job:twomotion_records_missing:increase{_NAMES[window_s]}"


def _late_ratio(window_s: float, t: Times) -> str:
    # Python's client writes 5.0, others write 5.
    window = t.window(window_s)
    good = f'sum by (job) (rate(twomotion_end_to_end_seconds_bucket{{cause="event", le=~"5|5.0"}}[{window}]))'
    said = f'sum by (job) (rate(twomotion_end_to_end_seconds_count{{cause="event"}}[{window}]))'
    return f"1 - (\n  {good}\n/\n  {said}\n)"


def _said_in(window_s: float, t: Times) -> str:
    return (
        f'sum by (job) (increase(twomotion_end_to_end_seconds_count{{cause="event"}}[{t.window(window_s)}]))'
    )


def _missing_in(window_s: float, t: Times) -> str:
    window = t.window(window_s)
    holes = f"sum by (job) (increase(twomotion_holes_total[{window}]))"
    return f"{holes}\n+\nsum by (job) (increase(twomotion_lost_records_total[{window}]))"


def _burns(burns: tuple[Burn, ...], t: Times) -> str:
    """True when one of them burns in both of its windows, with enough alerts to say so."""
    return "\nor\n".join(
        f"(\n  {_late(burn.long_s)} > {burn.rate * FRESHNESS_BUDGET:g}\n"
        f"and\n  {_late(burn.short_s)} > {burn.rate * FRESHNESS_BUDGET:g}\n"
        f"and\n  {_said(burn.long_s)} >= {_ENOUGH_ALERTS}\n)"
        for burn in burns
    )


def _of(severity: Severity) -> tuple[Burn, ...]:
    return tuple(burn for burn in BURNS if burn.severity == severity)


FRESHNESS: Final = Group(
    "twomotion-slo-freshness",
    every_s=15.0,
    rules=(
        *(Record(_late(s), partial(_late_ratio, s)) for s in _WINDOWS),
        *(Record(_said(s), partial(_said_in, s)) for s in sorted({burn.long_s for burn in BURNS})),
        Alert(
            "TwomotionFreshnessBurnsFast",
            lambda t: _burns(_of("page"), t),
            hold_s=2 * _MINUTE,
            severity="page",
            summary="{{ $value | humanizePercentage }} of the alerts come later than 5 s after their event",
            impact="At this rate the budget of 30 days (1 % late) is used up within days or hours.",
        ),
        Alert(
            "TwomotionFreshnessBurnsSlowly",
            lambda t: _burns(_of("ticket"), t),
            hold_s=15 * _MINUTE,
            severity="ticket",
            summary="{{ $value | humanizePercentage }} of the alerts come later than 5 s after their event",
            impact="At this rate the budget of 30 days (1 % late) does not last.",
        ),
    ),
)

LOSS: Final = Group(
    "twomotion-slo-loss",
    every_s=15.0,
    rules=(
        *(Record(_missing(s), partial(_missing_in, s)) for s in (5 * _MINUTE, _HOUR, 6 * _HOUR, 3 * _DAY)),
        # The budget is nothing, so every rate of burning it is too high: only the windows tell how fresh it is.
        Alert(
            "TwomotionRecordsMissing",
            lambda t: f"{_missing(_HOUR)} > 0\nand\n{_missing(5 * _MINUTE)} > 0",
            hold_s=0.0,
            severity="page",
            summary="Records are missing, or were deleted before they were read",
            impact="What they would have said is not said. Where they are missing in between, the worker stops itself.",
        ),
        Alert(
            "TwomotionRecordsMissingLately",
            lambda t: f"{_missing(3 * _DAY)} > 0\nand\n{_missing(6 * _HOUR)} > 0",
            hold_s=0.0,
            severity="ticket",
            summary="Records were missing in the last six hours",
            impact="The objective of no loss was at risk: find out why before this closes.",
        ),
    ),
)
