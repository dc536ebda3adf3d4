"""The page that people read: one HTML file with everything in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final
from xml.sax.saxutils import escape

from streams.lab.backtest import charts
from streams.lab.backtest.tally import DAYS_TO_RENEWAL, SignalRow, Tally

QUADRANTS: Final = (
    "protect_and_maintain",
    "expansion_target",
    "save_the_customer",
    "fix_while_expanding",
)
_STYLE: Final = """
body{font:14px/1.5 sans-serif;color:#222;max-width:1040px;margin:2em auto;padding:0 1em}
.wide{overflow-x:auto;margin:1em 0}
table{border-collapse:collapse;width:100%;font-size:13px}
th,td{text-align:right;padding:3px 6px;border-bottom:1px solid #e4e4e4;vertical-align:top}
th{vertical-align:bottom} td{white-space:nowrap}
.t{text-align:left} td.t:last-child{white-space:normal}
figure{margin:1.6em 0} .note{color:#666} h2{margin-top:2em}
"""


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Rows as HTML: words stand left, numbers right, None is an empty cell, a column of nothing else is left out."""
    columns = [[_cell(row[at]) for row in rows] for at in range(len(head))]
    kept = [at for at, cells in enumerate(columns) if at == 0 or not rows or any(cells)]
    kinds = {at: "" if columns[at] and all(map(_is_number, columns[at])) else " class='t'" for at in kept}
    cells = "".join(f"<th{kinds[at]}>{escape(head[at])}</th>" for at in kept)
    body = "".join(
        "<tr>" + "".join(f"<td{kinds[at]}>{escape(columns[at][row])}</td>" for at in kept) + "</tr>\n"
        for row in range(len(rows))
    )
    return f"<div class='wide'><table><thead><tr>{cells}</tr></thead>\n<tbody>{body}</tbody></table></div>\n"


def _is_number(cell: str) -> bool:
    """Whether a cell is a number, a range of two, or empty."""
    return all(
        part.replace(".", "", 1).replace(",", "").isdecimal() for part in cell.lstrip("-").split("–") if part
    )


def figure(svg: str) -> str:
    return f"<figure>{svg}</figure>\n"


def page(title: str, notes: Sequence[str], sections: Sequence[str]) -> str:
    """The whole file."""
    said = "".join(f"<p class='note'>{escape(note)}</p>\n" for note in notes)
    return (
        f"<!doctype html>\n<html lang='en'><head><meta charset='utf-8'><title>{escape(title)}</title>"
        f"<style>{_STYLE}</style></head>\n<body><h1>{escape(title)}</h1>\n{said}{''.join(sections)}</body></html>\n"
    )


def sections(found: Tally, board: dict[date, Counter[str]]) -> list[str]:
    """Alerts over time, per signal, lead time to renewal, and the board over time."""
    parts = [_over_time(found), _per_signal(found.signals)]
    if found.days_to_renewal:
        parts.append(_to_renewal(found))
    if board:
        weeks = sorted(board)
        series = {name: [float(board[week][name]) for week in weeks] for name in QUADRANTS}
        plot = charts.stacked(
            "Accounts on the board, at the end of each week", [str(w) for w in weeks], series
        )
        parts.append("<h2>The board over time</h2>\n" + figure(plot))
    return parts


def _over_time(found: Tally) -> str:
    weeks = _weeks(found)
    series = {motion: [float(counts[week]) for week in weeks] for motion, counts in found.weeks.items()}
    plot = charts.stacked("Alerts and opportunities opened, by week", [str(week) for week in weeks], series)
    return "<h2>Over time</h2>\n" + figure(plot)


def _weeks(found: Tally) -> list[date]:
    spoken = [week for counts in found.weeks.values() for week in counts]
    if not spoken:
        return []
    first, last = min(spoken), max(spoken)
    return [first + timedelta(days=7 * number) for number in range((last - first).days // 7 + 1)]


def _per_signal(rows: Sequence[SignalRow]) -> str:
    spoke = [(row.signal, float(row.opened), row.motion) for row in rows if row.opened]
    head = ("signal", "opened", "accounts", "per account-month", "days open (median)", "ended", "historical")
    body = [
        (
            row.signal,
            row.opened,
            row.accounts,
            f"{row.per_account_month:.4f}",
            row.median_days_open,
            ", ".join(f"{count} {status}" for status, count in sorted(row.ended.items())),
            row.historical,
        )
        for row in rows
    ]
    plot = charts.bars("Opened: retention red, growth green", spoke)
    return "<h2>Per signal</h2>\n" + (figure(plot) if spoke else "") + table(head, body)


def _to_renewal(found: Tally) -> str:
    ends = [*DAYS_TO_RENEWAL, DAYS_TO_RENEWAL[-1] + 1]
    names = ["past", *(f"≤ {end} d" for end in DAYS_TO_RENEWAL[1:]), f"> {DAYS_TO_RENEWAL[-1]} d"]
    series = {"retention": [float(found.days_to_renewal[end]) for end in ends]}
    return "<h2>Time left</h2>\n" + figure(
        charts.stacked("Days to the renewal when a risk was opened", names, series)
    )


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
