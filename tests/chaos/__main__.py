"""`python -m tests.chaos`: break everything, compare everything, say what was found."""

from __future__ import annotations

import json
import logging
import random
import sys
import time
from pathlib import Path
from uuid import uuid4

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from streams.devkafka import KafkaUnavailable
from streams.worker.process import WorkerFailed
from tests.chaos.own_kafka import Kafka
from tests.chaos.plan import TAKES_TRANSACTIONS, WHOLE, Turn, scaled, turns
from tests.chaos.run import Chaos, Line, Outcome
from tests.chaos.tally import Tally

_BUILD = Path("build")
_BAR = 20


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--rounds",
    type=click.IntRange(min=1),
    default=WHOLE["kill -9"],
    show_default=True,
    help="How many kills; the other faults in proportion.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Of load, faults and moments.")
@click.option(
    "--only", multiple=True, type=click.Choice(list(WHOLE)), help="This fault alone; several times."
)
@click.option("--at-least-once", is_flag=True, help="The other guarantee: repeats of a message are allowed.")
@click.option(
    "--outage-s", type=click.FloatRange(min=1), default=30.0, show_default=True, help="Broker away."
)
@click.option("--rate", type=click.IntRange(min=10), default=150, show_default=True, help="Records a second.")
def main(
    rounds: int, seed: int, only: tuple[str, ...], at_least_once: bool, outage_s: float, rate: int
) -> None:
    """Kill, freeze, scale and poison workers and their broker under load; compare all that they wrote.

    Starts a Kafka of its own, leaves build/chaos.json and the workers' logs in build/chaos-logs. Exit code 1
    when anything was lost, doubled or wrong.
    """
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL + 1)
    # Only transactions keep a worker that was away from writing what is another's by now.
    left_out = TAKES_TRANSACTIONS if at_least_once else frozenset()
    wanted = {
        name: count
        for name, count in scaled(rounds).items()
        if (name in only if only else name not in left_out)
    }
    planned = turns(wanted, random.Random(f"{seed}/plan"))
    show = _Show(planned)
    began = time.monotonic()
    # A run that breaks off must not leave an older one's figures behind.
    (_BUILD / "chaos.json").unlink(missing_ok=True)
    try:
        with show, Kafka() as kafka:
            chaos = Chaos(
                *(kafka.bootstrap, f"chaos-{uuid4().hex[:6]}-", seed, _BUILD / "chaos-logs", kafka),
                at_least_once=at_least_once,
                outage_s=outage_s,
                rate=rate,
            )
            outcome = chaos.run(planned, show.told)
    except (KafkaUnavailable, WorkerFailed) as failed:
        raise click.ClickException(str(failed)) from None
    except KeyboardInterrupt:
        raise click.exceptions.Exit(130) from None
    (_BUILD / "chaos.json").write_text(json.dumps(outcome.lines(), indent=2) + "\n")
    _summarise(outcome, time.monotonic() - began)
    if not outcome.is_exact():
        sys.exit(1)


class _Show:
    """Progress on stderr, and a line on stdout for each fault when the last of it has struck."""

    def __init__(self, planned: list[Turn]) -> None:
        self._left: dict[str, int] = {}
        for turn in planned:
            self._left[turn.fault.name] = self._left.get(turn.fault.name, 0) + turn.strikes
        self._lines = {name: Line(fault=name, rounds=0, lost=0, doubled=0, wrong=0) for name in self._left}
        self._all = dict(self._left)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=Console(stderr=True))
        self._task = self._progress.add_task("starting", total=sum(self._left.values()))

    def __enter__(self) -> _Show:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def told(self, turn: Turn, strike: int, tally: Tally | None) -> None:
        name = turn.fault.name
        if tally is None:
            self._progress.update(self._task, advance=1, description=f"{name} {strike}/{turn.strikes}")
            return
        line = self._lines[name]
        line["rounds"] += turn.strikes
        line["lost"] += tally.lost
        line["doubled"] += tally.doubled
        line["wrong"] += tally.wrong
        for example in tally.examples:
            self._progress.console.print(f"  {name}: {example}", highlight=False, markup=False)
        if line["rounds"] == self._all[name]:
            self._progress.console.file.flush()
            print(_line(line), flush=True)


def _line(line: Line) -> str:
    bad = line["lost"] + line["doubled"] + line["wrong"]
    bar = ("█" if not bad else "▒") * _BAR
    figures = "  ".join(f"{name} {line[name]}" for name in ("lost", "doubled", "wrong"))
    return f"{line['fault']:<16} {bar} {line['rounds']:>4} rounds  {figures}"


def _summarise(outcome: Outcome, seconds: float) -> None:
    again = f", {outcome.message_repeats:,} of them again" if outcome.message_repeats else ""
    print(
        f"sources: {outcome.accepted:,} records accepted, {outcome.refused:,} refused; "
        f"{outcome.journal_repeats:,} repeats in the journal passed over"
    )
    print(
        f"messages: {outcome.messages:,}{again}; {outcome.aborted:,} more in broken-off transactions, unread"
    )
    print(f"workers that stopped themselves, by exit code: {outcome.ended or 'none'}")
    verdict = "nothing lost, doubled or wrong; states equal" if outcome.is_exact() else "NOT exact"
    print(f"{verdict} · {seconds / 60:.1f} min · build/chaos.json")


if __name__ == "__main__":
    main()
