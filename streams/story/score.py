"""Found against true: how much of the truth was found, and how much of what was found is true."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from streams.story.truth import Kind, Truth

QUARTER_DAYS = 365.25 / 4
GRACE_DAYS = 7


class Opened(NamedTuple):
    """One alert or opportunity that opened. `opened` is the UTC day of event time that decided it."""

    account_id: str
    signal: str
    opened: date


class SignalScore(BaseModel):
    """Fractions are 0–1; None where there is nothing to divide by."""

    model_config = ConfigDict(frozen=True)

    plots: int
    found: int  # plots with an opening in [onset, by]
    recall: float | None
    opened: int
    right: int  # openings that a plot or a consequence explains
    precision: float | None
    healthy_accounts: int  # that have no plot or consequence of this signal
    false_on_healthy: int
    false_per_healthy_quarter: float
    decoys: int
    decoys_taken: int  # decoy accounts on which it opened all the same
    missed: list[str]  # account ids, sorted
    wrong: list[str]  # "account id day", sorted


class Scores(BaseModel):
    model_config = ConfigDict(frozen=True)

    signals: dict[str, SignalScore]


def score(
    truth: Iterable[Truth],
    alerts: Iterable[tuple[str, str, date]],
    *,
    accounts: int,
    days: int,
    grace_days: int = GRACE_DAYS,
) -> Scores:
    """Compare openings (account id, signal, day) with the truth, signal by signal.

    A plot is found by an opening from its onset to its `by`. An opening is right when a plot or a
    consequence of its account and signal covers it, up to `grace_days` after `by`. `accounts` and `days`
    are the story's sizes (story.json), for the rate of false alerts.
    """
    lines: dict[str, list[Truth]] = defaultdict(list)
    for line in truth:
        lines[line.signal].append(line)
    opened: dict[str, list[Opened]] = defaultdict(list)
    for alert in alerts:
        opened[alert[1]].append(Opened(*alert))
    quarters = days / QUARTER_DAYS
    return Scores(
        signals={
            signal: _score(lines[signal], sorted(set(opened[signal])), accounts, quarters, grace_days)
            for signal in sorted({*lines, *opened})
        }
    )


def _score(
    lines: list[Truth], alerts: list[Opened], accounts: int, quarters: float, grace_days: int
) -> SignalScore:
    true = [line for line in lines if line.kind is not Kind.DECOY]
    plots = [line for line in lines if line.kind is Kind.PLOT]
    missed = [line.account_id for line in plots if not any(_covers(line, alert, 0) for alert in alerts)]
    wrong = [alert for alert in alerts if not any(_covers(line, alert, grace_days) for line in true)]
    sick = {line.account_id for line in true}
    false_on_healthy = sum(alert.account_id not in sick for alert in wrong)
    healthy = accounts - len(sick)
    decoys = {line.account_id for line in lines if line.kind is Kind.DECOY}
    found = len(plots) - len(missed)
    right = len(alerts) - len(wrong)
    return SignalScore(
        plots=len(plots),
        found=found,
        recall=found / len(plots) if plots else None,
        opened=len(alerts),
        right=right,
        precision=right / len(alerts) if alerts else None,
        healthy_accounts=healthy,
        false_on_healthy=false_on_healthy,
        false_per_healthy_quarter=false_on_healthy / (healthy * quarters) if healthy else 0.0,
        decoys=len(decoys),
        decoys_taken=len(decoys & {alert.account_id for alert in wrong}),
        missed=sorted(missed),
        wrong=[f"{alert.account_id} {alert.opened}" for alert in wrong],
    )


def _covers(line: Truth, alert: Opened, grace_days: int) -> bool:
    if line.by is None or line.account_id != alert.account_id:
        return False
    return line.onset <= alert.opened <= line.by + timedelta(days=grace_days)
