"""`python -m tests.drills`: every alert of the service in a drill whose fault is really made."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

import click

from deploy.rules import ALERTS
from tests.deploy.tools import NotHere, prometheus_tools
from tests.drills.faults import DRILLS
from tests.drills.run import run_drills

_BUILD = Path("build")


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--only", multiple=True, type=click.Choice([drill.name for drill in DRILLS]), help="These alone."
)
def main(only: tuple[str, ...]) -> None:
    """Make each fault on a real worker, a real Kafka and a real Prometheus; its alerts have to fire, and to clear.

    Scrapes every second, with the rules' times shortened. Leaves build/drills.json, and what Prometheus had in
    build/drills. Exit code 1 when an alert did not do both.
    """
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL + 1)
    try:
        prometheus_tools()
    except NotHere as why:
        sys.exit(str(why))
    _BUILD.mkdir(exist_ok=True)
    drills = [drill for drill in DRILLS if not only or drill.name in only]
    outcomes = list(run_drills(drills, _BUILD.absolute() / "drills", lambda line: click.echo(line, err=True)))
    (_BUILD / "drills.json").write_text(json.dumps([each.as_dict() for each in outcomes], indent=2) + "\n")
    for each in outcomes:
        times = f"fired after {each.fired_s:.0f} s" if each.fired_s is not None else "did not fire"
        if each.cleared_s is not None:
            times += f", clear after {each.cleared_s:.0f} s"
        click.echo(
            f"{'ok  ' if each.passed else 'FAIL'} {each.alert:32} {times:36} {each.wrong or each.fault}"
        )
    undrilled = {alert.name for alert in ALERTS} - {name for drill in DRILLS for name in drill.alerts}
    if undrilled:
        click.echo(f"without a drill: {', '.join(sorted(undrilled))}")
    sys.exit(0 if all(each.passed for each in outcomes) else 1)


if __name__ == "__main__":
    main()
