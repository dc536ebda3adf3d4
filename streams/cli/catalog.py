"""`twomotion catalog`: put a catalog into force while workers run, and see which one is."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

import click

from streams.assembly import load_system
from streams.cli.brokers import brokers_option, given_brokers_option
from streams.cli.output import Exit, Failure, json_option, print_json
from streams.cli.overlays import overlay_option, reference_option
from streams.cli.prefix import prefix_option
from streams.cli.quiet import quiet_clients
from streams.cli.signals import loaded
from streams.connection import Connection
from streams.detection.catalog.bundle import sha256_of
from streams.detection.catalog.load import Catalog
from streams.detection.catalog.problems import CatalogError
from streams.detection.system import System
from streams.devkafka import find_brokers
from streams.growth.motion import Growth
from streams.publishing import BrokerUnreachable, CannotPublish, Publisher
from streams.publishing.check import Message, check_line
from streams.retention.motion import Retention
from streams.subscribing import CannotRead
from streams.subscribing.control import Activation, activations

MOTIONS: Final = ("retention", "growth")
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group()
def catalog() -> None:
    """Activate a catalog of signals for running workers, or show which ones are active.

    \b
    Examples:
      twomotion catalog activate growth --overlay ./ours
      twomotion catalog show
    """


@catalog.command(
    epilog="""\b
Examples:
  twomotion catalog activate retention                     the bundled catalog
  twomotion catalog activate growth --overlay starter
  twomotion catalog activate growth --overlay ./ours --dry-run
  git checkout v12 && twomotion catalog activate growth --overlay ./ours     back to what was before

\b
Exit codes: 0 published; 1 the catalog is wrong (nothing was published), or the broker refused;
2 wrong options; 3 no Kafka answers.
"""
)
@click.argument("motion", type=click.Choice(MOTIONS))
@click.option("--folder", type=_FOLDER, help="A whole catalog instead of the bundled one of the motion.")
@overlay_option
@reference_option
@given_brokers_option("the Kafka of `twomotion kafka up`")  # a dry run needs no Kafka
@prefix_option
@click.option("--dry-run", is_flag=True, help="Check it and say what it is; publish nothing.")
@json_option
def activate(
    motion: str,
    folder: Path | None,
    overlays: tuple[Path, ...],
    reference: Path | None,
    brokers: Connection | None,
    prefix: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Publish a catalog on `control`: every worker applies it at the same place of its journal.

    Alerts that are open under a signal which has changed are judged anew and say so; those of a signal
    that is gone are resolved. The other motion is not touched. To go back, activate what was before.
    """
    folders = {"retention_dir": folder} if motion == "retention" else {"growth_dir": folder}
    made = _catalog_of(
        loaded(lambda: load_system(**folders, reference_dir=reference, overlays=overlays)), motion
    )
    if not dry_run:
        _publish(made, brokers or Connection(find_brokers()), prefix)
    told: dict[str, object] = {
        "motion": motion,
        "version": made.version,
        "sha256": sha256_of(made.text),
        "signals": [spec.id for spec in made.signals],
        "switched_off": [spec.id for spec in made.switched_off],
        "published": not dry_run,
    }
    if as_json:
        print_json(told)
        return
    off = f", {len(made.switched_off)} switched off" if made.switched_off else ""
    what = f"{motion} catalog {made.version}: {len(made.signals)} signals{off}"
    click.echo(f"Nothing published. {what}." if dry_run else f"Published {what}.")


@catalog.command(
    epilog="""\b
Examples:
  twomotion catalog show
  twomotion catalog show --json | jq .growth.version
  twomotion catalog show --json | jq -r .retention.catalog > was.json

\b
Exit codes: 0; 1 there is no topic; 3 no Kafka answers.
"""
)
@brokers_option
@prefix_option
@overlay_option
@reference_option
@json_option
def show(
    brokers: Connection, prefix: str, overlays: tuple[Path, ...], reference: Path | None, as_json: bool
) -> None:
    """Show which catalog was activated last for each motion, and which were refused after it."""
    quiet_clients()
    try:
        said = asyncio.run(activations(brokers, prefix))
    except CannotRead as problem:
        code = Exit.NOT_RUNNING if problem.unreachable else Exit.FAILED
        raise Failure(problem.message, hint=problem.hint, exit_code=code) from problem
    told = _ruling(said, loaded(lambda: load_system(reference_dir=reference, overlays=overlays)))
    if as_json:
        print_json(told)
        return
    for motion in MOTIONS:
        click.echo(_line(motion, told[motion]))


def _ruling(said: list[Activation], system: System) -> dict[str, dict[str, object]]:
    """What workers of this release that were started with `system` make of these activations, by motion."""
    told: dict[str, dict[str, object]] = {motion: {"version": None, "refused": []} for motion in MOTIONS}
    for activation in said:
        event = activation.event
        try:
            system = system.activate(system, event.motion, event.version, event.catalog)
        except CatalogError as error:
            refused = told[event.motion]["refused"]
            assert isinstance(refused, list)
            refused.append({"version": event.version, "offset": activation.offset, "why": str(error)})
            continue
        told[event.motion] = {
            "version": event.version,
            "sha256": event.sha256,
            "offset": activation.offset,
            "activated_at": event.occurred_at,
            "signals": [spec.id for spec in _catalog_of(system, event.motion).signals],
            "catalog": event.catalog,
            "refused": [],
        }
    return told


def _line(motion: str, told: dict[str, object]) -> str:
    refused, signals = told["refused"], told.get("signals", [])
    assert isinstance(refused, list) and isinstance(signals, list)
    after = f"; refused after it: {', '.join(each['version'] for each in refused)}" if refused else ""
    if told["version"] is None:
        return f"{motion}: nothing was activated, each worker runs the catalog it was started with{after}"
    when = told["activated_at"]
    assert isinstance(when, datetime)
    return f"{motion}: {told['version']}, {len(signals)} signals, since {when:%Y-%m-%d %H:%M} UTC{after}"


def _catalog_of(system: System, motion: str) -> Catalog:
    return next(
        each.catalog
        for each in system.motions
        if isinstance(each, Retention | Growth) and each.name == motion
    )


def _publish(made: Catalog, brokers: Connection, prefix: str) -> None:
    now_ms = time.time_ns() // 1_000_000
    event = {
        "event_id": f"catalog-{made.motion}-{uuid4().hex}",
        "type": "catalog.activated",
        "schema_version": 1,
        "occurred_at": datetime.fromtimestamp(now_ms / 1000, UTC).isoformat(),
        "source_system": "twomotion",
        "motion": made.motion,
        "version": made.version,
        "sha256": sha256_of(made.text),
        "catalog": made.text,
    }
    value = json.dumps(event, ensure_ascii=False).encode()
    verdict = check_line("control", value, now_ms)
    if not isinstance(verdict, Message):
        raise Failure(f"the door would refuse it: {verdict[1]}")
    quiet_clients()
    try:
        asyncio.run(_put(made.motion, value, brokers, prefix))
    except BrokerUnreachable as problem:
        raise Failure(problem.message, hint=problem.hint, exit_code=Exit.NOT_RUNNING) from problem
    except CannotPublish as problem:
        raise Failure(problem.message, hint=problem.hint) from problem


async def _put(motion: str, value: bytes, brokers: Connection, prefix: str) -> None:
    async with Publisher(brokers, prefix) as publisher:
        await publisher.put("control", motion.encode(), value)
