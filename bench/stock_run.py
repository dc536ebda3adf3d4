"""One run of the rival (`stock_faust`) over usage events that have been published."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from bench import stock_faust
from bench.cores import children_on
from bench.figures import Figures, figures
from bench.watching import Failed, Watch

#: From its start until it works; Faust's first rebalances take a few seconds.
_STARTED_WITHIN_S = 60.0
#: Left out at the beginning: the first batches wait for the table.
_WARM_UP_S = 2.0
_LOOK_S = 0.25
_IDLE_S = 3.0


class Count(NamedTuple):
    """What the rival says of itself, several times a second."""

    at: float  #: wall clock, s since the epoch
    done: int  #: events so far


async def usage_ends(brokers: str, prefix: str) -> dict[TopicPartition, int]:
    """Where the usage topic ends now."""
    name = f"{prefix}product-usage"
    tps = [TopicPartition(name, n) for n in range(stock_faust.PARTITIONS)]
    consumer = AIOKafkaConsumer(bootstrap_servers=brokers, enable_auto_commit=False)
    await consumer.start()
    try:
        return dict(await consumer.end_offsets(tps))
    finally:
        await consumer.stop()


async def start_behind(brokers: str, prefix: str, ends: Mapping[TopicPartition, int]) -> None:
    """Let the rival's group begin at these offsets: it gets the same part of the load as the worker."""
    group = f"{prefix}{stock_faust.APP}"
    consumer = AIOKafkaConsumer(bootstrap_servers=brokers, group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(list(ends))
        await consumer.commit(dict(ends))
    finally:
        await consumer.stop()


def run_stock_faust(
    brokers: str, prefix: str, *, core: int | None, log: Path, seconds: float, told: Callable[[float], None]
) -> Figures:
    """Let the rival work for `seconds` (or until nothing is left) and count what it does.

    Args:
        core: the core it may use; None: any.
        told: called with the seconds it has worked so far.

    Raises Failed.
    """
    with tempfile.TemporaryDirectory(prefix="twomotion-bench-") as folder, log.open("wb") as errors:
        given = {stock_faust.BROKERS: brokers, stock_faust.PREFIX: prefix, stock_faust.FOLDER: folder}
        launched = time.time()
        with children_on(core):
            process = subprocess.Popen(
                [sys.executable, "-m", "bench.stock_faust"],
                env={**os.environ, **given},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
        try:
            return _measure(process, launched, seconds, log, told)
        finally:
            _end(process)


def _measure(
    process: subprocess.Popen[bytes],
    launched: float,
    seconds: float,
    log: Path,
    told: Callable[[float], None],
) -> Figures:
    counts: list[Count] = []
    threading.Thread(target=_listen, args=(process, counts), daemon=True).start()
    watch = Watch(process.pid)
    while not _is_enough(counts, seconds):
        time.sleep(_LOOK_S)
        if process.poll() is not None:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
            raise Failed(f"stock Faust ended with exit code {process.returncode}; its log ends with:\n{tail}")
        watch.sample(lambda: counts[-1].done if counts else 0)
        began = _began(counts)
        if began is not None:
            told(counts[-1].at - began)
        elif time.time() > launched + _STARTED_WITHIN_S:
            raise Failed(f"stock Faust did nothing in {_STARTED_WITHIN_S:.0f} s; see {log}")
    began = _began(counts)
    assert began is not None  # else it would not have been enough
    warm = next((count for count in counts if count.at >= began + _WARM_UP_S), counts[-1])
    last = next(count for count in counts if count.done == counts[-1].done)
    return figures(
        watch.samples,
        launched=launched,
        began=warm.at,
        ended=last.at,
        events=last.done - warm.done,
        peak_mb=watch.peak_mb,
    )


def _began(counts: Sequence[Count]) -> float | None:
    return next((count.at for count in counts if count.done), None)


def _is_enough(counts: Sequence[Count], seconds: float) -> bool:
    """Whether it has worked for so long, or has nothing left to do."""
    began = _began(counts)
    if began is None:
        return False
    now, done = counts[-1]
    unchanged_since = next(count.at for count in counts if count.done == done)
    return now - began >= _WARM_UP_S + seconds or now - unchanged_since > _IDLE_S


def _listen(process: subprocess.Popen[bytes], counts: list[Count]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(b"["):
            counts.append(Count(*json.loads(line)))


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()
