"""Alerts against what became true.

An opening is *right* when an outcome of its motion follows within the horizon: a loss after a risk, an expansion after
an opportunity. *Precision* is the share of right ones among those whose horizon is over; the others are *undecided*,
also those that are right already: to count the hits of the last months and leave out what may still become a hit would
make every signal look good. *Recall* is the share of outcomes that had an opening within the horizon before them. The
*base rate* is the share of account-days that are followed by such an outcome within the horizon, of those whose horizon
is over: what an alert on a day drawn by lot would get. *Lift* is precision over base rate.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Final

from streams.lab.backtest.chances import Interval, bootstrapped, wilson
from streams.lab.backtest.episodes import Episode
from streams.lab.backtest.outcomes import GAINS, LOSSES, Outcome

HORIZON_DAYS: Final = 180


@dataclass(frozen=True)
class SignalTruth:
    """One signal, or a whole motion. Shares are 0–1, intervals 95 %; None where there is nothing to divide by."""

    signal: str
    motion: str
    opened: int
    right: int
    undecided: int
    precision: float | None
    precision_interval: Interval | None
    outcomes: int
    found: int
    recall: float | None
    recall_interval: Interval | None
    base_rate: float | None
    lift: float | None
    lift_interval: Interval | None
    median_lead_days: float | None
    lead_days: tuple[int, ...]
    per_account_month: float
    revenue: float
    revenue_covered: float | None


@dataclass(frozen=True)
class Judged:
    """All signals, both motions as a whole, and the losses that nothing was said about."""

    horizon_days: int
    known_until: date
    motions: list[SignalTruth]
    signals: list[SignalTruth]
    silent: list[Outcome]


def judge(
    episodes: Sequence[Episode],
    outcomes: Sequence[Outcome],
    since: Mapping[str, date],
    last: date,
    account_months: float,
    known: Mapping[str, str],
    horizon_days: int = HORIZON_DAYS,
) -> Judged:
    """`since` is the first day of each account in the history, `last` the history's last; `known` is signal -> motion
    of all signals. Outcomes before their account's first day, of accounts the history does not know, or so late that no
    alert of the history could have foretold them, are left out.
    """
    until = max(last, max((outcome.on for outcome in outcomes), default=last))
    horizon = timedelta(days=horizon_days)
    mine = [
        each
        for each in outcomes
        if each.account in since and since[each.account] <= each.on <= last + horizon
    ]
    by_signal: dict[str, list[Episode]] = defaultdict(list)
    by_motion: dict[str, list[Episode]] = {"retention": [], "growth": []}
    for episode in episodes:
        by_signal[episode.signal].append(episode)
        by_motion[episode.motion].append(episode)
    of_motion = {
        "retention": [each for each in mine if each.kind in LOSSES],
        "growth": [each for each in mine if each.kind in GAINS],
    }
    ends = {each.account: each.on for each in mine if each.kind == "churned"}
    bases = {m: _base_rate(of_motion[m], since, ends, last, until, horizon) for m in of_motion}

    def truth(name: str, motion: str, found: list[Episode]) -> SignalTruth:
        return _truth(name, motion, found, of_motion[motion], bases[motion], until, horizon, account_months)

    signals = {**known, **{e.signal: e.motion for e in episodes}}
    rows = [truth(name, motion, by_signal[name]) for name, motion in signals.items()]
    rows.sort(key=lambda row: (row.motion != "retention", -(row.lift or 0.0), -row.opened, row.signal))
    warned = _by_account(by_motion["retention"])
    silent = [o for o in of_motion["retention"] if not _before(o, warned.get(o.account, ()), horizon)]
    motions = [truth("all signals", motion, found) for motion, found in by_motion.items()]
    return Judged(horizon_days, until, motions, rows, silent)


def _truth(
    name: str,
    motion: str,
    opened: list[Episode],
    outcomes: list[Outcome],
    base: float | None,
    until: date,
    horizon: timedelta,
    account_months: float,
) -> SignalTruth:
    happened: dict[str, list[date]] = defaultdict(list)
    for outcome in outcomes:
        happened[outcome.account].append(outcome.on)
    per_account: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    right = undecided = 0
    for episode in opened:
        day = episode.opened.date()
        hit = any(day <= on <= day + horizon for on in happened.get(episode.account, ()))
        right += hit
        if day + horizon > until:
            undecided += 1
        else:
            per_account[episode.account][0] += hit
            per_account[episode.account][1] += 1
    hits = sum(hits for hits, _ in per_account.values())
    decided = sum(tried for _, tried in per_account.values())
    warned = _by_account(opened)
    leads, covered = [], 0.0
    for outcome in outcomes:
        first = _before(outcome, warned.get(outcome.account, ()), horizon)
        if first is not None:
            leads.append((outcome.on - first).days)
            covered += outcome.amount
    revenue = sum(outcome.amount for outcome in outcomes)
    precision = hits / decided if decided else None
    interval = wilson(hits, decided)
    drawn = bootstrapped([(hit, tried) for hit, tried in per_account.values()]) or interval
    return SignalTruth(
        signal=name,
        motion=motion,
        opened=len(opened),
        right=right,
        undecided=undecided,
        precision=precision,
        precision_interval=interval,
        outcomes=len(outcomes),
        found=len(leads),
        recall=len(leads) / len(outcomes) if outcomes else None,
        recall_interval=wilson(len(leads), len(outcomes)),
        base_rate=base,
        lift=precision / base if precision is not None and base else None,
        lift_interval=(drawn[0] / base, drawn[1] / base) if drawn and base else None,
        median_lead_days=median(leads) if leads else None,
        lead_days=tuple(sorted(leads)),
        per_account_month=len(opened) / account_months if account_months else 0.0,
        revenue=revenue,
        revenue_covered=covered / revenue if revenue else None,
    )


def _by_account(opened: Iterable[Episode]) -> dict[str, list[date]]:
    days: dict[str, list[date]] = defaultdict(list)
    for episode in opened:
        days[episode.account].append(episode.opened.date())
    return days


def _before(outcome: Outcome, opened: Sequence[date], horizon: timedelta) -> date | None:
    """The first opening that was in time for the outcome."""
    return min((day for day in opened if outcome.on - horizon <= day <= outcome.on), default=None)


def _base_rate(
    outcomes: Sequence[Outcome],
    since: Mapping[str, date],
    ends: Mapping[str, date],
    last: date,
    until: date,
    horizon: timedelta,
) -> float | None:
    """Of all decided days of all accounts, the share that an outcome follows within the horizon."""
    happened: dict[str, list[date]] = defaultdict(list)
    for outcome in outcomes:
        happened[outcome.account].append(outcome.on)
    followed = decided = 0
    for account, begun in since.items():
        end = min(last, ends.get(account, last), until - horizon)
        followed += len(_days_before(happened.get(account, ()), begun, end, horizon))
        decided += max(0, (end - begun).days + 1)
    return followed / decided if decided and followed else None


def _days_before(outcomes: Sequence[date], begun: date, end: date, horizon: timedelta) -> set[int]:
    days: set[int] = set()
    for on in outcomes:
        first, final = max(begun, on - horizon), min(end, on)
        days.update(range(first.toordinal(), final.toordinal() + 1))
    return days
