"""Whether the sources are alive, as the watermarks that a worker has folded tell it."""

from __future__ import annotations

from collections.abc import Sequence

from streams.detection.clocks import Clocks, Feed
from streams.detection.units import SECOND_MS, Millis, moment_of
from streams.worker.report import FeedStatus


def feeds_of(clocks: Sequence[Clocks], now_ms: Millis | None) -> list[FeedStatus]:
    """Every feed that was ever heard of, by source and name.

    Args:
        clocks: of the worker's journal partitions; what the furthest of them knows counts.
        now_ms: the time that silence is measured up to; None: the source's own, as far as it has come.
    """
    time_of: dict[str, Millis] = {}
    last_seen: dict[Feed, Millis] = {}
    for each in clocks:
        for source, systems in each.state.feeds.items():
            time_of[source] = max(time_of.get(source, 0), each.topic(source))
            for system, seen in systems.items():
                last_seen[source, system] = max(seen, last_seen.get((source, system), seen))
    found: list[FeedStatus] = []
    for (source, system), seen in sorted(last_seen.items()):
        patience = clocks[0].stall_after(source, system)
        until = time_of[source] if now_ms is None else now_ms
        found.append(
            FeedStatus(
                source=source,
                feed=system,
                last_seen=moment_of(seen).isoformat(),
                silence_seconds=max(0, until - seen) / SECOND_MS,
                stalled=patience is not None and seen + patience < time_of[source],
            )
        )
    return found
