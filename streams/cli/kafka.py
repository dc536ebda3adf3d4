"""`twomotion kafka up|down|status`: the local Apache Kafka that stays."""

from __future__ import annotations

from pathlib import Path

import click

from streams.cli.output import Exit, Failure, json_option, out, print_json
from streams.devkafka import background
from streams.devkafka.broker import BROKERS_VARIABLE, given_brokers
from streams.devkafka.progress import shown_on_stderr


@click.group()
def kafka() -> None:
    """Start, stop or look at the local Apache Kafka.

    It is a real broker from two Python packages: nothing else has to be installed. The first start
    downloads 42 MB.
    """


@kafka.command()
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Port to listen on (default: 9092, else a free one)."
)
@click.option(
    "--data",
    "home",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for its data and log (default: in your cache folder).",
)
@json_option
def up(port: int | None, home: Path | None, as_json: bool) -> None:
    """Start it in the background; when it is up already, say where.

    \b
    Examples:
      twomotion kafka up
      twomotion kafka up --port 19092 --data ./kafka-data
      export TWOMOTION_BROKERS=$(twomotion kafka up --json | jq -r .bootstrap)
    """
    with shown_on_stderr() as say:
        state, started = background.up(port=port, home=home, say=say)
    if as_json:
        print_json({"running": True, "started": started, **state.model_dump(mode="json")})
        return
    console = out()
    console.print(
        f"Kafka {state.kafka_version} {'is up' if started else 'was up already'} at {state.bootstrap}"
    )
    console.print(f"  data and log   {state.home}", soft_wrap=True)
    console.print(f"  use it         export {BROKERS_VARIABLE}={state.bootstrap}")
    console.print("  stop it        twomotion kafka down  (--wipe deletes its data too)")
    if (given := given_brokers()) is not None and given != state.bootstrap:
        console.print(f"  note           {BROKERS_VARIABLE}={given} is set, so that one is used instead")


@kafka.command()
@click.option("--wipe", is_flag=True, help="Delete its data too: every topic and every record.")
@json_option
def down(wipe: bool, as_json: bool) -> None:
    """Stop it; its data stays for the next time unless wiped. Also fine when it is not running.

    \b
    Examples:
      twomotion kafka down
      twomotion kafka down --wipe
    """
    with shown_on_stderr() as say:
        state = background.down(wipe=wipe, say=say)
    if as_json:
        print_json({"running": False, "stopped": state is not None, "wiped": wipe})
        return
    out().print("Kafka is stopped." if state else "Kafka was not running.")
    if wipe:
        out().print("Its data is deleted.")


@kafka.command()
@json_option
def status(as_json: bool) -> None:
    """Say whether it is up, and where. Exit code 0: up, 3: not running, 1: running but not answering.

    \b
    Examples:
      twomotion kafka status
      twomotion kafka status --json | jq -r .bootstrap
      twomotion kafka status || twomotion kafka up
    """
    state = background.running()
    answering = state is not None and background.answers(state)
    if as_json:
        known = state.model_dump(mode="json") if state else {}
        print_json({"running": state is not None, "answering": answering, **known})
    elif state is None:
        out().print("Kafka is not running. Start it with: twomotion kafka up")
    else:
        out().print(f"Kafka {state.kafka_version} is up at {state.bootstrap} (process {state.pid})")
        out().print(f"  data and log   {state.home}", soft_wrap=True)
    if state is None:
        raise click.exceptions.Exit(Exit.NOT_RUNNING)
    if not answering:
        raise Failure(
            f"Its process lives, but it does not answer at {state.bootstrap}.",
            hint=f"Its log: {state.log_file}. To start anew: twomotion kafka down, then up.",
        )
