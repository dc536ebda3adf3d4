"""What a PromQL expression names: metrics, and what it asks of their labels."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from streams.worker.metric_list import METRICS

ROOT = Path(__file__).parents[2]
DASHBOARDS = ROOT / "deploy" / "helm" / "twomotion" / "dashboards"

#: What Prometheus's own client says of every process; a supervisor adds its number.
_OF_THE_PROCESS = ("process_cpu_seconds_total", "process_open_fds", "process_resident_memory_bytes")
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')
_WORDS = {"and", "or", "unless", "bool", "offset"}
#: `by (a, b)` and its like: what stands in the brackets are labels.
_GROUPING = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)")
_NAME = re.compile(r"(?<![\w:.$])([a-zA-Z_:][\w:]*)(?!\s*\()(?![\w:])")
_SELECTOR = re.compile(r"([a-zA-Z_:][\w:]*)\{([^}]*)\}")
_MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"')


def metrics_in(expr: str) -> set[str]:
    """The names of the metrics in an expression."""
    bare = _TEXT.sub("", expr)
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]", " ", bare)
    bare = _GROUPING.sub(" ", bare)
    return {name for name in _NAME.findall(bare) if name not in _WORDS}


def matchers_in(expr: str) -> Iterator[tuple[str, str, str, str]]:
    """(metric, label, operator, value) of every label that an expression asks for."""
    for metric, inside in _SELECTOR.findall(expr):
        for label, operator, value in _MATCHER.findall(inside):
            yield metric, label, operator, value


def grouped_by(expr: str) -> set[str]:
    """Labels that an expression groups by."""
    return {
        label.strip()
        for inside in re.findall(r"\bby\s*\(([^)]*)\)", expr)
        for label in inside.split(",")
        if label.strip()
    }


def series_of_a_worker() -> dict[str, set[str]]:
    """The labels of every series that a worker shows, from the one list."""
    shown: dict[str, set[str]] = {}
    for metric in METRICS:
        labels = set(metric.label_names)
        if metric.kind == "histogram":
            shown |= {f"{metric.name}_bucket": labels | {"le"}}
            shown |= {f"{metric.name}_count": labels, f"{metric.name}_sum": labels}
        else:
            shown[metric.series] = labels
    return shown | {name: {"process"} for name in _OF_THE_PROCESS}


def dashboard_queries() -> list[tuple[str, str, str]]:
    """(dashboard, panel, expression) of every query."""
    return [
        (path.stem, panel["title"], target["expr"])
        for path in sorted(DASHBOARDS.glob("*.json"))
        for panel in json.loads(path.read_text())["panels"]
        for target in panel.get("targets", [])
    ]
