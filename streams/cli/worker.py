"""`twomotion worker`: events in, alerts out, until it is told to end."""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from pathlib import Path

import click

from streams.cli.brokers import brokers_option
from streams.cli.output import Exit, Failure
from streams.cli.overlays import overlay_option, reference_option
from streams.worker.admin import BrokerUnreachable
from streams.worker.settings import SettingsError, WorkerSettings, settings_from


@click.command(
    epilog="""\b
Examples:
  twomotion worker --brokers localhost:9092
  twomotion worker --brokers localhost:9092 --stages engine
  twomotion worker --overlay starter --overlay ./our-catalog
  twomotion worker --reference ./our-company
  TWOMOTION_BROKERS=kafka-1:9092,kafka-2:9092 TWOMOTION_COMMIT_INTERVAL_S=5 twomotion worker

A catalog that was activated (`twomotion catalog activate`) rules its motion instead of the bundled one
and of the overlays.
Every setting is also an environment variable, TWOMOTION_ and its name.
Exit codes: 0 ended in order, 1 could not start, 3 no Kafka answers
(the message says what to do),
70 stopped itself because it was unsure what was written: start it again.
"""
)
@brokers_option
@overlay_option
@reference_option
@click.option("--prefix", help="In front of every topic name and of the group id.")
@click.option("--stages", help="door, engine or both (the default): door,engine.")
@click.option("--clock", type=click.Choice(["replay"]), help="What moves time: events and heartbeats alone.")
@click.option("--metrics-port", type=click.IntRange(0, 65535), help="Port of /metrics; 0 takes a free one.")
@click.option("--no-metrics", is_flag=True, help="No /metrics, /status, /readyz, /livez.")
@click.option(
    "--ready-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Written (JSON: pid, url) when ready.",
)
@click.option("--parent-pid", type=int, hidden=True, help="End when this process is gone.")
def worker(
    brokers: str,
    overlays: tuple[Path, ...],
    reference: Path | None,
    prefix: str | None,
    stages: str | None,
    clock: str | None,
    metrics_port: int | None,
    no_metrics: bool,
    ready_file: Path | None,
    parent_pid: int | None,
) -> None:
    """Run one worker until Ctrl-C or SIGTERM; start several to share the partitions."""
    settings = _settings(
        brokers=brokers,
        prefix=prefix,
        stages=tuple(part.strip() for part in stages.split(",")) if stages is not None else None,
        clock=clock,
        metrics_port=-1 if no_metrics else metrics_port,
    )
    # Imported late: Faust alone costs half a second, and a wrong setting should be said at once.
    from streams.assembly import load_system
    from streams.detection.catalog.problems import CatalogError
    from streams.detection.engine import PartitionEngine
    from streams.worker.checks import NotReady
    from streams.worker.run import run_worker

    def make_engine(partition: int, rest: MutableMapping[bytes, bytes]) -> PartitionEngine:
        return PartitionEngine(system, partition, rest)

    try:
        system = load_system(reference_dir=reference, overlays=overlays)
        run_worker(settings, make_engine, ready_file, parent_pid)
    except CatalogError as wrong:
        raise Failure(str(wrong), hint="Nothing was started: a wrong catalog never runs.") from None
    except BrokerUnreachable as refused:
        raise Failure(str(refused), exit_code=Exit.NOT_RUNNING) from None
    except NotReady as refused:
        raise Failure(str(refused)) from None


def _settings(**given: object) -> WorkerSettings:
    try:
        return settings_from(os.environ, **given)
    except SettingsError as wrong:
        raise Failure(str(wrong)) from None
