"""Series of the listed metrics, with their labels kept within bounds."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Final, Generic, TypeVar

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client import Metric as Family
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from streams.worker.metric_types import OTHER, Label, Metric

_Made = TypeVar("_Made", Counter, Histogram)

#: Combinations of closed labels up to which all are shown from the start, so that a rate sees their first increase.
_SHOWN_AT_ONCE: Final = 60


class Bounds:
    """What a label's values become: themselves, or `other`."""

    def __init__(self, labels: Iterable[Label]) -> None:
        self._labels = tuple(labels)
        self._seen: list[set[str]] = [set(label.values) for label in self._labels]

    def of(self, values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(
            value if value in seen or self._has_room(label, seen, value) else OTHER
            for label, seen, value in zip(self._labels, self._seen, values, strict=True)
        )

    @staticmethod
    def _has_room(label: Label, seen: set[str], value: str) -> bool:
        if label.values or len(seen) >= label.most or not value:
            return False
        seen.add(value)
        return True


class Series(Generic[_Made]):
    """A counter or a histogram whose labels stay within their bounds."""

    def __init__(self, metric: Metric, made: _Made) -> None:
        self._made: _Made = made
        self._bounds = Bounds(metric.labels)
        self._known: dict[tuple[str, ...], _Made] = {}
        closed = all(label.values for label in metric.labels)
        if metric.labels and closed and metric.bound <= _SHOWN_AT_ONCE:
            for values in itertools.product(*(label.values for label in metric.labels)):
                self.labels(*values)

    def labels(self, *values: str) -> _Made:
        """The series of these label values, in the order of the list."""
        child = self._known.get(values)
        if child is None:
            bounded = self._bounds.of(values)
            child = self._known.get(bounded)
            if child is None:
                child = self._known[bounded] = self._made.labels(*bounded) if bounded else self._made
        return child


class Gauges(Collector):
    """All gauges of a process: each is set as a whole, so that a page never shows a half of it."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._values: dict[Metric, Mapping[tuple[str, ...], float]] = {metric: {} for metric in metrics}
        self._bounds = {metric: Bounds(metric.labels) for metric in self._values}

    def set(self, metric: Metric, value: float) -> None:
        """The value of a gauge without labels."""
        self._values[metric] = {(): float(value)}

    def replace(self, metric: Metric, values: Mapping[tuple[str, ...], float]) -> None:
        """All series of a gauge; those that are not named are gone. Of what shares `other`, the most is shown."""
        bounded: dict[tuple[str, ...], float] = {}
        for labels, value in values.items():
            key = self._bounds[metric].of(labels)
            bounded[key] = max(value, bounded.get(key, value))
        self._values[metric] = bounded

    def collect(self) -> Iterable[Family]:
        for metric, values in self._values.items():
            family = GaugeMetricFamily(metric.name, metric.help, labels=metric.label_names)
            for labels, value in values.items():
                family.add_metric(labels, value)
            yield family


def counter(metric: Metric, registry: CollectorRegistry) -> Series[Counter]:
    made = Counter(metric.name, metric.help, metric.label_names, registry=registry)
    return Series(metric, made)


def histogram(metric: Metric, registry: CollectorRegistry) -> Series[Histogram]:
    made = Histogram(metric.name, metric.help, metric.label_names, registry=registry, buckets=metric.buckets)
    return Series(metric, made)
