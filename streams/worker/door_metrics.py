"""What the door counts, once a batch or a statement."""

from __future__ import annotations

import time
from collections.abc import Sequence

from schemas.journal import Watermark
from streams.detection.units import SECOND_MS, Millis
from streams.door.admit import Admitted
from streams.door.clock import SourcePartition
from streams.worker.journal_writer import Item
from streams.worker.metric_list import WATERMARK_DELAY, WATERMARK_TIME
from streams.worker.metrics import WorkerMetrics


class DoorMetrics:
    """A door's own figures; lateness is measured against the last statement of the same assignment."""

    def __init__(self, metrics: WorkerMetrics) -> None:
        self._metrics = metrics
        self._seconds = metrics.batch_seconds.labels("door")
        self._records = metrics.batch_records.labels("door")
        self._complete: dict[SourcePartition, Millis] = {}

    def assign(self) -> None:
        """Another assignment: what was said belongs to the last one."""
        self._complete.clear()

    def judged(
        self, source: SourcePartition, began: float, items: Sequence[Item], times: Sequence[Millis | None]
    ) -> None:
        """A batch was judged since `began` (performance counter); `times` are its events' own."""
        self._seconds.observe(time.perf_counter() - began)
        if not items:
            return
        self._records.observe(len(items))
        complete = self._complete.get(source, 0)
        # Nearly every batch ends here: nothing in it is late.
        if min(filter(None, times), default=complete) < complete:
            late = sum(1 for _, verdict in items if type(verdict) is Admitted and verdict.occurred < complete)
            self._metrics.late_events.labels(source.topic, "behind_watermark").inc(late)

    def journalled(self, source: SourcePartition, oldest_ms: Millis | None) -> None:
        """The journal has acked a batch, whose oldest record came to the broker at this time."""
        if oldest_ms is not None:
            delay_s = max(0.0, time.time() - oldest_ms / SECOND_MS)
            self._metrics.door_delay.labels(source.topic).observe(delay_s)

    def said(self, statement: Watermark) -> None:
        """A watermark was written."""
        said = [mark.up_to for mark in statement.partitions if mark.up_to is not None]
        seen = [feed.last_seen for feed in statement.feeds]
        for mark in statement.partitions:
            if mark.up_to is not None:
                self._complete[SourcePartition(mark.topic, mark.partition)] = mark.up_to
        if said:
            self._metrics.gauges.set(WATERMARK_TIME, min(said) / SECOND_MS)
        if said and seen:
            self._metrics.gauges.set(WATERMARK_DELAY, (max(seen) - min(said)) / SECOND_MS)
