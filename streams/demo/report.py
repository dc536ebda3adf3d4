"""The result for people: two lanes that never mix, the board, and truth against found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from schemas.growth import ExpansionOpportunity
from schemas.retention import RetentionAlert
from streams.demo.outcome import Lane, Outcome, is_open, meets_target, opened
from streams.story.score import SignalScore
from streams.subscribing.lines import QUADRANT_NAMES, owner_of

LANE_ROWS: Final = 6
SAME_SIGNAL: Final = 2
"""Rows of one signal: a demo shows more than its loudest."""
BOARD_NAMES: Final = 4
WIDTH: Final = 110
"""Of what is written to a file or a pipe; a terminal has its own."""
_COLOUR: Final = {"critical": "bold red", "warning": "yellow", "high": "bold green", "medium": "green"}
_BOARD: Final = (
    ("at risk", ("save_the_customer", "fix_while_expanding")),
    ("no risk", ("protect_and_maintain", "expansion_target")),
)


def show(outcome: Outcome, console: Console) -> None:
    """Print all of it."""
    if not console.is_terminal:
        console.width = WIDTH
    for part in (
        _lane("RETENTION", "what is going wrong, most urgent first", outcome.retention, _risk),
        _lane("GROWTH", "what is going right and can be sold, best first", outcome.growth, _chance),
        _board(outcome),
        _truth(outcome),
        _seconds(outcome),
    ):
        console.print(part)
        console.print()


def _lane(
    name: str,
    what: str,
    lane: Lane,
    block: Callable[[RetentionAlert | ExpansionOpportunity], RenderableType],
) -> RenderableType:
    ranked = _by_rank(lane.values())
    shown = _varied(ranked)
    title = Text.assemble((name, "bold"), f" · {what}")
    counted = f"{opened(lane):,} alerts opened, {len(ranked):,} open now"
    note = f"{counted}; the first, at most {SAME_SIGNAL} of a signal:"
    return Group(title, Text(note, style="dim"), *map(block, shown))


def _risk(message: RetentionAlert | ExpansionOpportunity) -> RenderableType:
    if not isinstance(message, RetentionAlert):
        raise TypeError("an opportunity in the lane of risks")
    return _alert(message, message.severity, _renewal(message.days_to_renewal), ())


def _chance(message: RetentionAlert | ExpansionOpportunity) -> RenderableType:
    if not isinstance(message, ExpansionOpportunity):
        raise TypeError("a risk in the lane of opportunities")
    return _alert(
        message, message.strength, f"{message.engine} engine, {message.readiness}", (f"Ask: {message.ask}",)
    )


def _varied(
    ranked: Sequence[RetentionAlert | ExpansionOpportunity],
) -> list[RetentionAlert | ExpansionOpportunity]:
    seen: Counter[str] = Counter()
    shown = []
    for message in ranked:
        seen[message.signal.id] += 1
        if seen[message.signal.id] <= SAME_SIGNAL:
            shown.append(message)
    return shown[:LANE_ROWS]


def _by_rank(
    messages: Iterable[RetentionAlert] | Iterable[ExpansionOpportunity],
) -> list[RetentionAlert | ExpansionOpportunity]:
    """The open ones in the order of their motion's own inbox, the newer first where that is equal."""
    return sorted(
        (message for message in messages if is_open(message)),
        key=lambda message: (-message.priority.rank, -message.times.opened_at.timestamp(), message.alert_id),
    )


def _alert(
    message: RetentionAlert | ExpansionOpportunity, level: str, aside: str, more: Sequence[str]
) -> RenderableType:
    account = message.account
    head = Text.assemble(
        (f"{level:<10}", _COLOUR.get(level, "")),
        (account.name or account.id, "bold"),
        f" ({account.id})  ",
        (message.signal.id, "cyan"),
        f"  since {message.times.opened_at:%Y-%m-%d}",
    )
    acv = f"ACV {account.acv:,.0f} {account.currency}" if account.acv is not None else "ACV unknown"
    owner = f"→ {owner_of(message.owner)}   play: {message.play.title}"
    lines = (message.why, *more, ", ".join(part for part in (acv, aside) if part), owner)
    return Group(head, *(Padding(Text(line), (0, 0, 0, 10), expand=False) for line in lines))


def _renewal(days: int | None) -> str:
    if days is None:
        return ""
    return f"renewal in {days} d" if days >= 0 else f"renewal {-days} d ago"


def _board(outcome: Outcome) -> RenderableType:
    table = Table(
        "", "no room to grow seen", "room to grow", box=box.SQUARE, show_lines=True, title_justify="left"
    )
    names = outcome.names()
    for row, quadrants in _BOARD:
        cells = (_quadrant(name, [names[id_] for id_ in outcome.accounts_in(name)]) for name in quadrants)
        table.add_row(Text(row, style="bold"), *cells)
    title = Text.assemble(("BOARD", "bold"), f" · {len(outcome.quadrants)} accounts, churn risk × growth")
    return Group(title, table)


def _quadrant(name: str, names: Sequence[str]) -> RenderableType:
    more = f", … {len(names) - BOARD_NAMES} more" if len(names) > BOARD_NAMES else ""
    return Text.assemble(
        (QUADRANT_NAMES[name], "bold"),
        f": {len(names)} {'account' if len(names) == 1 else 'accounts'}\n",
        (", ".join(names[:BOARD_NAMES]) + more, "dim"),
    )


def _truth(outcome: Outcome) -> RenderableType:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("signal")
    for heading in ("plots", "found", "recall", "opened", "precision", "false alerts*", ""):
        table.add_column(heading, justify="right")
    for signal, found in outcome.truth.items():
        table.add_row(*_truth_row(signal, found))
    note = "* a healthy account and quarter; each signal has decoys that look alike and must not be found"
    return Group(
        Text.assemble(("TRUTH", "bold"), " · what the story hid, and what was found of it"), table, note
    )


def _truth_row(signal: str, found: SignalScore) -> tuple[RenderableType, ...]:
    good = meets_target(signal, found)
    return (
        signal,
        str(found.plots),
        str(found.found),
        _share(found.recall),
        str(found.opened),
        _share(found.precision),
        f"{found.false_per_healthy_quarter:.3f}",
        Text("✓" if good else "✗", style="green" if good else "red"),
    )


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _seconds(outcome: Outcome) -> RenderableType:
    took = outcome.seconds.get("publish_and_process", 0.0)
    rate = f", {outcome.records / took:,.0f} records/s from start to end" if took else ""
    return Text(
        f"{outcome.events:,} events ({outcome.records:,} records with heartbeats) in {took:.0f} s{rate}.",
        style="dim",
    )
