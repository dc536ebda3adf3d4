"""What several worker processes say, as if they were one.

Counters and histograms come from files that outlive their process, so a killed process takes nothing of
them along and its successor counts on. Gauges are of this moment: each process is asked, and what they say
becomes one sum, least or most, as the metric asks for (`multiprocess_mode`).
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path
from typing import Final, cast

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from streams.worker.address import read_page
from streams.worker.page import NOT_HERE, Page, error_page
from streams.worker.report import ProcessStatus, Status
from streams.worker.supervisor_child import Child

#: Longest wait for one process, in s: less than who asks for all of them is likely to wait.
_PATIENCE_S = 5.0
_FOLD: Final[Mapping[str, Callable[[Iterable[float]], float]]] = {
    "livesum": sum,
    "livemax": max,
    "livemin": min,
}
_READY: Final = "twomotion_ready"
_READY_DOC: Final = "1 when partitions are assigned, recovered and processed."


class SupervisorPages:
    """The pages of all processes together; asked from any thread.

    Args:
        turn: raises TimeoutError when the supervisor itself hangs.
    """

    def __init__(self, children: Sequence[Child], folder: Path, turn: Callable[[], None], pid: int) -> None:
        self._children = children
        self._folder = folder
        self._pid = pid
        self.turn = turn
        self._asking = ThreadPoolExecutor(max_workers=len(children), thread_name_prefix="asking")

    def metrics(self) -> bytes:
        registry = CollectorRegistry()
        registry.register(_Together(self._children, self._folder, self._ask_all("/metrics")))
        return generate_latest(registry)

    def status(self) -> Status:
        said = [
            cast(Status, json.loads(page)) if page is not None else None for page in self._ask_all("/status")
        ]
        there = [status for status in said if status is not None]
        whole = len(there) == len(said)
        return Status(
            ready=whole and all(status["ready"] for status in there),
            pid=self._pid,
            source_partitions=sum(status["source_partitions"] for status in there),
            journal_partitions=sum(status["journal_partitions"] for status in there),
            all_source_partitions=max((status["all_source_partitions"] for status in there), default=0),
            all_journal_partitions=max((status["all_journal_partitions"] for status in there), default=0),
            sources_done=whole and all(status["sources_done"] for status in there),
            journal_done=whole and all(status["journal_done"] for status in there),
            source_lag=sum(status["source_lag"] for status in there),
            journal_lag=sum(status["journal_lag"] for status in there),
            processes=[
                ProcessStatus(number=child.number, pid=child.pid, starts=child.starts, status=status)
                for child, status in zip(self._children, said, strict=True)
            ],
        )

    def why_not_ready(self) -> str:
        told = self._ask_all("/readyz")
        missing = [
            str(child.number) for child, page in zip(self._children, told, strict=True) if page is None
        ]
        return f"not ready: process {', '.join(missing)} of {len(self._children)}" if missing else ""

    def explain(self, path: str, account: str) -> Page:
        """What the process says that has the account's partition; 503 where it may be one that does not answer."""
        told = list(self._asking.map(lambda child: _page(child.url, path), self._children))
        for page in told:
            if page is not None and page.code != NOT_HERE:
                return page
        missing = [
            str(child.number) for child, page in zip(self._children, told, strict=True) if page is None
        ]
        if missing:
            return error_page(
                503, "no answer", f"process {', '.join(missing)} of {len(told)} does not answer"
            )
        return error_page(NOT_HERE, "not here", "no process here has the journal partition of this account")

    def _ask_all(self, path: str) -> list[str | None]:
        """Each process's page; None where it gives none."""
        return list(self._asking.map(lambda child: read_page(child.url, path, _PATIENCE_S), self._children))


def _page(url: str | None, path: str) -> Page | None:
    """A process's page, also one that refuses; None where it does not answer, or cannot at the moment."""
    if url is None:
        return None
    try:
        with urllib.request.urlopen(url + path, timeout=_PATIENCE_S) as answer:
            return Page(answer.status, answer.headers["Content-Type"], answer.read())
    except urllib.error.HTTPError as refused:
        with refused:
            if refused.code >= 500:
                return None
            return Page(refused.code, refused.headers["Content-Type"], refused.read())
    except (OSError, HTTPException, ValueError):
        return None


class _Together(Collector):
    """The metrics of all processes, each once."""

    def __init__(self, children: Sequence[Child], folder: Path, pages: Sequence[str | None]) -> None:
        self._children = children
        self._folder = folder
        self._pages = pages

    def collect(self) -> Iterable[Metric]:
        files = [str(file) for kind in ("counter", "histogram") for file in self._folder.glob(f"{kind}_*.db")]
        yield from MultiProcessCollector.merge(files)  # type: ignore[no-untyped-call]
        yield from self._gauges()
        yield from self._of_processes()

    def _gauges(self) -> Iterable[Metric]:
        modes = self._modes()
        merged: dict[str, tuple[str, dict[tuple[tuple[str, str], ...], list[float]]]] = {}
        for child, page in zip(self._children, self._pages, strict=True):
            for family in text_string_to_metric_families(page or ""):
                if family.type != "gauge":
                    continue
                values = merged.setdefault(family.name, (family.documentation, {}))[1]
                own = () if modes.get(family.name) in _FOLD else (("process", str(child.number)),)
                for sample in family.samples:
                    values.setdefault((*sorted(sample.labels.items()), *own), []).append(sample.value)
        if None in self._pages:
            merged.setdefault(_READY, (_READY_DOC, {}))[1][()] = [0.0]
        for name, (doc, values) in merged.items():
            fold = _FOLD.get(modes.get(name, ""), sum)
            metric = GaugeMetricFamily(name, doc)
            for labels, found in values.items():
                metric.add_sample(name, dict(labels), fold(found))
            yield metric

    def _modes(self) -> dict[str, str]:
        """How each gauge is to be made one; the processes' files are named after it."""
        modes: dict[str, str] = {}
        for file in self._folder.glob("gauge_*.db"):
            mode = file.name.split("_")[1]
            for key, *_ in MmapedDict.read_all_values_from_file(str(file)):  # type: ignore[no-untyped-call]
                modes[json.loads(key)[0]] = mode
        return modes

    def _of_processes(self) -> Iterable[Metric]:
        up = GaugeMetricFamily(
            "twomotion_process_up", "1 while this worker process runs.", labels=["process"]
        )
        starts = CounterMetricFamily(
            "twomotion_process_starts", "Starts of this worker process; the first is one.", labels=["process"]
        )
        for child in self._children:
            up.add_metric([str(child.number)], float(child.pid is not None))
            starts.add_metric([str(child.number)], child.starts)
        yield from (up, starts)
