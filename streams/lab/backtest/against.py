"""Two catalogs over one past: which alerts the other one gains, loses, or opens at another time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Final

import orjson

from streams.lab.backtest.episodes import Episode, episodes, paired
from streams.lab.backtest.messages import Message, Span, merge_alerts, read_alerts
from streams.lab.backtest.report import table
from streams.lab.backtest.run import Material

KINDS: Final = ("gained", "lost", "earlier", "later", "otherwise")
"""`otherwise`: opened at the same time, then told, levelled or ended differently."""

EXAMPLES: Final = 8


@dataclass(frozen=True)
class Change:
    """One alert that differs. `days` is how much later the other side opens it, negative: earlier."""

    kind: str
    motion: str
    signal: str
    account: str
    before: str | None
    after: str | None
    before_opened: datetime | None
    after_opened: datetime | None
    days: float | None
    why: str


@dataclass
class Difference:
    """Everything that differs; `accounts` are exactly those with at least one change."""

    name: str
    changes: list[Change]
    same: int
    total: dict[str, int] = field(init=False)
    signals: dict[str, dict[str, int]] = field(init=False)
    accounts: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.total = _counted(self.changes)
        by_signal: dict[str, list[Change]] = defaultdict(list)
        for change in self.changes:
            by_signal[change.signal].append(change)
        self.signals = {signal: _counted(found) for signal, found in sorted(by_signal.items())}
        self.accounts = sorted({change.account for change in self.changes})

    @property
    def gained(self) -> int:
        return self.total["gained"]

    def summary(self) -> dict[str, object]:
        """For result.json: everything but the single changes."""
        return {
            "against": self.name,
            "same": self.same,
            "total": self.total,
            "signals": self.signals,
            "accounts": self.accounts,
        }


def difference(name: str, before: Iterable[Message], after: Iterable[Message]) -> Difference:
    """What changes from one side to the other, in the order of signals, accounts and time."""
    sides: dict[tuple[str, str], tuple[list[Episode], list[Episode]]] = defaultdict(lambda: ([], []))
    for number, messages in enumerate((before, after)):
        for episode in episodes(messages, historical=True):
            sides[episode.signal, episode.account][number].append(episode)
    changes: list[Change] = []
    same = 0
    for _, (old, new) in sorted(sides.items()):
        for one, other in paired(old, new):
            change = _change(one, other)
            if change is None:
                same += 1
            else:
                changes.append(change)
    return Difference(name, changes, same)


class Against:
    """Adds the comparison to a backtest whose second system is the other side."""

    def __init__(self, name: str, span: Span = (None, None)) -> None:
        self.name = name
        self.span = span
        self.found: Difference | None = None

    def __call__(self, material: Material) -> tuple[dict[str, object], list[str]]:
        """Writes against-alerts.jsonl and difference.jsonl; returns what goes into result.json and the report."""
        other = material.working / "against-alerts.jsonl"
        merge_alerts(material.folded.alerts[1], other, self.span)
        found = self.found = difference(self.name, read_alerts(material.alerts), read_alerts(other))
        lines = [orjson.dumps(asdict(change)) + b"\n" for change in found.changes]
        (material.working / "difference.jsonl").write_bytes(b"".join(lines))
        return found.summary(), [section(found)]


def section(found: Difference) -> str:
    """The comparison as a part of the report."""
    rows = [(signal, *(counts[kind] for kind in KINDS)) for signal, counts in found.signals.items()]
    rows.append(("all signals", *(found.total[kind] for kind in KINDS)))
    shown = examples(found.changes)
    return (
        f"<h2>Against {_escape(found.name)}</h2>\n<p>{found.same:,} alerts are the same, on "
        f"{len(found.accounts):,} accounts something changes.</p>\n"
        + table(("signal", *KINDS), rows)
        + table(
            ("example", "signal", "account", "was opened", "would be", "days"),
            [
                (
                    each.kind,
                    each.signal,
                    each.account,
                    _day(each.before_opened),
                    _day(each.after_opened),
                    each.days,
                )
                for each in shown
            ],
        )
    )


def examples(changes: Sequence[Change], each: int = EXAMPLES) -> list[Change]:
    """The first few of every kind."""
    return [c for kind in KINDS for c in [c for c in changes if c.kind == kind][:each]]


def _change(one: Episode | None, other: Episode | None) -> Change | None:
    there = other or one
    assert there is not None
    days = None
    if one is None:
        kind = "gained"
    elif other is None:
        kind = "lost"
    elif one.opened != other.opened:
        days = round((other.opened - one.opened).total_seconds() / 86_400, 3)
        kind = "later" if days > 0 else "earlier"
    elif one.said != other.said:
        kind = "otherwise"
    else:
        return None
    return Change(
        kind,
        there.motion,
        there.signal,
        there.account,
        one.alert_id if one else None,
        other.alert_id if other else None,
        one.opened if one else None,
        other.opened if other else None,
        days,
        there.why,
    )


def _counted(changes: Iterable[Change]) -> dict[str, int]:
    counts = Counter(change.kind for change in changes)
    return {kind: counts[kind] for kind in KINDS}


def _day(moment: datetime | None) -> str:
    return moment.date().isoformat() if moment else ""


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
