"""`twomotion signals diff`: what another catalog would change."""

from __future__ import annotations

from pathlib import Path

import click

from streams.assembly import MOTIONS, load_catalogs, load_packaging
from streams.cli.output import Exit, Failure, json_option, print_json
from streams.cli.overlays import STARTER, motion_of_catalog, overlay_folder
from streams.cli.signals import Folders, loaded, signals
from streams.detection.catalog.compare import Change, Difference, compare, compare_locks
from streams.detection.catalog.load import Catalog
from streams.detection.catalog.lock import Lock, read_lock

BUNDLED = "bundled"
Side = dict[str, Catalog | Lock]


@signals.command(
    epilog="""\b
Examples:
  twomotion signals diff bundled ./ours            what your overlay changes
  twomotion signals diff ./before ./after
  twomotion signals diff ./old/catalog.lock.json bundled
  twomotion signals diff bundled starter --json | jq '.[].changed | keys'

\b
Exit codes: 0 no difference; 1 they differ; 2 one of them is not there or wrong.
"""
)
@click.argument("before")
@click.argument("after")
@json_option
@click.pass_obj
def diff(folders: Folders, before: str, after: str, as_json: bool) -> None:
    """Show what differs from BEFORE to AFTER: files added and removed, and each field that changed.

    Each is `bundled`, an overlay (a folder with retention/ or growth/, taken on top of the bundled catalogs),
    a whole catalog (a folder with signals/, plays/ and routing.yaml of one motion), or a catalog.lock.json.
    Of a lock only versions and hashes are known.
    """
    old, new = _side(before, folders), _side(after, folders)
    motions = [motion for motion in MOTIONS if motion in old and motion in new]
    if not motions:
        raise Failure(f"{before} and {after} are of different motions.", exit_code=Exit.USAGE)
    found = [_compared(old[motion], new[motion]) for motion in motions]
    if as_json:
        print_json([_told(difference) for difference in found])
    else:
        for difference in found:
            _show(difference)
    if not all(difference.same for difference in found):
        raise click.exceptions.Exit(int(Exit.FAILED))


def _compared(before: Catalog | Lock, after: Catalog | Lock) -> Difference:
    if isinstance(before, Catalog) and isinstance(after, Catalog):
        return compare(before, after)
    return compare_locks(before, after)


def _side(name: str, folders: Folders) -> Side:
    """The catalogs of one side, by motion."""
    path = Path(name)
    if name == BUNDLED and not path.exists():
        return _catalogs(folders, None, ())
    if path.is_file():
        lock = loaded(lambda: read_lock(path), Exit.USAGE)
        return {lock.motion: lock}
    if (path / "signals").is_dir() and (path / "routing.yaml").exists():
        motion = motion_of_catalog(path)
        return {motion: _catalogs(folders, (motion, path), ())[motion]}
    if path.is_dir() or name == STARTER:
        return _catalogs(folders, None, (overlay_folder(name),))
    raise Failure(f"there is no {name}: name a folder, a lock file or `{BUNDLED}`.", exit_code=Exit.USAGE)


def _catalogs(folders: Folders, own: tuple[str, Path] | None, overlays: tuple[Path, ...]) -> Side:
    retention = own[1] if own and own[0] == "retention" else folders.retention
    growth = own[1] if own and own[0] == "growth" else folders.growth
    found = loaded(
        lambda: load_catalogs(load_packaging(folders.reference, overlays), retention, growth, overlays),
        Exit.USAGE,
    )
    return {catalog.motion: catalog for catalog in found}


def _show(difference: Difference) -> None:
    click.secho(f"{difference.motion}{': no difference' if difference.same else ''}", bold=True)
    for mark, names in (("+", difference.added), ("-", difference.removed)):
        for name in names:
            click.echo(f"  {mark} {name}")
    for name, changes in difference.changed.items():
        click.echo(f"  ~ {name}")
        for change in changes:
            click.echo(f"      {change.field}: {_word(change.before)} -> {_word(change.after)}")


def _word(value: object) -> str:
    text = "(nothing)" if value is None else str(value)
    return text if len(text) <= 70 else text[:69] + "…"


def _told(difference: Difference) -> dict[str, object]:
    def changes(all_: list[Change]) -> list[dict[str, object]]:
        return [{"field": each.field, "before": each.before, "after": each.after} for each in all_]

    return {
        "motion": difference.motion,
        "added": difference.added,
        "removed": difference.removed,
        "changed": {name: changes(all_) for name, all_ in difference.changed.items()},
    }
