"""One run of the bench: a broker, the loads, and what is measured over them, in order."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench import burst, latency, recovery, scale, shapes
from bench.at_rest import DAYS, bytes_per_account, states_of
from bench.cores import MEASURED, OTHERS, children_on, cores
from bench.figures import Figures, together
from bench.load import records
from bench.past_run import PastFigures, run_past
from bench.pasts import write_folder, write_parquet
from bench.publish import Published, publish
from bench.report import Document, Load, Measured, Profiled, document, load_of
from bench.shapes import Shape
from bench.stock_run import run_stock_faust, start_behind, usage_ends
from bench.worker_run import Run, run_worker
from schemas.topics import TOPICS
from streams.detection.units import DAY_MS
from streams.devkafka import local_kafka
from streams.worker.admin import Admin
from streams.worker.process import WorkerProcess

BUILD = Path("build")
_SOURCES = {name: TOPICS[name].partitions for name in ("product-usage", "support-changes", "crm-changes")}
#: Longest run of the worker, in s; what takes longer is broken, not slow.
_LIMIT_S, _QUICK_LIMIT_S = 400.0, 200.0
_STOCK_S, _QUICK_STOCK_S = 20.0, 8.0
#: Days behind the measured ones that are read under the sampler.
_PROFILED_DAYS = 3
_SHARES = (0.2, 0.8)
_NOTES, _QUICK_NOTES = 300, 60
_NOTES_PER_S = 20.0
_LATENCY_S = 4.0  # beside the time of the notes
_RECOVERED_USERS = 10


class Bench:
    """Measures everything once.

    Args:
        seed: of the loads.
        quick: shorter runs.
    """

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

    def run(self, dense: Shape, sparse: Shape, wide: Shape, pasts: Mapping[str, Shape]) -> Document:
        """Everything, in order; `pasts` (dense, sparse) are for backtests. Raises Failed and what Kafka and the
        worker raise."""
        BUILD.mkdir(exist_ok=True)
        with self._progress, children_on(self._core(OTHERS)), local_kafka(say=self._say) as broker:
            self._brokers = broker.bootstrap
            runs: dict[str, Run] = {}
            loads: dict[str, Load] = {}
            runs["dense"], before, loads["dense"] = self._dense(dense)
            profiles = {"dense": self._profiled_dense(dense)}
            latencies = self._latencies(dense, runs["dense"].figures)
            runs["sparse"], loads["sparse"] = self._whole("sparse-", sparse)
            # Once beside each of our own runs that it is compared with: machines do not keep their speed.
            stock = together([before, self._stock("dense-")])
            profiles["sparse"] = self._profiled_sparse(sparse)
            runs["wide"], loads["wide"] = self._whole("wide-", wide)
            scaled = self._scale(dense)
            states = states_of(_RECOVERED_USERS, self._seed, events_a_day=2)
            woken = self._burst(states)
            recovered = self._recovery(states)
        with self._step("accounts at rest", 1):
            at_rest = bytes_per_account(self._seed)
        with self._progress:
            backtests = self._pasts(pasts)
        measured = Measured(
            runs, stock, loads, profiles, latencies, recovered, scaled, woken, at_rest, backtests
        )
        return document(measured, self._cores, quick=self._quick)

    def _dense(self, shape: Shape) -> tuple[Run, Figures, Load]:
        prefix = "dense-"
        self._topics(prefix)
        history = self._publish(prefix, shape, 0, shape.history_days)
        self._worker(prefix, "worker: dense, filling the windows", history.all_events)
        ends = asyncio.run(usage_ends(self._brokers, prefix))
        measured = self._publish(prefix, shape, shape.history_days, shape.all_days)
        asyncio.run(start_behind(self._brokers, prefix, ends))
        stock = self._stock(prefix)
        run = self._worker(prefix, "worker: dense", measured.all_events)
        events = history.all_events + measured.all_events
        return run, stock, load_of(shape, events, history.all_events, self._seed)

    def _whole(self, prefix: str, shape: Shape) -> tuple[Run, Load]:
        self._topics(prefix)
        published = self._publish(prefix, shape, 0, shape.all_days)
        run = self._worker(prefix, f"worker: {shape.name}", published.all_events)
        return run, load_of(shape, published.all_events, 0, self._seed)

    def _profiled_dense(self, shape: Shape) -> Profiled:
        """The days behind the measured ones: all windows are full."""
        first = shape.all_days
        published = self._publish("dense-", shape, first, first + _PROFILED_DAYS)
        run = self._worker("dense-", "worker: dense, sampled", published.all_events, sampled="dense")
        return Profiled(run, shape.accounts * _PROFILED_DAYS)

    def _profiled_sparse(self, shape: Shape) -> Profiled:
        """The whole load once more: with fewer accounts, time itself would weigh more than it does."""
        prefix = "sparse-sampled-"
        self._topics(prefix)
        published = self._publish(prefix, shape, 0, shape.all_days)
        run = self._worker(prefix, "worker: sparse, sampled", published.all_events, sampled="sparse")
        return Profiled(run, shape.accounts * shape.days)

    def _latencies(self, shape: Shape, reached: Figures) -> list[latency.Latency]:
        """Under a steady load, on the accounts of the dense load."""
        return [self._latency(shape, share, reached["events_per_s"]) for share in _SHARES]

    def _latency(self, shape: Shape, share: float, full_rate: float) -> latency.Latency:
        notes = _QUICK_NOTES if self._quick else _NOTES
        accounts = latency.probe_accounts(f"probe{share:.0%}", notes)
        seconds = notes / _NOTES_PER_S + _LATENCY_S
        # Behind everything published so far, a day for each share.
        day = shape.all_days + _PROFILED_DAYS + 20 * _SHARES.index(share)
        wanted = round(share * full_rate * seconds)
        days = 1 + -(-wanted // (shape.accounts * shape.events_a_day))
        load = [
            record for record in records(shape, self._seed, day, day + days) if record.account_id is not None
        ]
        load[:0] = latency.introductions(accounts, day * DAY_MS)
        with (
            self._step(f"latency at {share:.0%} of {full_rate:,.0f} events/s", notes) as told,
            self._running("dense-"),
        ):
            return latency.measure(
                self._brokers,
                "dense-",
                _SOURCES,
                iter(load),
                day * DAY_MS,
                share=share,
                full_rate=full_rate,
                accounts=accounts,
                per_s=_NOTES_PER_S,
                told=told,
            )

    def _scale(self, shape: Shape) -> scale.Scale:
        """One worker and then two over twice the dense days, the windows empty. Of a small load the first one would
        leave nothing: a second one takes some ten seconds to join."""
        shape = max(shape, shapes.dense(), key=lambda each: each.accounts)
        prefix = "scale-"
        self._topics(prefix)
        published = self._publish(prefix, replace(shape, history_days=0), 0, 2 * shape.days)
        with self._step("worker: a second one joins", published.all_events) as told:
            return scale.measure(
                self._brokers,
                prefix,
                published.all_events,
                core=self._core(MEASURED),
                log=BUILD / "bench-scale-worker.log",
                limit_s=_LIMIT_S,
                told=told,
            )

    def _burst(self, states: list[bytes]) -> burst.Burst:
        prefix = "burst-"
        accounts = burst.ACCOUNTS // 10 if self._quick else burst.ACCOUNTS
        self._topics(prefix)
        with self._step("worker: everybody is woken", accounts) as told:
            return burst.measure(
                self._brokers,
                prefix,
                burst.Held(states, accounts, DAYS - 1),
                _SOURCES,
                core=self._core(MEASURED),
                log=BUILD / "bench-burst-worker.log",
                told=told,
            )

    def _recovery(self, states: list[bytes]) -> recovery.Recovery:
        prefix = "recovery-"
        accounts = recovery.ACCOUNTS // 10 if self._quick else recovery.ACCOUNTS
        self._topics(prefix)
        with self._step("writing states", accounts) as told:
            asyncio.run(recovery.write_states(self._brokers, prefix, states, accounts, told))
        with self._step("worker: recovery", 1):
            return recovery.recover(
                self._brokers,
                prefix,
                accounts,
                states,
                core=self._core(MEASURED),
                log=BUILD / "bench-recovery-worker.log",
            )

    def _pasts(self, loads: Mapping[str, Shape]) -> dict[str, PastFigures]:
        """The dense one twice: as a folder of topics, and as one Parquet file."""
        found: dict[str, PastFigures] = {}
        with tempfile.TemporaryDirectory(prefix="twomotion-bench-") as folder:
            for name, shape in loads.items():
                files = Path(folder) / name
                events = shape.accounts * shape.all_days * shape.events_a_day
                with self._step(f"writing a {name} past", events) as told:
                    write_folder(shape, self._seed, files, told)
                found[name] = self._past(name, files)
            table = Path(folder) / "dense.parquet"
            with self._step("the dense past as Parquet", 1):
                write_parquet(Path(folder) / "dense", table)
            found["parquet"] = self._past("parquet", table)
        return found

    def _past(self, name: str, history: Path) -> PastFigures:
        with self._step(f"backtest: {name}", 1):
            return run_past(history, core=self._core(MEASURED))

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

    def _worker(self, prefix: str, what: str, events: int, sampled: str = "") -> Run:
        with self._step(what, events) as told:
            return run_worker(
                self._brokers,
                prefix,
                events,
                core=self._core(MEASURED),
                log=BUILD / f"bench-{prefix}worker.log",
                limit_s=_QUICK_LIMIT_S if self._quick else _LIMIT_S,
                told=told,
                profile=BUILD / f"bench-{sampled}-profile.json" if sampled else None,
            )

    @contextmanager
    def _running(self, prefix: str) -> Iterator[None]:
        """A worker that has nothing left to do."""
        log = BUILD / f"bench-{prefix}latency-worker.log"
        worker = WorkerProcess(self._brokers, prefix, options=("--clock", "replay"), log=log)
        with children_on(self._core(MEASURED)):
            worker.start()
        try:
            worker.wait_ready()
            worker.wait_caught_up()
            yield
            worker.wait_caught_up()
        finally:
            worker.stop()

    def _stock(self, prefix: str) -> Figures:
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
