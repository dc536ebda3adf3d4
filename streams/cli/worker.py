"""`twomotion worker`: events in, alerts out, until it is told to end."""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from pathlib import Path

import click

from streams.cli.brokers import brokers_option
from streams.cli.output import Exit, Failure
from streams.cli.overlays import overlay_option, reference_option
from streams.connection import Connection
from streams.worker.settings import SettingsError, WorkerSettings, settings_from


@click.command(
    epilog="""\b
Examples:
  twomotion worker --brokers localhost:9092
  twomotion worker --processes 4 --metrics-port 9100
  twomotion worker --clock replay
  twomotion worker --guarantee at_least_once
  twomotion worker --store rocksdb --data /var/lib/twomotion
  twomotion worker --rebuild
  twomotion worker --overlay starter --overlay ./our-catalog
  twomotion worker --brokers localhost:9092 --stages engine
  twomotion worker --reference ./our-company
  TWOMOTION_BROKERS=kafka-1:9092,kafka-2:9092 TWOMOTION_COMMIT_INTERVAL_S=5 twomotion worker

A catalog that was activated (`twomotion catalog activate`) rules its motion instead of the bundled one
and of the overlays.
Every setting is also an environment variable, TWOMOTION_ and its name (docs/settings.md).
Exit codes: 0 ended in order, 1 could not start, 3 no Kafka answers
(the message says what to do),
70 stopped itself because it was unsure what was written: start it again, or let --restart do it.
"""
)
@brokers_option
@overlay_option
@reference_option
@click.option("--prefix", help="In front of every topic name and of the group id.")
@click.option(
    "--processes",
    type=click.IntRange(1, 256),
    help="Worker processes on this host; from 2 on a supervisor keeps them running.",
)
@click.option("--restart", is_flag=True, default=None, help="A supervisor for one process too.")
@click.option("--stages", help="door, engine or both (the default): door,engine.")
@click.option(
    "--clock",
    type=click.Choice(["live", "replay"]),
    help="What moves time: the time of day (live, the default), or events and heartbeats alone (replay, for history).",
)
@click.option(
    "--guarantee",
    type=click.Choice(["exactly_once", "at_least_once"]),
    help="What a crash may do to alerts; at_least_once is for brokers without transactions.",
)
@click.option(
    "--store",
    type=click.Choice(["memory", "rocksdb"]),
    help="Where account states rest; rocksdb (an extra) is for more accounts than memory.",
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the store rocksdb (default: twomotion-data).",
)
@click.option(
    "--rebuild",
    is_flag=True,
    help="The states' topic is lost: fold the journal anew, and tell nothing twice. All workers must be ended.",
)
@click.option(
    "--log-format", type=click.Choice(["console", "json"]), help="Log lines for people, or as JSON objects."
)
@click.option("--traces", is_flag=True, default=None, help="OpenTelemetry traces (an extra: otel).")
@click.option("--metrics-port", type=click.IntRange(0, 65535), help="Port of /metrics; 0 takes a free one.")
@click.option("--no-metrics", is_flag=True, help="No /metrics, /status, /readyz, /healthz.")
@click.option(
    "--ready-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Written (JSON: pid, url) when ready.",
)
@click.option("--parent-pid", type=int, hidden=True, help="End when this process is gone.")
@click.option("--url-file", type=click.Path(dir_okay=False, path_type=Path), hidden=True)
@click.option("--number", type=int, hidden=True, help="Of this process among those of a supervisor.")
def worker(
    brokers: Connection,
    overlays: tuple[Path, ...],
    reference: Path | None,
    prefix: str | None,
    processes: int | None,
    restart: bool | None,
    stages: str | None,
    clock: str | None,
    guarantee: str | None,
    store: str | None,
    data: Path | None,
    rebuild: bool,
    log_format: str | None,
    traces: bool | None,
    metrics_port: int | None,
    no_metrics: bool,
    ready_file: Path | None,
    parent_pid: int | None,
    url_file: Path | None,
    number: int | None,
) -> None:
    """Run a worker, or several, until Ctrl-C or SIGTERM; all of a group share the partitions."""
    settings = _settings(
        brokers=brokers.bootstrap,
        kafka=brokers.security,
        kafka_config=brokers.config,
        prefix=prefix,
        processes=processes,
        restart=restart,
        stages=tuple(part.strip() for part in stages.split(",")) if stages is not None else None,
        clock=clock,
        guarantee=guarantee,
        store=store,
        data=data,
        log_format=log_format,
        traces=traces,
        metrics_port=-1 if no_metrics else metrics_port,
    )
    if rebuild:
        _prepare_rebuild(settings)
    if settings.supervised:
        _supervise(settings, overlays, reference, ready_file, parent_pid)
        return
    # Imported late: Faust alone costs half a second, and a wrong setting should be said at once.
    from streams.assembly import load_system
    from streams.detection.catalog.problems import CatalogError
    from streams.detection.engine import HotBudget, PartitionEngine
    from streams.worker.admin import BrokerUnreachable
    from streams.worker.checks import NotReady
    from streams.worker.local_store import StoreUnusable
    from streams.worker.run import Launch, run_worker
    from streams.worker.tracing import NoTraces

    def make_engine(partition: int, rest: MutableMapping[bytes, bytes]) -> PartitionEngine:
        return PartitionEngine(system, partition, rest, decoded)

    try:
        system = load_system(reference_dir=reference, overlays=overlays)
        decoded = HotBudget()  # one for all partitions of this process
        run_worker(settings, make_engine, Launch(url_file, ready_file, parent_pid, number))
    except CatalogError as wrong:
        raise Failure(str(wrong), hint="Nothing was started: a wrong catalog never runs.") from None
    except BrokerUnreachable as refused:
        raise Failure(str(refused), exit_code=Exit.NOT_RUNNING) from None
    except (NotReady, StoreUnusable, NoTraces) as refused:
        raise Failure(str(refused)) from None


def _prepare_rebuild(settings: WorkerSettings) -> None:
    """Once, whatever the number of processes."""
    from streams.worker.admin import BrokerUnreachable
    from streams.worker.checks import NotReady
    from streams.worker.logs import set_up_logging
    from streams.worker.rebuild import prepare

    set_up_logging()
    try:
        prepare(settings)
    except BrokerUnreachable as refused:
        raise Failure(str(refused), exit_code=Exit.NOT_RUNNING) from None
    except NotReady as refused:
        raise Failure(str(refused)) from None


def _supervise(
    settings: WorkerSettings,
    overlays: tuple[Path, ...],
    reference: Path | None,
    ready_file: Path | None,
    parent_pid: int | None,
) -> None:
    # The supervisor imports neither Faust nor the engine: its processes do.
    from streams.worker.supervisor import Hopeless, supervise

    options = [part for overlay in overlays for part in ("--overlay", str(overlay))]
    if reference is not None:
        options += ["--reference", str(reference)]
    try:
        supervise(settings, options, os.environ, ready_file, parent_pid)
    except Hopeless as refused:
        raise Failure(str(refused), exit_code=Exit(refused.exit_code)) from None


def _settings(**given: object) -> WorkerSettings:
    try:
        return settings_from(os.environ, **given)
    except SettingsError as wrong:
        raise Failure(str(wrong)) from None
