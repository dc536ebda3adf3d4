"""`python -m bench`: publish, measure, compare, print."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench.cores import MEASURED, OTHERS, children_on, cores
from bench.figures import Figures, TooShort
from bench.load import USAGE, records
from bench.publish import Published, publish
from bench.report import Document, Load, document, load_of, table
from bench.shapes import DENSE_EVENTS, QUICK_SHARE, SPARSE_EVENTS, Shape, dense, sparse
from bench.stock_run import run_stock_faust, start_behind, usage_ends
from bench.watching import Failed
from bench.worker_run import Run, run_worker
from schemas.topics import TOPICS
from streams.devkafka import KafkaUnavailable, local_kafka
from streams.worker.admin import Admin, BrokerUnreachable
from streams.worker.process import WorkerFailed

BUILD = Path("build")
_SEED = 1
_SOURCES = {name: TOPICS[name].partitions for name in ("product-usage", "support-changes", "crm-changes")}
#: Longest run of the worker, in s; what takes longer is broken, not slow.
_LIMIT_S, _QUICK_LIMIT_S = 150.0, 60.0
_STOCK_S, _QUICK_STOCK_S = 20.0, 8.0


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--quick", is_flag=True, help="A seventh of the load, in about a minute: rough figures.")
@click.option(
    "--events", type=click.IntRange(10_000, 5_000_000), help="Measured events of each load, about so many."
)
@click.option("--seed", default=_SEED, show_default=True, help="Of the load.")
@click.option("--json", "as_json", is_flag=True, help="Print the document instead of the table.")
def main(quick: bool, events: int | None, seed: int, as_json: bool) -> None:
    """Measure one worker's whole path, dense and sparse, beside stock Faust.

    Starts a Kafka of its own on the loopback address and leaves build/bench.json.
    """
    # Topics that were created a moment ago answer with retriable errors, each of them a line.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    share = QUICK_SHARE if quick else 1.0
    shapes = (
        dense(events or round(DENSE_EVENTS * share)),
        sparse(events or round(SPARSE_EVENTS * share)),
    )
    try:
        said = Bench(seed, quick=quick).run(*shapes)
    except (Failed, WorkerFailed, KafkaUnavailable, BrokerUnreachable, TooShort) as failed:
        raise click.ClickException(str(failed)) from None
    except KeyboardInterrupt:
        raise click.exceptions.Exit(130) from None
    BUILD.mkdir(exist_ok=True)
    text = json.dumps(said, indent=2) + "\n"
    (BUILD / "bench.json").write_text(text)
    if as_json:
        sys.stdout.write(text)
    else:
        Console(highlight=False).print(table(said))


class Bench:
    """One run: a broker, two loads, three measurements."""

    def __init__(self, seed: int, *, quick: bool) -> None:
        self._seed = seed
        self._quick = quick
        self._cores = cores()
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        )
        self._brokers = ""

    def run(self, dense_shape: Shape, sparse_shape: Shape) -> Document:
        """Everything, in order. Raises Failed and what Kafka and the worker raise."""
        with self._progress, children_on(self._core(OTHERS)), local_kafka(say=self._say) as broker:
            self._brokers = broker.bootstrap
            mine, stock, dense_load = self._dense(dense_shape)
            thin, sparse_load = self._sparse(sparse_shape)
        loads = {"dense": dense_load, "sparse": sparse_load}
        return document(mine, thin, stock, loads, self._cores, quick=self._quick)

    def _dense(self, shape: Shape) -> tuple[Run, Figures, Load]:
        prefix = "dense-"
        self._topics(prefix)
        history = self._publish(prefix, shape, 0, shape.history_days)
        self._worker(prefix, "worker: dense, filling the windows", history.all_events)
        ends = asyncio.run(usage_ends(self._brokers, prefix))
        measured = self._publish(prefix, shape, shape.history_days, shape.all_days)
        asyncio.run(start_behind(self._brokers, prefix, ends))
        stock = self._stock(prefix, measured.events[USAGE])
        run = self._worker(prefix, "worker: dense", measured.all_events)
        events = history.all_events + measured.all_events
        return run, stock, load_of(shape, events, history.all_events, self._seed)

    def _sparse(self, shape: Shape) -> tuple[Run, Load]:
        prefix = "sparse-"
        self._topics(prefix)
        published = self._publish(prefix, shape, 0, shape.all_days)
        run = self._worker(prefix, "worker: sparse", published.all_events)
        return run, load_of(shape, published.all_events, 0, self._seed)

    # -- steps ------------------------------------------------------------------------------------

    def _topics(self, prefix: str) -> None:
        with Admin(self._brokers) as admin:
            admin.apply(prefix)

    def _publish(self, prefix: str, shape: Shape, first: int, last: int) -> Published:
        counted = (
            (last - first)
            * (shape.history_a_day if last <= shape.history_days else shape.events_a_day)
            * shape.accounts
        )
        with self._step(f"publishing {shape.name}, days {first} to {last - 1}", counted) as told:
            load = records(shape, self._seed, first, last)
            return asyncio.run(publish(self._brokers, prefix, _SOURCES, load, told))

    def _worker(self, prefix: str, what: str, events: int) -> Run:
        BUILD.mkdir(exist_ok=True)
        with self._step(what, events) as told:
            return run_worker(
                self._brokers,
                prefix,
                events,
                core=self._core(MEASURED),
                log=BUILD / f"bench-{prefix}worker.log",
                limit_s=_QUICK_LIMIT_S if self._quick else _LIMIT_S,
                told=told,
            )

    def _stock(self, prefix: str, events: int) -> Figures:
        BUILD.mkdir(exist_ok=True)
        seconds = _QUICK_STOCK_S if self._quick else _STOCK_S
        with self._step("stock Faust, seconds", round(seconds)) as told:
            return run_stock_faust(
                self._brokers,
                prefix,
                core=self._core(MEASURED),
                log=BUILD / "bench-stock-faust.log",
                seconds=seconds,
                told=lambda worked: told(round(worked)),
            )

    def _core(self, which: int) -> int | None:
        return self._cores[which] if self._cores else None

    def _say(self, what: str) -> None:
        self._progress.console.print(what, style="dim")

    @contextmanager
    def _step(self, what: str, total: int) -> Iterator[Callable[[int], None]]:
        task = self._progress.add_task(what, total=total)
        yield lambda done: self._progress.update(task, completed=min(done, total))
        self._progress.update(task, completed=total)


if __name__ == "__main__":
    main()
