"""What the messages of a backtest add up to: per signal, per week, and where the accounts stood."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median

from streams.lab.backtest.messages import ENDED, Message, Move

DAYS_TO_RENEWAL = (0, 30, 60, 90, 120, 180, 270, 365)
"""Upper ends of the bins, in days."""


@dataclass
class SignalRow:
    """One signal's line. Rates are openings per account and month; days open are of the ended ones."""

    signal: str
    motion: str
    opened: int = 0
    accounts: int = 0
    per_account_month: float = 0.0
    historical: int = 0
    ended: dict[str, int] = field(default_factory=dict)
    open_at_end: int = 0
    median_days_open: float | None = None


@dataclass
class Tally:
    """Everything that a report draws. Weeks are named by their Monday."""

    signals: list[SignalRow]
    weeks: dict[str, Counter[date]]
    days_to_renewal: Counter[int]
    openings: int
    messages: int


def tally(messages: Iterable[Message], account_months: float, known: dict[str, str]) -> Tally:
    """`known` is signal -> motion of all signals that could have spoken: those that did not have a line of zeros."""
    rows = {signal: SignalRow(signal, motion) for signal, motion in known.items()}
    accounts: dict[str, set[str]] = defaultdict(set)
    lasted: dict[str, list[float]] = defaultdict(list)
    weeks: dict[str, Counter[date]] = {"retention": Counter(), "growth": Counter()}
    renewal: Counter[int] = Counter()
    openings = total = 0
    for message in messages:
        total += 1
        name = message.signal.id
        row = rows.setdefault(name, SignalRow(name, message.motion))
        if message.status == "opened":
            openings += 1
            row.opened += 1
            row.open_at_end += 1
            accounts[name].add(message.account.id)
            weeks[message.motion][monday(message.at.date())] += 1
            if message.motion == "retention" and message.days_to_renewal is not None:
                renewal[_bin(message.days_to_renewal)] += 1
        elif message.status == "historical":
            row.historical += 1
        elif message.status in ENDED:
            row.ended[message.status] = row.ended.get(message.status, 0) + 1
            row.open_at_end -= 1
            if message.times.opened_at is not None:
                lasted[name].append((message.at - message.times.opened_at).total_seconds() / 86_400)
    for name, row in rows.items():
        row.accounts = len(accounts[name])
        row.per_account_month = row.opened / account_months if account_months else 0.0
        row.median_days_open = round(median(lasted[name]), 1) if lasted[name] else None
        row.open_at_end = max(0, row.open_at_end)
    ordered = sorted(rows.values(), key=lambda row: (row.motion != "retention", -row.opened, row.signal))
    return Tally(ordered, weeks, renewal, openings, total)


def stands(moves: Iterable[Move], last: date | None) -> dict[date, Counter[str]]:
    """At the end of each week: how many accounts stood where on the board."""
    where: dict[str, str] = {}
    found: dict[date, Counter[str]] = {}
    week: date | None = None
    for move in moves:
        this = monday(move.at.date())
        while week is not None and week < this:
            found[week] = Counter(where.values())
            week += timedelta(days=7)
        week = this
        where[move.account.id] = move.to_quadrant
    end = monday(last) if last else week
    while week is not None and end is not None and week <= end:
        found[week] = Counter(where.values())
        week += timedelta(days=7)
    return found


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _bin(days: int) -> int:
    return next((end for end in DAYS_TO_RENEWAL if days <= end), DAYS_TO_RENEWAL[-1] + 1)
