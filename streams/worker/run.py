"""Running a worker in this process: checks first, then signals, HTTP and the worker itself."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import signal
from pathlib import Path

import uvloop

from streams.worker.admin import Admin
from streams.worker.app import Worker
from streams.worker.checks import check_broker
from streams.worker.engine_stage import MakeEngine
from streams.worker.logs import set_up_logging
from streams.worker.settings import WorkerSettings
from streams.worker.status import Asked, serve
from streams.worker.topics import Topics

_log = logging.getLogger(__name__)

#: How often the parent is looked for, in s.
_PARENT_S = 0.5


def run_worker(
    settings: WorkerSettings,
    make_engine: MakeEngine,
    ready_file: Path | None = None,
    parent_pid: int | None = None,
) -> None:
    """Run a worker in this process until SIGTERM or SIGINT.

    Args:
        ready_file: written (JSON: pid, url) when the worker is ready for the first time.
        parent_pid: end when this process is not the parent any more.

    Raises:
        BrokerUnreachable, NotReady: nothing was started, the message says what to do.
    """
    set_up_logging()
    with Admin(settings.brokers) as admin:
        topics = check_broker(admin, settings)
    # Events and records make garbage without cycles: what the collector walks is what lives anyway. Its usual
    # threshold costs 15 % of the time, a higher one no memory that could be measured.
    gc.freeze()
    gc.set_threshold(100_000, 50, 1_000)
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    asyncio.run(_live(settings, topics, make_engine, ready_file, parent_pid))


async def _live(
    settings: WorkerSettings,
    topics: Topics,
    make_engine: MakeEngine,
    ready_file: Path | None,
    parent_pid: int | None,
) -> None:
    worker = Worker(settings, topics, make_engine)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, worker.end.set)
    url = None
    if settings.metrics_port is not None:
        asked = Asked(loop, worker.status, worker.refresh_metrics, worker.is_ready, worker.engine_of)
        server = serve(settings.metrics_host, settings.metrics_port, asked, worker.metrics)
        url = f"http://{settings.metrics_host}:{server.server_port}"
        _log.info("metrics at %s/metrics", url)
    telling = asyncio.create_task(_tell(worker, settings, url, ready_file))
    watching = asyncio.create_task(_end_with(parent_pid, worker.end)) if parent_pid is not None else None
    await worker.run()
    telling.cancel()
    if watching is not None:
        watching.cancel()
    _log.info("ended")


async def _end_with(parent_pid: int, end: asyncio.Event) -> None:
    """End when the parent is gone, however it went: nobody else would end this process."""
    while os.getppid() == parent_pid:
        await asyncio.sleep(_PARENT_S)
    end.set()


async def _tell(worker: Worker, settings: WorkerSettings, url: str | None, ready_file: Path | None) -> None:
    await worker.ready.wait()
    _log.info("ready: %s, stages %s, prefix %r", settings.brokers, ",".join(settings.stages), settings.prefix)
    if ready_file is not None:
        partial = ready_file.with_suffix(".part")
        partial.write_text(json.dumps({"pid": os.getpid(), "url": url}))
        partial.replace(ready_file)
