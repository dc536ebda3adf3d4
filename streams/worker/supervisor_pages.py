"""What several worker processes say, as if they were one.

Counters and histograms come from files that outlive their process, so a killed process takes nothing of
them along and its successor counts on. Gauges are of this moment: each process is asked, and what they say
becomes one sum, least or most, as the list of metrics has it. What every Python process says of itself
(`process_*`) stays apart, by the number of the process.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Final, cast

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client import Metric as Family
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector
from pydantic import SecretStr

from streams.worker.bearer import header_of
from streams.worker.metric_list import BY_NAME, METRICS, PROCESS_STARTS, PROCESS_UP, READY
from streams.worker.metric_types import Together
from streams.worker.page import NOT_HERE, Page, error_page, fetch
from streams.worker.report import FeedStatus, PartitionStatus, ProcessStatus, Status
from streams.worker.supervisor_child import Child

#: Longest wait for one process, in s: less than who asks for all of them is likely to wait.
_PATIENCE_S: Final = 5.0
_FOLD: Final[Mapping[Together, Callable[[Iterable[float]], float]]] = {"sum": sum, "most": max, "least": min}


class SupervisorPages:
    """The pages of all processes together; asked from any thread.

    Args:
        turn: raises TimeoutError when the supervisor itself hangs.
        token: what the processes want to be shown.
    """

    def __init__(
        self,
        children: Sequence[Child],
        folder: Path,
        turn: Callable[[], None],
        pid: int,
        token: SecretStr | None = None,
    ) -> None:
        self._children = children
        self._folder = folder
        self._pid = pid
        self._headers = header_of(token)
        self.turn = turn
        self._asking = ThreadPoolExecutor(max_workers=len(children), thread_name_prefix="asking")

    def metrics(self) -> bytes:
        registry = CollectorRegistry()
        pages = [
            page.body.decode() if page is not None and page.code == 200 else None
            for page in self._ask_all("/metrics")
        ]
        registry.register(_Together(self._children, self._folder, pages))
        return generate_latest(registry)

    def status(self) -> Status:
        told = self._ask_all("/status")
        said = [
            cast(Status, json.loads(page.body)) if page is not None and page.code == 200 else None
            for page in told
        ]
        there = [status for status in said if status is not None]
        whole = len(there) == len(said)
        why_not = self.why_not_ready()
        return Status(
            version=version("twomotion"),
            ready=not why_not,
            why_not_ready=why_not,
            broker_silence_seconds=max((status["broker_silence_seconds"] for status in there), default=0.0),
            pid=self._pid,
            source_partitions=sum(status["source_partitions"] for status in there),
            journal_partitions=sum(status["journal_partitions"] for status in there),
            all_source_partitions=max((status["all_source_partitions"] for status in there), default=0),
            all_journal_partitions=max((status["all_journal_partitions"] for status in there), default=0),
            sources_done=whole and all(status["sources_done"] for status in there),
            journal_done=whole and all(status["journal_done"] for status in there),
            source_lag=sum(status["source_lag"] for status in there),
            journal_lag=sum(status["journal_lag"] for status in there),
            catalogs=_catalogs(there),
            sources=_feeds(there),
            partitions=self._partitions(said),
            processes=[
                ProcessStatus(number=child.number, pid=child.pid, starts=child.starts, status=status)
                for child, status in zip(self._children, said, strict=True)
            ],
        )

    def why_not_ready(self) -> str:
        reasons: list[str] = []
        for child, page in zip(self._children, self._ask_all("/readyz"), strict=True):
            if page is None:
                why = "does not answer" if child.pid is not None else "does not run"
                reasons.append(f"process {child.number} of {len(self._children)} {why}")
            elif page.code != 200:
                why = page.body.decode().strip().removeprefix("not ready: ")
                reasons.append(f"process {child.number} of {len(self._children)}: {why}")
        return "; ".join(reasons)

    def _partitions(self, said: Sequence[Status | None]) -> list[PartitionStatus]:
        found = [
            PartitionStatus(**partition, process=child.number)
            for child, status in zip(self._children, said, strict=True)
            if status is not None
            for partition in status["partitions"]
        ]
        return sorted(
            found, key=lambda each: (each["topic"] == "account-journal", each["topic"], each["partition"])
        )

    def explain(self, path: str, account: str) -> Page:
        """What the process says that has the account's partition; 503 where it may be one that does not answer."""
        told = self._ask_all(path)
        for page in told:
            if page is not None and page.code != NOT_HERE and page.code < 500:
                return page
        missing = [
            str(child.number)
            for child, page in zip(self._children, told, strict=True)
            if page is None or page.code >= 500
        ]
        if missing:
            return error_page(
                503, "no answer", f"process {', '.join(missing)} of {len(told)} does not answer"
            )
        return error_page(NOT_HERE, "not here", "no process here has the journal partition of this account")

    def _ask_all(self, path: str) -> list[Page | None]:
        """Each process's page; None where it gives none."""

        def ask(child: Child) -> Page | None:
            return fetch(child.url, path, self._headers, _PATIENCE_S)

        return list(self._asking.map(ask, self._children))


