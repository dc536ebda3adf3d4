"""`python -m bench`: publish, measure, compare with stock Faust, print."""

from __future__ import annotations

import json
import logging
import sys

import click
from rich.console import Console

from bench.figures import TooShort
from bench.page import page
from bench.plan import BUILD, Bench
from bench.report import table
from bench.shapes import (
    DENSE_EVENTS,
    PAST_EVENTS,
    QUICK_SHARE,
    SPARSE_EVENTS,
    dense,
    past_dense,
    past_sparse,
    sparse,
    wide,
)
from bench.watching import Failed
from streams.devkafka import KafkaUnavailable
from streams.worker.admin import BrokerUnreachable
from streams.worker.process import WorkerFailed

_SEED = 1


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--quick", is_flag=True, help="A seventh of most loads, in some five minutes: rough figures.")
@click.option(
    "--events", type=click.IntRange(10_000, 5_000_000), help="Measured events of each load, about so many."
)
@click.option("--seed", default=_SEED, show_default=True, help="Of the load.")
@click.option("--json", "as_json", is_flag=True, help="Print the document instead of the table.")
def main(quick: bool, events: int | None, seed: int, as_json: bool) -> None:
    """Measure one worker's whole path, dense and sparse, beside stock Faust.

    Starts a Kafka of its own on the loopback address and leaves build/bench.json and a page with plots
    of it, build/bench.html.
    """
    # Topics that were created a moment ago answer with retriable errors, each of them a line.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    share = QUICK_SHARE if quick else 1.0
    shapes = (
        dense(events or round(DENSE_EVENTS * share)),
        sparse(events or round(SPARSE_EVENTS * share)),
        wide(share),
    )
    past_events = events or round(PAST_EVENTS * share)
    pasts = {"dense": past_dense(past_events), "sparse": past_sparse(past_events)}
    try:
        said = Bench(seed, quick=quick).run(*shapes, pasts)
    except (Failed, WorkerFailed, KafkaUnavailable, BrokerUnreachable, TooShort) as failed:
        raise click.ClickException(str(failed)) from None
    except KeyboardInterrupt:
        raise click.exceptions.Exit(130) from None
    text = json.dumps(said, indent=2) + "\n"
    (BUILD / "bench.json").write_text(text)
    (BUILD / "bench.html").write_text(page(said))
    if as_json:
        sys.stdout.write(text)
    else:
        Console(highlight=False).print(table(said))


if __name__ == "__main__":
    main()
