"""`twomotion demo`: the whole system once, on a made-up history."""

from __future__ import annotations

import contextlib
import signal
import threading
from pathlib import Path
from types import FrameType

import click

from streams.cli.brokers import given_brokers_option
from streams.cli.output import Exit, Failure, json_option, out, print_json
from streams.cli.overlays import overlay_option
from streams.cli.quiet import quiet_clients
from streams.connection import Connection
from streams.demo import Demo, DemoFailed
from streams.demo.progress import watched_on_stderr
from streams.demo.report import show
from streams.publishing import CannotPublish
from streams.story.history import DEFAULT_ACCOUNTS, DEFAULT_DAYS, DEFAULT_SEED, FEWEST_DAYS
from streams.subscribing import CannotRead
from streams.worker.admin import BrokerUnreachable
from streams.worker.process import WorkerFailed

_TERMINATED = 143


@click.command(
    epilog="""\b
Examples:
  twomotion demo
  twomotion demo --accounts 60 --seed 7
  twomotion demo --json | jq .truth
  twomotion demo --keep        then publish and tail in another terminal

\b
Exit codes: 0 the run worked (the last column of the table says how well); 1 something failed;
3 no Kafka answers; 130 after Ctrl-C in the middle.
"""
)
@click.option("--accounts", type=click.IntRange(min=1), default=DEFAULT_ACCOUNTS, show_default=True)
@click.option("--days", type=click.IntRange(min=FEWEST_DAYS), default=DEFAULT_DAYS, show_default=True)
@click.option(
    "--seed", type=int, default=DEFAULT_SEED, show_default=True, help="Another seed, another story."
)
@given_brokers_option("a fresh local Kafka")
@overlay_option
@click.option("--keep", is_flag=True, help="Stay up afterwards, until Ctrl-C.")
@json_option
def demo(
    accounts: int,
    days: int,
    seed: int,
    brokers: Connection | None,
    overlays: tuple[Path, ...],
    keep: bool,
    as_json: bool,
) -> None:
    """Run everything once: a local Kafka, a worker, a story of many customers; then show what was found.

    It shows two separate lanes of alerts, the board with its four situations, and how much of the truth
    that the story hid was found. Everything that it starts ends with it.
    """
    quiet_clients()
    # A stop from outside ends the children as Ctrl-C does.
    signal.signal(signal.SIGTERM, _terminated)
    try:
        with (
            watched_on_stderr() as watched,
            Demo(watched, brokers=brokers, keep=keep, overlays=overlays) as running,
        ):
            outcome = running.run(accounts, days, seed)
            watched.rest()
            if as_json:
                print_json(outcome.summary())
            else:
                show(outcome, out())
            if keep:
                _stay(running)
    except (CannotPublish, CannotRead) as problem:
        raise Failure(problem.message, hint=problem.hint) from problem
    except BrokerUnreachable as problem:
        raise Failure(str(problem), exit_code=Exit.NOT_RUNNING) from problem
    except (DemoFailed, WorkerFailed) as problem:
        raise Failure(str(problem)) from problem


def _stay(running: Demo) -> None:
    prefix = f"\n  export TWOMOTION_PREFIX={running.prefix}" if running.prefix else ""
    click.echo(
        f"""Everything stays up. In another terminal:
  export TWOMOTION_BROKERS={running.brokers}{prefix}
  twomotion tail retention --follow
  twomotion tail board --follow
  twomotion publish crm-changes events.jsonl
Ctrl-C ends it.""",
        err=True,
    )
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()


def _terminated(number: int, frame: FrameType | None) -> None:
    raise SystemExit(_TERMINATED)
