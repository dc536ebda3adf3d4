"""One run of the worker over what has been published."""

from __future__ import annotations

import asyncio
import time
import urllib.error
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from aiokafka import AIOKafkaConsumer, TopicPartition
from prometheus_client.parser import text_string_to_metric_families

from bench.changelog import changelog_bytes
from bench.cores import children_on
from bench.figures import Figures, figures
from bench.inside import Started, ask, started_as
from bench.sampled_worker import Profile
from bench.watching import Failed, Watch
from schemas.topics import TOPICS, real_name
from streams.worker.process import WorkerProcess

#: Asking costs the worker some ms each time: seldom, and more often near the end.
_ASK_S = 1.0
_ASK_NEAR_END_S = 0.2
_NEAR_END = 0.9
_CAUGHT_UP_S = 60.0


@dataclass(frozen=True)
class Run:
    """A worker's figures, and what it found on its way."""

    figures: Figures
    counts: Mapping[str, float]  #: see `counts`
    changelog_bytes: int = 0  #: written to the changelog meanwhile
    profile: Profile | None = None


def run_worker(
    brokers: str,
    prefix: str,
    events: int,
    *,
    core: int | None,
    log: Path,
    limit_s: float,
    told: Callable[[int], None],
    profile: Path | None = None,
) -> Run:
    """Start a worker, wait until it has folded and committed `events`, and end it.

    Args:
        events: how many unprocessed ones lie on the source topics.
        core: the core it may use; None: any.
        limit_s: give up after so long.
        told: called with the number of events done so far.
        profile: run under the sampler, which writes this file; costs about 1 %.

    Raises Failed.
    """
    ends = asyncio.run(_journal_ends(brokers, prefix))
    written = changelog_bytes(brokers, prefix)
    log.unlink(missing_ok=True)
    inside = Started() if profile is None else started_as("bench.sampled_worker", profile)
    worker = WorkerProcess(brokers, prefix, options=("--clock", "replay"), log=log, **inside)
    launched = time.time()
    with children_on(core):
        worker.start()
    try:
        worker.wait_ready()
        watch = Watch(worker.pid)
        page = _watch_until(worker, watch, events, launched + limit_s, told)
        ended = watch.samples[-1].at
        worker.wait_caught_up(_CAUGHT_UP_S)
        watch.sample(lambda: events)
        page = counts(worker.metrics())
        sampled: Profile | None = ask(worker.pid, profile) if profile is not None else None
    finally:
        worker.stop()
    _check(page, events)
    began = asyncio.run(_first_journalled(brokers, prefix, ends))
    result = figures(
        watch.samples, launched=launched, began=began, ended=ended, events=events, peak_mb=watch.peak_mb
    )
    return Run(result, page, changelog_bytes(brokers, prefix) - written, sampled)


def _watch_until(
    worker: WorkerProcess, watch: Watch, events: int, deadline: float, told: Callable[[int], None]
) -> Mapping[str, float]:
    """Sample until all events are done."""
    page: Mapping[str, float] = {}

    def count() -> int:
        nonlocal page
        try:
            page = counts(worker.metrics())
        except (OSError, urllib.error.URLError):
            worker.is_ready()  # raises when it has ended; else it was busy, and is asked again
        return _done(page)

    while True:
        done = watch.sample(count).events
        told(done)
        if done >= events:
            return page
        if time.time() > deadline:
            raise Failed(f"the worker did {done} of {events} events in the time that a run may take")
        time.sleep(_ASK_NEAR_END_S if done >= events * _NEAR_END else _ASK_S)


def _done(page: Mapping[str, float]) -> int:
    """Source events that the engine has committed, whatever it did with them."""
    return round(sum(page.get(f"records/{name}", 0.0) for name in ("folded", "publisher_repeat", "too_late")))


def counts(page: str) -> dict[str, float]:
    """The counters of a /metrics page that this program reads, by short names."""
    counts: dict[str, float] = {}

    def add(name: str, value: float) -> None:
        counts[name] = counts.get(name, 0.0) + value

    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            labels = sample.labels
            match sample.name:
                case "twomotion_journal_records_total":
                    add(f"records/{labels['outcome']}", sample.value)
                case "twomotion_events_total":
                    add(f"door/{labels['outcome']}", sample.value)
                case "twomotion_messages_total":
                    add(f"messages/{labels['topic']}", sample.value)
                case "twomotion_evaluations_total":
                    add("evaluations", sample.value)
                case "twomotion_wakeups_total":
                    add("wakeups", sample.value)
                case "twomotion_states_written_total":
                    add("states_written", sample.value)
                case "twomotion_accounts":
                    add("accounts", sample.value)
                case "twomotion_state_bytes":
                    add("state_bytes", sample.value)
    return counts


def _check(page: Mapping[str, float], events: int) -> None:
    if page.get("door/rejected") or page.get("records/too_late") or page.get("records/publisher_repeat"):
        raise Failed(f"the load is not what it should be, the worker refused a part of it: {dict(page)}")
    if _done(page) != events:
        raise Failed(f"{events} events were published, the worker folded {_done(page)}")


# -- the journal, by the broker's own clock -------------------------------------------------------


def _consumer(brokers: str) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(bootstrap_servers=brokers, enable_auto_commit=False, max_poll_records=32)


def _journal(prefix: str) -> list[TopicPartition]:
    name = real_name(prefix, "account-journal")
    return [TopicPartition(name, n) for n in range(TOPICS["account-journal"].partitions)]


async def _journal_ends(brokers: str, prefix: str) -> dict[TopicPartition, int]:
    consumer = _consumer(brokers)
    await consumer.start()
    try:
        return dict(await consumer.end_offsets(_journal(prefix)))
    finally:
        await consumer.stop()


async def _first_journalled(brokers: str, prefix: str, ends: Mapping[TopicPartition, int]) -> float:
    """When the broker appended the first record behind these ends (LogAppendTime), s since the epoch."""
    consumer = _consumer(brokers)
    await consumer.start()
    try:
        times: list[int] = []
        now = await consumer.end_offsets(list(ends))
        for tp, end in ends.items():
            if now[tp] == end:
                continue
            consumer.assign([tp])
            consumer.seek(tp, end)
            record = await asyncio.wait_for(consumer.getone(), 10.0)
            times.append(record.timestamp)
        if not times:
            raise Failed("nothing was journalled")
        return min(times) / 1000
    finally:
        await consumer.stop()
