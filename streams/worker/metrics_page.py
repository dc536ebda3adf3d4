"""The reference page of the metrics, made from their definitions.

python -m streams.worker.metrics_page [--check]
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from streams.worker.metric_list import METRICS
from streams.worker.metric_types import Area, Label, Metric

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"

_HEAD: Final = """\
# Metrics

Made from [streams/worker/metric_list.py](../streams/worker/metric_list.py) by `python -m streams.worker.metrics_page`.
A worker shows them at `/metrics` in the text format of Prometheus, a supervisor those of all its processes on one
page: counters and histograms of all of them together, also of processes that have ended since it started; of a gauge
the sum, the most or the least, as the table says.

No label names an account or a user. Each has a bound, and what does not fit is counted as `other`, so that the number
of series depends on the topics, the catalogs and the publishers' systems, never on the customers.

"""
_AREAS: Final[dict[Area, str]] = {
    "service": "## The service: `twomotion_*`\n\n",
    "retention": "## Retention: `retention_*`\n\n",
    "growth": "## Growth: `growth_*`\n\n",
}
_COLUMNS: Final = "| metric | type | labels | what |\n|---|---|---|---|\n"
_LABELS: Final = "## Labels\n\n| label | of | values |\n|---|---|---|\n"
_PROCESS: Final = """\

## The process: `process_*`

`process_cpu_seconds_total`, `process_resident_memory_bytes`, `process_virtual_memory_bytes`, `process_open_fds`,
`process_max_fds`, `process_start_time_seconds` of each worker process, on Linux. Under a supervisor they carry the
label `process`, the number of the process.
"""


def page() -> str:
    """The page as it has to be."""
    parts = [_HEAD]
    for area, heading in _AREAS.items():
        rows = "".join(_row(metric) for metric in METRICS if metric.area == area)
        parts.append(f"{heading}{_COLUMNS}{rows}\n")
    parts.append(_LABELS)
    said: dict[Label, list[str]] = {}
    for metric in METRICS:
        for label in metric.labels:
            said.setdefault(label, []).append(f"`{metric.series}`")
    parts += [f"| `{label.name}` | {', '.join(of)} | {_values(label)} |\n" for label, of in said.items()]
    parts.append(_PROCESS)
    return "".join(parts)


def _row(metric: Metric) -> str:
    labels = ", ".join(f"`{name}`" for name in metric.label_names) or "–"
    kind: str = metric.kind
    if metric.kind == "gauge" and metric.where != "supervisor":
        kind += f" ({metric.together})"
    more = f" Buckets: {', '.join(f'{bound:g}' for bound in metric.buckets)}." if metric.buckets else ""
    if metric.unit and metric.kind != "gauge":
        kind += f", {metric.unit}"
    return f"| `{metric.series}` | {kind} | {labels} | {metric.help}{more} |\n"


def _values(label: Label) -> str:
    listed = ", ".join(f"`{value}`" for value in label.values)
    return "; ".join(part for part in (listed, label.note) if part)


def main() -> None:
    """Write the page, or with `--check` fail when it is not as it has to be."""
    if "--check" in sys.argv[1:]:
        if not PAGE.exists() or PAGE.read_text() != page():
            sys.exit(f"{PAGE.name} is old: python -m streams.worker.metrics_page")
        return
    PAGE.write_text(page())


if __name__ == "__main__":
    main()
