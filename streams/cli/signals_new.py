"""`twomotion signals new`: a working signal file to begin with."""

from __future__ import annotations

from pathlib import Path

import click

from streams.assembly import MOTIONS
from streams.cli.output import Exit, Failure, json_option, print_json
from streams.cli.signals import Folders, loaded, signals
from streams.detection.catalog.model import SIGNAL_ID
from streams.detection.detectors import DETECTORS
from streams.lab.skeleton import NoSkeleton, write_signal


@signals.command(
    epilog="""\b
Examples:
  twomotion signals new logins-halved --motion retention --detector drop
  twomotion signals new exports-near-limit --motion growth --detector ceiling --into ./ours
  twomotion signals --overlay ./ours test logins-halved

\b
Exit codes: 0 written; 1 what is in the folder is wrong; 2 the name is taken or no name, or no such detector.
"""
)
@click.argument("signal", metavar="ID")
@click.option("--motion", type=click.Choice(MOTIONS), required=True)
@click.option(
    "--detector", metavar="KIND", required=True, help=f"The mechanism: {', '.join(sorted(DETECTORS))}."
)
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("ours"),
    show_default=True,
    help="The overlay's folder; made where it is not there.",
)
@json_option
@click.pass_obj
def new(folders: Folders, signal: str, motion: str, detector: str, into: Path, as_json: bool) -> None:
    """Write a signal that loads, with a first case that holds; change its words, numbers and cases.

    It begins as a bundled signal of the same detector. It goes into an overlay: a folder that is laid over the
    bundled catalogs with `--overlay`.
    """
    if not SIGNAL_ID.fullmatch(signal):
        raise Failure(f"`{signal}` is no id: small letters, digits and hyphens.", exit_code=Exit.USAGE)
    laid = any((into / each).is_dir() for each in MOTIONS)
    overlays = (*folders.overlays, *([into] if laid else []))
    try:
        path = loaded(lambda: write_signal(into, motion, signal, detector, overlays))
    except NoSkeleton as problem:
        raise Failure(str(problem), exit_code=Exit.USAGE) from None
    if as_json:
        print_json({"id": signal, "motion": motion, "detector": detector, "file": str(path)})
        return
    click.echo(f"Wrote {path}. Now give it its own words and numbers, then:")
    click.echo(f"  twomotion signals --overlay {into} test {signal}")
