"""The part of a backtest that sets alerts against outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from streams.lab.backtest import charts
from streams.lab.backtest.episodes import episodes
from streams.lab.backtest.messages import read_alerts, utc
from streams.lab.backtest.near import Look, NearMiss, looks_of
from streams.lab.backtest.outcomes import Outcome
from streams.lab.backtest.report import figure, table
from streams.lab.backtest.result import write_json
from streams.lab.backtest.run import Material
from streams.lab.backtest.truth import HORIZON_DAYS, Judged, SignalTruth, judge

_LEADS = (7, 14, 30, 60, 90, 120, 150, 180)
_SHOWN = 100


class AgainstOutcomes:
    """Adds precision, recall, lift, lead time and revenue, and the losses that came without a word."""

    def __init__(self, outcomes: Sequence[Outcome], horizon_days: int = HORIZON_DAYS) -> None:
        self.outcomes = outcomes
        self.horizon_days = horizon_days
        self.found: Judged | None = None
        self.nearest: dict[str, NearMiss] = {}

    @property
    def looks(self) -> list[Look]:
        """Where the fold has to look for near misses."""
        return looks_of(self.outcomes)

    def __call__(self, material: Material) -> tuple[dict[str, object], list[str]]:
        """Writes outcomes.json; the same is the part of result.json."""
        read = material.folded.read
        low, high = material.span
        last = utc(read.last) if high is None else min(utc(read.last), high)
        since = {
            key.decode(): (utc(begun) if low is None else max(utc(begun), low)).date()
            for key, begun in read.since.items()
        }
        found = self.found = judge(
            episodes(read_alerts(material.alerts)),
            self.outcomes,
            since,
            last.date(),
            read.account_months(material.span),
            material.known,
            self.horizon_days,
        )
        self.nearest = material.folded.counted[0].nearest
        told: dict[str, object] = {
            "horizon_days": found.horizon_days,
            "known_until": found.known_until,
            "outcomes": len(self.outcomes),
            "motions": [asdict(row) for row in found.motions],
            "signals": [asdict(row) for row in found.signals],
            "silent": [self._silent(outcome) for outcome in found.silent],
        }
        write_json(material.working / "outcomes.json", told)
        return told, [section(found, [self._silent(outcome) for outcome in found.silent])]

    def _silent(self, outcome: Outcome) -> dict[str, object]:
        near = self.nearest.get(outcome.account)
        return asdict(outcome) | {"nearest": asdict(near) if near else None}


def section(found: Judged, silent: Sequence[dict[str, object]]) -> str:
    """Truth as a part of the report."""
    head = (
        "signal", "opened", "precision", "95 %", "recall", "95 %", "lift", "95 %", "lead days", "per account-month",
        "revenue",
    )  # fmt: skip
    spoke = [row for row in (*found.motions, *found.signals) if row.opened]
    parts = [
        f"<h2>Against what became true</h2>\n<p>Right: an outcome within {found.horizon_days} days after the "
        f"opening. Outcomes are known until {found.known_until}.</p>\n",
        table(head, [_row(row) for row in spoke]),
    ]
    leads = {row.motion: row.lead_days for row in found.motions if row.lead_days}
    if leads:
        names = [f"≤ {end} d" for end in _LEADS] + ["longer"]
        series = {motion: _binned(days) for motion, days in leads.items()}
        plot = charts.stacked("Lead time: from the first opening to the outcome", names, series)
        parts.append(figure(plot))
    if silent:
        rows = [_miss(each) for each in silent[:_SHOWN]]
        parts.append(f"<h3>{len(silent)} losses without any alert within the horizon before them</h3>\n")
        parts.append(
            table(("account", "outcome", "on", "amount", "nearest signal", "days before", "how near"), rows)
        )
    return "".join(parts)


def _row(row: SignalTruth) -> tuple[object, ...]:
    return (
        f"{row.signal} ({row.motion})", row.opened, row.precision, _interval(row.precision_interval), row.recall,
        _interval(row.recall_interval), row.lift, _interval(row.lift_interval), row.median_lead_days,
        row.per_account_month, row.revenue_covered,
    )  # fmt: skip


def _interval(bounds: tuple[float, float] | None) -> str:
    return f"{bounds[0]:.2f}–{bounds[1]:.2f}" if bounds else ""


def _binned(days: Sequence[int]) -> list[float]:
    counts = [0.0] * (len(_LEADS) + 1)
    for each in days:
        counts[next((at for at, end in enumerate(_LEADS) if each <= end), len(_LEADS))] += 1
    return counts


def _miss(silent: dict[str, object]) -> tuple[object, ...]:
    near = silent["nearest"]
    first = (silent["account"], silent["kind"], silent["on"], silent["amount"])
    if not isinstance(near, dict):
        return (*first, "", None, "no signal could read anything")
    return (*first, near["signal"], near["days_before"], f"{near['distance']:.0%} away: {near['because']}")
