"""A small picture of a case: what happened each day, and what the signal said. SVG, the same for the same case."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape

from streams.detection.catalog.cases import Case
from streams.lab.cases import Said
from streams.lab.timeline import day_in, events_of

WIDTH, HEIGHT = 720, 150
_LEFT, _RIGHT, _TOP, _BASE = 10, 10, 34, 120
_COLOURS: Final = ("#4878a8", "#9aa7b4", "#d9a441", "#7a9e5f", "#a2719b", "#c98b6b")
_SAID: Final = {
    "opened": "#c0392b",
    "historical": "#8a8a8a",
    "escalated": "#7b1e12",
    "strengthened": "#7b1e12",
    "updated": "#8a8a8a",
    "eased": "#d9a441",
    "weakened": "#d9a441",
}
_ENDED: Final = "#2e7d4f"


def plot(case: Case, said: Sequence[Said]) -> str:
    """The case as SVG: bars count the day's events by type (the highest day fills the height), lines are messages."""
    days = case.until + 1
    counts: dict[int, Counter[str]] = {}
    for event in events_of(case):
        kind = str(json.loads(event.value)["type"])
        day = day_in(event.occurred)
        if kind != "account.changed" and 0 <= day < days:
            counts.setdefault(day, Counter())[kind] += 1
    kinds = sorted({kind for counter in counts.values() for kind in counter})
    highest = max((sum(counter.values()) for counter in counts.values()), default=1)
    step = (WIDTH - _LEFT - _RIGHT) / days
    parts = [_axis(days, step)]
    for source, (first, last) in case.stalled.items():
        parts.append(_stall(source, first, min(last, case.until), step))
    for day, counter in sorted(counts.items()):
        parts.append(_bar(day, counter, kinds, highest, step))
    parts += _messages(said, step)
    parts += _legend(kinds)
    inside = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" font-family="sans-serif" font-size="11">\n'
        f"<title>{escape(case.name)}</title>\n"
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>\n{inside}\n</svg>\n'
    )


def _x(day: float, step: float) -> float:
    return round(_LEFT + day * step, 1)


def _axis(days: int, step: float) -> str:
    every = next(gap for gap in (7, 14, 28, 56, 112, 224, 1000) if days / gap <= 14)
    ticks = [
        f'<line x1="{_x(day, step)}" y1="{_BASE}" x2="{_x(day, step)}" y2="{_BASE + 3}" stroke="#999"/>'
        f'<text x="{_x(day, step)}" y="{_BASE + 14}" fill="#666" font-size="9">{day}</text>'
        for day in range(0, days, every)
    ]
    line = f'<line x1="{_LEFT}" y1="{_BASE}" x2="{WIDTH - _RIGHT}" y2="{_BASE}" stroke="#999"/>'
    return "\n".join([line, *ticks])


def _stall(source: str, first: int, last: int, step: float) -> str:
    x, width = _x(first, step), round((last - first + 1) * step, 1)
    return (
        f'<rect x="{x}" y="{_TOP}" width="{width}" height="{_BASE - _TOP}" fill="#eeeeee"/>'
        f'<text x="{x + 2}" y="{_TOP + 10}" fill="#888" font-size="9">{source} stalled</text>'
    )


def _bar(day: int, counter: Counter[str], kinds: list[str], highest: int, step: float) -> str:
    parts, top = [], float(_BASE)
    for kind in kinds:
        if counter[kind]:
            height = max(1.0, (_BASE - _TOP) * counter[kind] / highest)
            top -= height
            parts.append(
                f'<rect x="{_x(day, step)}" y="{top:.1f}" width="{max(1.0, step * 0.8):.1f}" '
                f'height="{height:.1f}" fill="{_colour(kinds.index(kind))}"/>'
            )
    return "".join(parts)


def _messages(said: Sequence[Said], step: float) -> list[str]:
    parts = []
    for number, message in enumerate(said):
        x = _x(message.day + 0.5, step)
        colour = _SAID.get(message.status, _ENDED)
        right = x > WIDTH * 0.75
        label = escape(f"{message.status} {message.level}")
        y = _TOP - 20 + 11 * (number % 2)
        parts.append(
            f'<line x1="{x}" y1="{y + 3}" x2="{x}" y2="{_BASE}" stroke="{colour}" stroke-width="1.5"/>'
            f'<text x="{x - 3 if right else x + 3}" y="{y + 4}" fill="{colour}" '
            f'text-anchor="{"end" if right else "start"}">{label}</text>'
        )
    return parts


def _legend(kinds: list[str]) -> list[str]:
    parts, x = [], float(_LEFT)
    for at, kind in enumerate(kinds):
        parts.append(
            f'<rect x="{x:.0f}" y="{HEIGHT - 10}" width="8" height="8" fill="{_colour(at)}"/>'
            f'<text x="{x + 11:.0f}" y="{HEIGHT - 2}" fill="#444" font-size="10">{escape(kind)}</text>'
        )
        x += 24 + 5.6 * len(kind)
    return parts


def _colour(at: int) -> str:
    return _COLOURS[at % len(_COLOURS)]
