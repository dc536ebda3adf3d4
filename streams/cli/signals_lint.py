"""`twomotion signals lint`: everything that is wrong with the catalogs, and whether changed signals say so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from streams.assembly import bundled, load_catalogs, load_packaging
from streams.cli.output import Exit, json_option, print_json
from streams.cli.signals import Folders, signals
from streams.detection.catalog.load import Catalog
from streams.detection.catalog.lock import LOCK, broken_promises, lock_of, read_lock, stale_entries
from streams.detection.catalog.problems import CatalogError, Problem


@signals.command(
    epilog="""\b
Examples:
  twomotion signals lint
  twomotion signals lint --write-lock          after a version was raised, or a signal added
  twomotion signals --overlay ./ours lint
  twomotion signals lint --json | jq -r '.problems[].sentence'

\b
Exit codes: 0 nothing is wrong; 1 something is.
"""
)
@click.option(
    "--write-lock", is_flag=True, help=f"Write {LOCK} anew; refused while a changed version stands."
)
@json_option
@click.pass_obj
def lint(folders: Folders, write_lock: bool, as_json: bool) -> None:
    """Check the catalogs, alone, against each other and against their version locks.

    A signal whose content changed must raise its version; tests and blind spots may change without. A folder
    of your own is checked against its lock where it has one, what overlays change against what they lie on.
    """
    problems, written, counts = _checked(folders, write_lock)
    if as_json:
        print_json(
            {
                "problems": [
                    {"file": p.file, "line": p.line, "field": p.field, "sentence": p.sentence}
                    for p in problems
                ],
                "signals": counts,
                "written": [str(path) for path in written],
            }
        )
    else:
        for problem in problems:
            click.echo(str(problem))
        for path in written:
            click.echo(f"Wrote {path}.")
        if not problems:
            told = ", ".join(f"{count} of {motion}" for motion, count in counts.items())
            click.echo(f"Nothing is wrong with {sum(counts.values())} signals ({told}).")
    if problems:
        raise click.exceptions.Exit(int(Exit.FAILED))


def _checked(folders: Folders, write_lock: bool) -> tuple[list[Problem], list[Path], dict[str, int]]:
    """Problems, lock files written, and how many signals are on in each motion."""
    own = {"retention": folders.retention, "growth": folders.growth}
    try:
        packaging = load_packaging(folders.reference)
        plain = load_catalogs(packaging, folders.retention, folders.growth)
        laid = plain
        if folders.overlays:
            packaging = load_packaging(folders.reference, folders.overlays)
            laid = load_catalogs(packaging, folders.retention, folders.growth, folders.overlays)
    except CatalogError as error:
        return list(error.problems), [], {}
    problems = [
        problem for below, catalog in zip(plain, laid, strict=True) for problem in _unraised(below, catalog)
    ]
    written: list[Path] = []
    for catalog in plain:
        mine = own[catalog.motion]
        path = (mine or bundled(catalog.motion)) / LOCK
        # With a folder of one's own, that is the one whose lock is written, never the bundled one beside it.
        write = write_lock and (mine is not None or not any(own.values()))
        if mine is None or path.exists() or write:
            problems += _against_lock(catalog, path, write, written)
    return problems, written, {catalog.motion: len(catalog.signals) for catalog in laid}


def _unraised(below: Catalog, laid: Catalog) -> list[Problem]:
    """Signals that overlays change under the version of the catalog below; switching one off changes none."""
    return broken_promises(replace(laid, switched_off=()), lock_of(below), f"overlay: {laid.motion}/")


def _against_lock(catalog: Catalog, path: Path, write: bool, written: list[Path]) -> list[Problem]:
    shown = f"{catalog.motion}/"
    try:
        lock = read_lock(path)
    except CatalogError as error:
        if not write:
            return list(error.problems)
        lock = None
    if lock is not None:
        broken = broken_promises(catalog, lock, shown)
        if broken or not write:
            return broken + stale_entries(catalog, lock, shown)
    text = lock_of(catalog).text()
    if not path.exists() or path.read_text("utf-8") != text:
        path.write_text(text, "utf-8")
        written.append(path)
    return []
