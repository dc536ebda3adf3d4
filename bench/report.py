"""What a run of the bench says: one document for programs, a small table for people."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypedDict

from rich import box
from rich.table import Table

from bench.burst import Burst
from bench.figures import Figures, ratio, ratio_by_cpu
from bench.latency import Latency
from bench.past_run import PastFigures
from bench.recovery import Recovery
from bench.scale import Scale
from bench.shapes import Shape
from bench.worker_run import Run

#: Share of the time that others may have the measured core before the rates say more about them.
_BUSY = 0.05
#: Functions of a profile that are shown.
_FUNCTIONS = 30


class Load(TypedDict):
    """What was published for one run."""

    accounts: int
    users: int  #: per account
    events: int  #: all, the history included
    history_events: int  #: processed before the measured part
    days: int
    events_a_day: int  #: per account, in the measured part
    seed: int


class Profiled(NamedTuple):
    """A run under the sampler, and how many account-days it read."""

    run: Run
    account_days: int


@dataclass(frozen=True)
class Measured:
    """All that one run of the bench gave."""

    runs: Mapping[str, Run]  #: dense, sparse, wide
    stock: Figures
    loads: Mapping[str, Load]
    profiles: Mapping[str, Profiled]  #: dense, sparse
    latencies: list[Latency]  #: at 20 and at 80 % load
    recovery: Recovery
    scale: Scale
    burst: Burst
    at_rest: Mapping[str, int]  #: users → bytes
    pasts: Mapping[str, PastFigures]  #: dense, sparse, parquet


class Document(TypedDict):
    """build/bench.json."""

    dense: dict[str, object]
    sparse: dict[str, object]
    wide: dict[str, object]
    stock_faust: Figures
    ratio: dict[str, float]
    stages_us: dict[str, dict[str, float]]  #: CPU an event by stage, from the sampled runs
    functions_us: dict[str, dict[str, float]]  #: those that took most themselves
    latency_ms: Latency
    latency_ms_80: Latency
    recovery_s: float
    recovery: Recovery
    scale: Scale
    burst: Burst
    bytes_per_cold_account: dict[str, int]
    backtest: dict[
        str, PastFigures
    ]  #: of a past in files: dense, sparse; parquet: the dense one as one table
    us_per_account_day: float  #: sparse: evaluation and wake-ups of all signals
    us_per_account_day_dense: float
    load: dict[str, Load]
    machine: dict[str, object]
    quick: bool


def document(measured: Measured, pinned: list[int], *, quick: bool) -> Document:
    """Everything measured, with what was measured on."""
    runs, stock, profiles = measured.runs, measured.stock, measured.profiles
    dense, sparse = runs["dense"].figures, runs["sparse"].figures
    at_20, at_80 = measured.latencies
    return Document(
        dense=_part(runs["dense"]),
        sparse=_part(runs["sparse"]),
        wide=_part(runs["wide"]),
        stock_faust=stock,
        ratio={
            "dense": ratio(dense, stock),
            "sparse": ratio(sparse, stock),
            # Hardly moved by what else the machine does.
            "dense_by_cpu": ratio_by_cpu(dense, stock),
            "sparse_by_cpu": ratio_by_cpu(sparse, stock),
        },
        stages_us={name: _per_event(each.run, "stages") for name, each in profiles.items()},
        functions_us={name: _per_event(each.run, "functions") for name, each in profiles.items()},
        latency_ms=at_20,
        latency_ms_80=at_80,
        recovery_s=measured.recovery["seconds"],
        recovery=measured.recovery,
        scale=measured.scale,
        burst=measured.burst,
        bytes_per_cold_account=dict(measured.at_rest),
        backtest=dict(measured.pasts),
        us_per_account_day=_us_per_account_day(profiles["sparse"]),
        us_per_account_day_dense=_us_per_account_day(profiles["dense"]),
        load=dict(measured.loads),
        machine={
            "cores": os.cpu_count(),
            "worker_core": pinned[0] if pinned else None,
            "broker_core": pinned[1] if pinned else None,
            "python": platform.python_version(),
            "system": f"{platform.system()} {platform.machine()}",
        },
        quick=quick,
    )


def load_of(shape: Shape, events: int, history_events: int, seed: int) -> Load:
    """What was published of a shape."""
    return Load(
        accounts=shape.accounts,
        users=shape.users,
        events=events,
        history_events=history_events,
        days=shape.all_days,
        events_a_day=shape.events_a_day,
        seed=seed,
    )


def _part(run: Run) -> dict[str, object]:
    events = run.counts.get("records/folded", 0) or 1
    accounts = run.counts.get("accounts", 0) or 1
    return {
        **run.figures,
        "bytes_per_account": round(run.counts.get("state_bytes", 0) / accounts),
        "changelog_bytes_per_event": round(run.changelog_bytes / events, 1),
        "states_per_event": round(run.counts.get("states_written", 0) / events, 4),
        "counts": {name: round(value) for name, value in sorted(run.counts.items())},
    }


def _per_event(run: Run, what: str) -> dict[str, float]:
    if run.profile is None:
        return {}
    seconds: Mapping[str, float] = run.profile["stages"] if what == "stages" else run.profile["functions"]
    events = run.figures["events"]
    return {name: round(used / events * 1e6, 2) for name, used in list(seconds.items())[:_FUNCTIONS]}


def _us_per_account_day(profiled: Profiled) -> float:
    profile = profiled.run.profile
    return round(profile["stages"]["evaluate"] / profiled.account_days * 1e6, 1) if profile else 0.0


def table(said: Document) -> Table:
    """The table for people."""
    shown = Table(
        box=box.SIMPLE_HEAD, title="One worker, whole path, one core", title_justify="left", pad_edge=False
    )
    for heading in ("", "events/s", "with start", "µs CPU", "MB", "× Faust", "by CPU"):
        shown.add_column(heading, justify="left" if not heading else "right", no_wrap=True)
    ratios, load = said["ratio"], said["load"]
    rows: list[tuple[str, Mapping[str, object], tuple[float, float] | None]] = [
        (
            f"dense, {load['dense']['events_a_day']} a day",
            said["dense"],
            (ratios["dense"], ratios["dense_by_cpu"]),
        ),
        (
            f"sparse, {load['sparse']['events_a_day']} a day",
            said["sparse"],
            (ratios["sparse"], ratios["sparse_by_cpu"]),
        ),
        (f"wide, {load['wide']['users']} users", said["wide"], None),
        ("stock Faust", dict(said["stock_faust"]), (1.0, 1.0)),
        *((f"backtest, {name}", dict(part), None) for name, part in said["backtest"].items()),
    ]
    for name, part, times in rows:
        rates = [
            f"{part[key]:,.0f}" if key in part else ""
            for key in ("events_per_s", "with_start_events_per_s", "cpu_us_per_event", "peak_mb")
        ]
        shown.add_row(name, *rates, *(("", "") if times is None else (f"{factor:.1f}" for factor in times)))
    shown.caption = "\n".join(_captions(said, max(float(str(part["waited_share"])) for _, part, _ in rows)))
    shown.caption_justify = "left"
    return shown


def _captions(said: Document, waited: float) -> list[str]:
    at_20, at_80 = said["latency_ms"], said["latency_ms_80"]
    cold = ", ".join(f"{size:,} B ({users} users)" for users, size in said["bytes_per_cold_account"].items())
    lines = [
        f"Published to readable: p50 {at_20['p50']:.0f} ms, p99 {at_20['p99']:.0f} ms at 20 % load; "
        f"p50 {at_80['p50']:.0f}, p99 {at_80['p99']:.0f} at 80 %.",
        f"{said['recovery']['accounts']:,} accounts recovered in {said['recovery_s']:.1f} s. "
        f"A sparse account-day: {said['us_per_account_day']:.0f} µs.",
        f"A second worker joins: nobody did anything for {said['scale']['no_progress_s']:.1f} s; an event then costs "
        f"{said['scale']['together_cpu_us']:.0f} µs instead of {said['scale']['alone_cpu_us']:.0f}, so that two do "
        f"{said['scale']['times_one']:.1f} times what one does where they have a core each.",
        f"{said['burst']['wakeups']:,} wake-ups at once, done in {said['burst']['seconds']:.0f} s: the worker's loop "
        f"paused for {said['burst']['longest_pause_ms']:.0f} ms at most (p99 {said['burst']['p99_pause_ms']:.0f}).",
        f"An account at rest: {cold}.",
        "Backtest, one process: "
        + ", ".join(
            f"{part['events']:,} events of {part['accounts']:,} accounts ({name})"
            for name, part in said["backtest"].items()
        )
        + ".",
    ]
    if waited > _BUSY:
        lines.append(
            f"Something else had the measured core for up to {waited:.0%} of the time: "
            "trust the CPU columns, or run again on a quiet machine."
        )
    return lines