def _catalogs(said: Iterable[Status]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for status in said:
        for motion, versions in status["catalogs"].items():
            known = found.setdefault(motion, {})
            for name, partitions in versions.items():
                known[name] = known.get(name, 0) + partitions
    return found


def _feeds(said: Iterable[Status]) -> list[FeedStatus]:
    """Of each feed what the process says that has heard of it last."""
    found: dict[tuple[str, str], FeedStatus] = {}
    for status in said:
        for feed in status["sources"]:
            key = feed["source"], feed["feed"]
            if key not in found or feed["silence_seconds"] < found[key]["silence_seconds"]:
                found[key] = feed
    return [found[key] for key in sorted(found)]


class _Together(Collector):
    """The metrics of all processes, each once."""

    def __init__(self, children: Sequence[Child], folder: Path, pages: Sequence[str | None]) -> None:
        self._children = children
        self._folder = folder
        self._pages = pages

    def collect(self) -> Iterable[Family]:
        files = [str(file) for kind in ("counter", "histogram") for file in self._folder.glob(f"{kind}_*.db")]
        counted = {family.name: family for family in MultiProcessCollector.merge(files)}  # type: ignore[no-untyped-call]
        for metric in METRICS:
            if metric.kind != "gauge" and metric.where != "supervisor":
                # Also what nothing was counted of yet: a rule that asks for it must find its name.
                yield counted.get(metric.name) or Family(metric.name, metric.help, metric.kind)
        gauges: dict[str, dict[tuple[tuple[str, str], ...], list[float]]] = {}
        apart: dict[str, Family] = {}
        for child, page in zip(self._children, self._pages, strict=True):
            for family in text_string_to_metric_families(page or ""):
                if family.name.startswith("process_"):
                    known = apart.setdefault(
                        family.name, Family(family.name, family.documentation, family.type)
                    )
                    for sample in family.samples:
                        known.add_sample(
                            sample.name, {**sample.labels, "process": str(child.number)}, sample.value
                        )
                elif family.type == "gauge":
                    values = gauges.setdefault(family.name, {})
                    for sample in family.samples:
                        values.setdefault(tuple(sorted(sample.labels.items())), []).append(sample.value)
        if None in self._pages:
            gauges.setdefault(READY.name, {})[()] = [0.0]
        yield from _folded(gauges)
        yield from apart.values()
        yield from self._of_processes()

    def _of_processes(self) -> Iterable[Family]:
        up = GaugeMetricFamily(PROCESS_UP.name, PROCESS_UP.help, labels=PROCESS_UP.label_names)
        starts = CounterMetricFamily(
            PROCESS_STARTS.name, PROCESS_STARTS.help, labels=PROCESS_STARTS.label_names
        )
        for child in self._children:
            up.add_metric([str(child.number)], float(child.pid is not None))
            starts.add_metric([str(child.number)], child.starts)
        yield from (up, starts)


def _folded(gauges: Mapping[str, Mapping[tuple[tuple[str, str], ...], Sequence[float]]]) -> Iterable[Family]:
    """One gauge of those of all processes."""
    for name, values in gauges.items():
        metric = BY_NAME[name]
        family = GaugeMetricFamily(name, metric.help)
        for labels, found in values.items():
            family.add_sample(name, dict(labels), _FOLD[metric.together](found))
        yield family
