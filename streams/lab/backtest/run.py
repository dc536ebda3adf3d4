"""A backtest from the first record to the folder of its result."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from pathlib import Path

import orjson

from streams.lab.backtest import report
from streams.lab.backtest.folding import Read, Rules
from streams.lab.backtest.histories import History
from streams.lab.backtest.messages import Span, merge_alerts, merge_board, read_alerts, read_board, utc
from streams.lab.backtest.near import Look
from streams.lab.backtest.result import RESULT, made_whole, write_json, write_parquet, write_signals
from streams.lab.backtest.spread import Folded, fold
from streams.lab.backtest.tables import Told
from streams.lab.backtest.tally import Tally, stands, tally


@dataclass(frozen=True)
class Plan:
    """What to fold, by which rules, into which folder. `span` limits what is reported: all before it is folded."""

    history: History
    rules: Rules
    out: Path
    processes: int = 1
    span: Span = (None, None)
    replace: bool = False
    told: Told = field(default=lambda _: None)
    looks: Sequence[Look] = ()
    """Where accounts are looked at while they are folded."""


@dataclass
class Backtest:
    """result.json. Times are UTC; rates are per second of the fold, reading included."""

    complete: bool
    history: str
    first: str | None
    last: str | None
    since: str | None
    until: str | None
    accounts: int
    account_months: float
    events: int
    repeats: int
    too_late: int
    refused: int
    refused_activations: int
    processes: int
    seconds: float
    events_per_second: float
    messages: int
    openings: int
    catalogs: dict[str, str]
    signals: list[dict[str, object]]
    notes: list[str] = field(default_factory=list)
    extras: dict[str, dict[str, object]] = field(default_factory=dict)

    def document(self) -> dict[str, object]:
        """As it is in result.json."""
        plain = asdict(self)
        del plain["extras"]
        return plain | self.extras


@dataclass(frozen=True)
class Material:
    """What an extra works with: `alerts` are those of the span, `known` is signal -> motion of all signals in force."""

    working: Path
    folded: Folded
    alerts: Path
    known: dict[str, str]
    span: Span = (None, None)


Extra = Callable[[Material], tuple[dict[str, object], list[str]]]
"""What a comparison or a truth adds: it may write files into the working folder, and returns its part of result.json
and sections of the report."""


def backtest(plan: Plan, also: Sequence[Rules] = (), extras: Mapping[str, Extra] = {}) -> Backtest:
    """Fold the history and write the folder; `also` are further rules over the same reading, for `extras`:
    these are named as their parts of result.json.

    Raises CatalogError, BadInput, OutputExists, WorkerDied."""
    system = plan.rules.load()
    for each in also:
        each.load()  # a wrong catalog is told before an hour of folding
    with made_whole(plan.out, plan.replace) as working:
        parts = working / "parts"
        parts.mkdir()
        begun = time.monotonic()
        folded = fold(plan.history, (plan.rules, *also), parts, plan.processes, plan.looks, plan.told)
        seconds = time.monotonic() - begun
        alerts, board = working / "alerts.jsonl", working / "board.jsonl"
        merge_alerts(folded.alerts[0], alerts, plan.span)
        merge_board(folded.board[0], board, plan.span)
        merge_board(folded.board[0], parts / "moves")
        known = {rule.id: rule.motion for rule in system.rules}
        found = tally(read_alerts(alerts), folded.read.account_months(plan.span), known)
        versions = {motion.name: motion.catalog_version for motion in system.motions}
        told = _told(plan, folded, found, seconds, versions)
        where = stands(
            read_board(parts / "moves"), utc(folded.read.last).date() if folded.read.last else None
        )
        where = {week: counts for week, counts in where.items() if _touches(plan.span, week)}
        sections = report.sections(found, where)
        material = Material(working, folded, alerts, known, plan.span)
        for name, extra in extras.items():
            told.extras[name], more = extra(material)
            sections = [*more, *sections]
        write_parquet(alerts, working / "alerts.parquet", working)
        write_signals(working / "signals.csv", found.signals)
        notes = [_headline(told), *told.notes]
        (working / "report.html").write_text(report.page("Backtest", notes, sections), encoding="utf-8")
        if plan.history.refusals.total:
            _write_refused(working / "refused.jsonl", plan.history)
        _tidy(parts)
        told.complete = True
        write_json(working / RESULT, told.document())
    return told


def _told(plan: Plan, folded: Folded, found: Tally, seconds: float, versions: dict[str, str]) -> Backtest:
    read, counted = folded.read, folded.counted[0]
    since, until = plan.span
    return Backtest(
        complete=False,
        history=plan.history.name,
        first=utc(read.first).isoformat() if read.first else None,
        last=utc(read.last).isoformat() if read.last else None,
        since=since.isoformat() if since else None,
        until=until.isoformat() if until else None,
        accounts=len(read.since),
        account_months=round(read.account_months(plan.span), 2),
        events=read.events,
        repeats=counted.repeats,
        too_late=counted.too_late,
        refused=plan.history.refusals.total,
        refused_activations=counted.refused_activations,
        processes=plan.processes,
        seconds=round(seconds, 2),
        events_per_second=round(read.events / seconds, 1) if seconds else 0.0,
        messages=found.messages,
        openings=found.openings,
        catalogs=versions,
        signals=[asdict(row) for row in found.signals],
        notes=[*plan.history.notes, *_outside(plan.span, read)],
    )


def _outside(span: Span, read: Read) -> list[str]:
    since, until = span
    if not read.events or (
        (since is None or since <= utc(read.last)) and (until is None or until > utc(read.first))
    ):
        return []
    return [
        f"nothing of the history is in the span that was asked for: it goes from {utc(read.first):%Y-%m-%d} to "
        f"{utc(read.last):%Y-%m-%d}"
    ]


def _touches(span: Span, monday: date) -> bool:
    """Whether any of the week's days is in the span."""
    since, until = span
    return (since is None or monday + timedelta(days=6) >= since.date()) and (
        until is None or monday < until.date()
    )


def _headline(told: Backtest) -> str:
    return (
        f"{told.events:,} events of {told.accounts:,} accounts, {str(told.first)[:10]} to {str(told.last)[:10]}: "
        f"{told.openings:,} openings, {told.messages:,} messages. Catalogs: "
        + ", ".join(f"{motion} {version}" for motion, version in told.catalogs.items())
    )


def _write_refused(path: Path, history: History) -> None:
    lines = [orjson.dumps(asdict(problem)) for problem in history.refusals.problems]
    path.write_bytes(b"\n".join(lines) + b"\n")


def _tidy(parts: Path) -> None:
    for path in parts.iterdir():
        path.unlink()
    parts.rmdir()
