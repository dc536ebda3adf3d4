"""Plots as SVG, made of numbers alone: no script, no font, no address outside the page."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final
from xml.sax.saxutils import escape

COLOURS: Final = {
    "retention": "#b5483a",
    "growth": "#3f7f5f",
    "protect_and_maintain": "#8fa3b5",
    "expansion_target": "#3f7f5f",
    "save_the_customer": "#b5483a",
    "fix_while_expanding": "#d09a3c",
}
_OTHERS: Final = ("#4878a8", "#d09a3c", "#7a9e5f", "#a2719b")
WIDTH: Final = 860
_LEFT, _TOP, _BASE = 56, 26, 210


def stacked(title: str, ticks: Sequence[str], series: Mapping[str, Sequence[float]]) -> str:
    """Bars over time, the series on top of each other; one value per tick."""
    highest = _rounded(max((sum(values) for values in zip(*series.values(), strict=True)), default=0.0))
    step = (WIDTH - _LEFT - 10) / max(1, len(ticks))
    parts = [_scale(highest)]
    for at, tick in enumerate(ticks):
        x, top = _LEFT + at * step, float(_BASE)
        for name, values in series.items():
            height = (_BASE - _TOP) * values[at] / highest
            if height <= 0:
                continue
            top -= height
            parts.append(
                f'<rect x="{x:.1f}" y="{top:.1f}" width="{max(1.0, step * 0.86):.1f}" height="{height:.1f}" '
                f'fill="{colour(name, series)}"><title>{escape(f"{tick}: {name} {values[at]:g}")}</title></rect>'
            )
    parts.append(_ticks(ticks, step))
    return _svg(title, _BASE + 44, [*parts, _legend(series)])


def bars(title: str, rows: Sequence[tuple[str, float, str]]) -> str:
    """One bar a row: label, value, series (for its colour)."""
    highest = max((value for _, value, _ in rows), default=0.0) or 1.0
    left, line = 250, 17
    parts = []
    for number, (label, value, name) in enumerate(rows):
        y = _TOP + number * line
        width = (WIDTH - left - 80) * value / highest
        parts.append(
            f'<text x="{left - 8}" y="{y + 11}" text-anchor="end">{escape(label)}</text>'
            f'<rect x="{left}" y="{y + 2}" width="{width:.1f}" height="{line - 5}" fill="{colour(name, {})}"/>'
            f'<text x="{left + width + 5:.1f}" y="{y + 11}" fill="#555">{value:g}</text>'
        )
    return _svg(title, _TOP + len(rows) * line + 8, parts)


def points(
    title: str,
    across: str,
    up: Sequence[str],
    series: Mapping[str, Sequence[tuple[float, float]]],
    now: float | None = None,
) -> str:
    """Lines through points on one scale; `up` says what each one measures, `now` is marked where it lies among them."""
    xs = [x for line in series.values() for x, _ in line]
    low, high = (min(xs), max(xs)) if xs else (0.0, 1.0)
    span = (high - low) or 1.0
    highest = _rounded(max((y for line in series.values() for _, y in line), default=0.0))
    parts = [_scale(highest, 8)]
    if now is not None and low <= now <= high:
        place = _LEFT + (WIDTH - _LEFT - 30) * (now - low) / span
        parts.append(
            f'<line x1="{place:.1f}" y1="{_TOP}" x2="{place:.1f}" y2="{_BASE}" stroke="#999" stroke-dasharray="4 3"/>'
            f'<text x="{place + 4:.1f}" y="{_TOP + 10}" fill="#666">now</text>'
        )
    for number, (name, line) in enumerate(series.items()):
        places = [
            (_LEFT + (WIDTH - _LEFT - 30) * (x - low) / span, _BASE - (_BASE - _TOP - 8) * y / highest, x, y)
            for x, y in line
        ]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _, _ in places)
        ink = colour(name, series)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{ink}" stroke-width="2"/>')
        parts += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{ink}">'
            f"<title>{escape(f'{across} {at:g}: {up[number]} {value:g}')}</title></circle>"
            for x, y, at, value in places
        ]
    for x in sorted(set(xs)):
        place = _LEFT + (WIDTH - _LEFT - 30) * (x - low) / span
        parts.append(f'<text x="{place:.1f}" y="{_BASE + 15}" text-anchor="middle" fill="#666">{x:g}</text>')
    parts.append(f'<line x1="{_LEFT}" y1="{_BASE}" x2="{WIDTH - 10}" y2="{_BASE}" stroke="#999"/>')
    parts.append(f'<text x="{WIDTH / 2}" y="{_BASE + 30}" text-anchor="middle">{escape(across)}</text>')
    return _svg(title, _BASE + 52, [*parts, _legend(series, _BASE + 40)])


def colour(name: str, series: Mapping[str, object]) -> str:
    """The series' own colour, the same in every plot."""
    if name in COLOURS:
        return COLOURS[name]
    return _OTHERS[list(series).index(name) % len(_OTHERS)] if name in series else _OTHERS[0]


def _rounded(highest: float) -> float:
    """The end of a scale: the next number that people count in, and whose half they count in too.

    >>> [_rounded(value) for value in (0.0, 0.37, 1.0, 3.0, 22.0, 130.0)]
    [1.0, 0.4, 1.0, 4.0, 40.0, 200.0]
    """
    if highest <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(highest))
    return next(
        float(f"{step * power:.6g}") for step in (1, 2, 4, 6, 8, 10) if step * power >= highest * 0.999999
    )


def _scale(highest: float, top: int = 0) -> str:
    """Lines at nothing, half and all, which is `top` below the upper edge."""
    marks = []
    for part in (0.0, 0.5, 1.0):
        y = _BASE - (_BASE - _TOP - top) * part
        marks.append(
            f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{WIDTH - 10}" y2="{y:.1f}" stroke="#e4e4e4"/>'
            f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="#666">{highest * part:g}</text>'
        )
    return "".join(marks)


def _ticks(ticks: Sequence[str], step: float) -> str:
    every = max(1, -(-len(ticks) // 10))
    return "".join(
        f'<text x="{_LEFT + (at + 0.43) * step:.1f}" y="{_BASE + 15}" text-anchor="middle" fill="#666">'
        f"{escape(tick)}</text>"
        for at, tick in enumerate(ticks)
        if at % every == 0
    )


def _legend(series: Mapping[str, object], y: int = _BASE + 26) -> str:
    parts, x = [], float(_LEFT)
    for name in series:
        parts.append(
            f'<rect x="{x:.0f}" y="{y}" width="10" height="10" fill="{colour(name, series)}"/>'
            f'<text x="{x + 14:.0f}" y="{y + 9}">{escape(name.replace("_", " "))}</text>'
        )
        x += 34 + 6.4 * len(name)
    return "".join(parts)


def _svg(title: str, height: int, parts: Sequence[str]) -> str:
    inside = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="100%" role="img" '
        f'font-family="sans-serif" font-size="11">\n<title>{escape(title)}</title>\n'
        f'<text x="0" y="13" font-size="13" font-weight="bold">{escape(title)}</text>\n{inside}\n</svg>\n'
    )
