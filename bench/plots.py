"""Small plots as SVG text: bars with a mark, stacked bars, curves. Colours are CSS classes of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

_WIDTH, _LABEL, _ROW = 720, 150, 30
_BAR = 18


class Bar(NamedTuple):
    """One row; `mark` is where it should end at most, or reach at least."""

    label: str
    value: float
    mark: float | None = None
    style: str = "a"


def bars(rows: Sequence[Bar], unit: str, digits: int = 0) -> str:
    """Horizontal bars on one scale, each with its value, and a line at its mark."""
    top = max(max(row.value, row.mark or 0) for row in rows) or 1
    scale = (_WIDTH - _LABEL - 110) / top
    parts: list[str] = []
    for number, row in enumerate(rows):
        y = number * _ROW + 4
        length = row.value * scale
        parts.append(_text(_LABEL - 8, y + 13, row.label, "end"))
        parts.append(
            f'<rect class="{row.style}" x="{_LABEL}" y="{y}" width="{length:.1f}" height="{_BAR}" rx="2"/>'
        )
        end = length
        if row.mark is not None:
            at = _LABEL + row.mark * scale
            parts.append(f'<line class="mark" x1="{at:.1f}" x2="{at:.1f}" y1="{y - 3}" y2="{y + _BAR + 3}"/>')
            if abs(row.mark * scale - length) < 90:
                end = max(end, row.mark * scale)
        parts.append(_text(_LABEL + end + 6, y + 13, f"{row.value:,.{digits}f} {unit}"))
    return _svg(len(rows) * _ROW + 6, parts)


def stacks(rows: Mapping[str, Mapping[str, float]], unit: str) -> str:
    """One stacked bar a row, all rows on one scale, with a legend below; parts in the order of the first row."""
    names = list(next(iter(rows.values())))
    scale = (_WIDTH - _LABEL - 110) / (max(sum(row.values()) for row in rows.values()) or 1)
    parts: list[str] = []
    for number, (label, row) in enumerate(rows.items()):
        y, x = number * _ROW + 4, float(_LABEL)
        parts.append(_text(_LABEL - 8, y + 13, label, "end"))
        for place, name in enumerate(names):
            length = row.get(name, 0.0) * scale
            title = escape(f"{name}: {row.get(name, 0.0):.2f} {unit}")
            parts.append(
                f'<rect class="s{place}" x="{x:.1f}" y="{y}" width="{length:.1f}" height="{_BAR}">'
                f"<title>{title}</title></rect>"
            )
            x += length
        parts.append(_text(x + 6, y + 13, f"{sum(row.values()):,.1f} {unit}"))
    y = len(rows) * _ROW + 12
    step = (_WIDTH - 20) / len(names)
    for place, name in enumerate(names):
        parts.append(f'<rect class="s{place}" x="{10 + place * step:.0f}" y="{y}" width="11" height="11"/>')
        parts.append(_text(25 + place * step, y + 10, name))
    return _svg(y + 18, parts)


def curves(named: Mapping[str, Sequence[float]], unit: str) -> str:
    """The share of values (sorted) that lie below, one curve a name; lines at a half and at 99 of 100."""
    height, left, right = 200, 50, _WIDTH - 150
    top = max(values[-1] for values in named.values()) * 1.05 or 1
    parts: list[str] = []
    for share in (0.0, 0.5, 0.99):
        y = 10 + (1 - share) * height
        parts.append(f'<line class="grid" x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(_text(left - 6, y + 4, f"{share:.0%}", "end"))
    for tick in range(5):
        x = left + (right - left) * tick / 4
        parts.append(_text(x, height + 26, f"{top * tick / 4:,.0f} {unit}", "middle"))
    for number, (name, values) in enumerate(named.items()):
        points = " ".join(
            f"{left + value / top * (right - left):.1f},{10 + (1 - (place + 1) / len(values)) * height:.1f}"
            for place, value in enumerate(values)
        )
        parts.append(f'<polyline class="c{number}" points="{points}"/>')
        parts.append(
            f'<rect class="k{number}" x="{right + 14}" y="{20 + number * 22}" width="11" height="11"/>'
        )
        parts.append(_text(right + 30, 30 + number * 22, name))
    return _svg(height + 36, parts)


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(height: float, parts: Sequence[str]) -> str:
    return f'<svg viewBox="0 0 {_WIDTH} {height:.0f}" role="img">{"".join(parts)}</svg>'
