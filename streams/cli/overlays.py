"""`--overlay` and `--reference` for commands that load the catalogs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

import click

P = ParamSpec("P")
R = TypeVar("R")

STARTER = "starter"


def overlay_option(command: Callable[P, R]) -> Callable[P, R]:
    """Add `--overlay`, repeatable; the command receives folders that exist, as `overlays`."""
    return click.option(
        "--overlay",
        "overlays",
        metavar="DIR",
        multiple=True,
        callback=_folders,
        help="Folder with retention/, growth/ or reference/ laid over the bundled data; several: the last "
        "counts most. "
        f"`{STARTER}` is bundled: three signals a motion.",
    )(command)


def reference_option(command: Callable[P, R]) -> Callable[P, R]:
    """Add `--reference`; the command receives a folder that exists, or None, as `reference`."""
    return click.option(
        "--reference",
        metavar="DIR",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="Folder of packaging.yaml, holidays.yaml and renewal-steps.yaml instead of the bundled ones.",
    )(command)


def _folders(context: click.Context, option: click.Parameter, values: tuple[str, ...]) -> tuple[Path, ...]:
    return tuple(overlay_folder(value) for value in values)


def overlay_folder(value: str) -> Path:
    """The folder of that name, or the bundled one. Raises click.BadParameter where there is neither."""
    path = Path(value)
    if path.is_dir():
        return path
    if value == STARTER:
        from streams.assembly import starter

        return starter()
    raise click.BadParameter(f"there is no folder {value}; `{STARTER}` is the bundled one.")


def motion_of_catalog(folder: Path) -> str:
    """Which motion's a whole catalog is: growth's plays start with an opportunity."""
    play = next(iter(sorted((folder / "plays").glob("*.yaml"))), None)
    return "growth" if play and "opportunity" in play.read_text("utf-8") else "retention"
