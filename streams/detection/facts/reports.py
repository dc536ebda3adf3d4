"""Facts that come as whole reports with an id: news, notes, answers, interests. The newest report counts."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

import msgspec

from streams.detection.facts.bounds import drop_before, make_room
from streams.detection.facts.marks import Mark
from streams.detection.facts.state import Facts
from streams.detection.units import DAY_MS


class Report(Protocol):
    """A struct with the mark of the event that reported it."""

    mark: Mark


R = TypeVar("R", bound=Report)


def put_report(
    facts: Facts, name: str, entries: dict[str, R], key: str, report: R, cap: int, days: int | None = None
) -> bool:
    """Keep a report; True if that changed what is known.

    Of two reports on one thing the one recorded later counts (of equally late ones, the later in the
    journal). One that repeats what is known keeps the mark of the first: the repetition is no occurrence.
    Beyond `cap`, and older than `days` before the newest, the oldest go.
    """
    known = entries.get(key)
    if known is not None:
        if _same(known, report):
            if report.mark.occurred_ms < known.mark.occurred_ms:
                entries[key] = report
            return False
        if report.mark.occurred_ms < known.mark.occurred_ms:
            return False
    entries[key] = report
    if days is not None:
        oldest = report.mark.occurred_ms - days * DAY_MS
        if next(iter(entries.values())).mark.occurred_ms < oldest:
            drop_before(entries, _occurred, oldest)
    if len(entries) > cap:
        make_room(entries, cap, _occurred, facts.dropped, name)
    return key in entries


def _occurred(report: Report) -> int:
    return report.mark.occurred_ms


def _same(known: Any, report: Any) -> bool:
    return bool(msgspec.structs.replace(report, mark=known.mark) == known)
