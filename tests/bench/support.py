"""A made-up run of the bench."""

from __future__ import annotations

from bench.burst import Burst
from bench.figures import Figures
from bench.latency import Latency
from bench.past_run import PastFigures
from bench.recovery import Recovery
from bench.report import Document, Measured, Profiled, document, load_of
from bench.sampled_worker import Profile
from bench.scale import Scale
from bench.shapes import dense, sparse, wide
from bench.stages import STAGES
from bench.worker_run import Run


def part(rate: float, cpu: float, waited: float = 0.0) -> Figures:
    return Figures(
        events=1000,
        seconds=1.0,
        events_per_s=rate,
        with_start_events_per_s=rate / 2,
        start_s=1.0,
        cpu_us_per_event=cpu,
        cpu_share=0.9,
        waited_share=waited,
        peak_mb=100.0,
    )


def made(waited: float = 0.0, dense_rate: float = 60_000) -> Document:
    """Dense 12 and sparse 3 times the rival, each stage a µs an event."""
    counts = {"records/folded": 1000.0, "evaluations": 30.0, "accounts": 10.0, "state_bytes": 30_000.0}
    profile = Profile(stages=dict.fromkeys(STAGES, 0.001), functions={"fold.py:fold<1>": 0.001}, threads={})
    thick = Run(part(dense_rate, 16), counts, 2_000, profile)
    thin = Run(part(15_000, 64), counts, 2_000, profile)
    return document(
        Measured(
            runs={"dense": thick, "sparse": thin, "wide": thin},
            stock=part(5_000, 192, waited),
            loads={shape.name: load_of(shape, 1000, 0, 1) for shape in (dense(), sparse(), wide())},
            profiles={"dense": Profiled(thick, 5), "sparse": Profiled(thin, 500)},
            latencies=[latency(0.2), latency(0.8)],
            recovery=Recovery(accounts=100_000, bytes_per_account=2_500, seconds=9.5, peak_mb=400.0),
            scale=Scale(
                events=800_000,
                alone_cpu_us=25.0,
                together_cpu_us=26.0,
                joined_s=4.5,
                no_progress_s=2.5,
                times_one=1.92,
            ),
            burst=Burst(
                accounts=20_000, wakeups=21_000, seconds=9.0, longest_pause_ms=90.0, p99_pause_ms=40.0
            ),
            at_rest={"10": 2_800, "60": 6_900, "1000": 50_000},
            pasts={"dense": past(45_000), "sparse": past(16_000), "parquet": past(30_000)},
        ),
        [0, 1],
        quick=False,
    )


def past(rate: float) -> PastFigures:
    return PastFigures(
        events=1_000_000,
        accounts=20,
        messages=300,
        seconds=20.0,
        events_per_s=rate,
        cpu_us_per_event=1e6 / rate,
        waited_share=0.0,
        peak_mb=150.0,
    )


def latency(load: float) -> Latency:
    return Latency(
        p50=20.0, p99=45.0, most=50.0, alerts=3, events_per_s=1.0, load=load, sorted_ms=[10.0, 20.0, 50.0]
    )
