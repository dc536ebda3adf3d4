"""Running a worker in this process: checks first, then signals, HTTP and the worker itself."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import uvloop

import streams.worker.broken_connection  # for every client of this process
import streams.worker.lean_faust  # noqa: F401  # before whatever imports Faust
from streams.worker.address import write_address
from streams.worker.admin import Admin
from streams.worker.app import Worker
from streams.worker.checks import check_broker
from streams.worker.explain_page import explain_page
from streams.worker.local_store import LocalStore
from streams.worker.log_ends import LogAdmin
from streams.worker.logs import set_up_logging
from streams.worker.memory import return_large_buffers
from streams.worker.metrics import share_counters
from streams.worker.partition_task import MakeEngine
from streams.worker.rebuild import check_states
from streams.worker.rest import MemoryRest
from streams.worker.settings import WorkerSettings
from streams.worker.status import Asked, serve
from streams.worker.table import NewRest
from streams.worker.topics import STATE, Topics
from streams.worker.tracing import start_tracing

_log = logging.getLogger(__name__)

#: How often the parent is looked for, in s.
_PARENT_S = 0.5


@dataclass(frozen=True)
class Launch:
    """What whoever started this process wants of it.

    Args:
        url_file: written (JSON: pid, url) when the port of /metrics and so on is open.
        ready_file: the same, when the worker is ready for the first time.
        parent_pid: end when this process is not the parent any more.
        number: of this process among those of a supervisor.
    """

    url_file: Path | None = None
    ready_file: Path | None = None
    parent_pid: int | None = None
    number: int | None = None


def run_worker(settings: WorkerSettings, make_engine: MakeEngine, launch: Launch) -> None:
    """Run a worker in this process until SIGTERM or SIGINT.

    Raises:
        BrokerUnreachable, NotReady, StoreUnusable, NoTraces: nothing was started, the message says what to do.
    """
    set_up_logging(launch.number, settings.log_format)
    if launch.number is not None:
        share_counters(launch.number)
    for warning in settings.kafka.warnings():
        _log.warning("%s", warning)
    with ExitStack() as stack:
        with LogAdmin(settings.connection) as admin:
            topics = check_broker(admin, settings)
            if "engine" in settings.stages:
                check_states(admin, settings, topics)
            new_rest = _new_rest(settings, topics, admin, launch.number or 1, stack)
        _run(settings, topics, make_engine, new_rest, launch)


def _new_rest(
    settings: WorkerSettings, topics: Topics, admin: Admin, number: int, stack: ExitStack
) -> NewRest:
    if settings.store == "memory" or "engine" not in settings.stages:
        return lambda partition: MemoryRest()
    folder = settings.data / settings.whole_id / str(number)
    changelog = admin.changelog(settings.prefix, topics.ids[STATE], topics.journal_partitions)
    store = LocalStore(folder, changelog, exactly_once=settings.guarantee == "exactly_once")
    stack.callback(store.close)
    _log.info("account states in %s", folder)
    return store.rest


def _run(
    settings: WorkerSettings, topics: Topics, make_engine: MakeEngine, new_rest: NewRest, launch: Launch
) -> None:
    # Events and records make garbage without cycles: what the collector walks is what lives anyway. Its usual
    # threshold costs 15 % of the time, a higher one no memory that could be measured.
    return_large_buffers()
    gc.freeze()
    gc.set_threshold(100_000, 50, 1_000)
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    asyncio.run(_live(settings, topics, make_engine, new_rest, launch))


async def _live(
    settings: WorkerSettings, topics: Topics, make_engine: MakeEngine, new_rest: NewRest, launch: Launch
) -> None:
    tracing = start_tracing() if settings.traces else None
    worker = Worker(settings, topics, make_engine, new_rest, tracing)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, worker.end.set)
    url = None
    if settings.metrics_port is not None:
        asked = Asked(
            loop, worker.health, worker.metrics.registry, partial(explain_page, find=worker.engine_of)
        )
        server = serve(settings.metrics_host, settings.metrics_port, asked, settings.http_token)
        url = f"http://{settings.metrics_host}:{server.server_port}"
        _log.info("metrics at %s/metrics", url)
        write_address(launch.url_file, url)
    telling = asyncio.create_task(_tell(worker, settings, url, launch.ready_file))
    parent_pid = launch.parent_pid
    watching = asyncio.create_task(_end_with(parent_pid, worker.end)) if parent_pid is not None else None
    await worker.run()
    telling.cancel()
    if tracing is not None:
        tracing.close()
    if watching is not None:
        watching.cancel()
    _log.info("ended")


async def _end_with(parent_pid: int, end: asyncio.Event) -> None:
    """End when the parent is gone, however it went: nobody else would end this process."""
    while os.getppid() == parent_pid:
        await asyncio.sleep(_PARENT_S)
    end.set()


async def _tell(worker: Worker, settings: WorkerSettings, url: str | None, ready_file: Path | None) -> None:
    await worker.health.ready.wait()
    _log.info("ready: %s, stages %s, prefix %r", settings.brokers, ",".join(settings.stages), settings.prefix)
    write_address(ready_file, url)
