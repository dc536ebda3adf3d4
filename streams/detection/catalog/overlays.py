"""Folders laid over a catalog: single fields overridden, signals switched off or added, by key.

An overlay has the layout of a catalog, and each of its parts may be missing. What stands in both files is merged
field by field; a list, and a `detect` of another kind, replaces the one below. `overlay.yaml` may name the only
signals that stay on. What is wrong is told with the file and line that said it, be it the overlay's.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from streams.detection.catalog.model import SignalId
from streams.detection.catalog.problems import CatalogError, Problem, unknown_name
from streams.detection.catalog.yaml_files import Document, Loc, read_yaml, validated

KINDS = ("plays", "signals")
ROUTING = "routing.yaml"
OVERLAY = "overlay.yaml"

Documents = dict[str, Document]
"""Files of a catalog by their path in it: `signals/usage-drop.yaml`."""


class OverlayNote(BaseModel):
    """`overlay.yaml`: what the overlay is for, and which signals it leaves on (all, where it does not say)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Annotated[str, Field(min_length=5)]
    only: tuple[SignalId, ...] | None = Field(
        default=None, description="the signals that stay on, beside those of the overlay's own `signals/`"
    )


@dataclass(frozen=True)
class _Over:
    """One overlay as read."""

    documents: Documents
    note: OverlayNote | None
    note_document: Document


def read_folder(folder: Path, shown: str, problems: list[Problem], *, whole: bool = True) -> Documents:
    """Every file of a catalog's folder that can be read; `shown` stands before its path in messages. A `whole`
    catalog has all its parts."""
    found: Documents = {}
    for kind in KINDS:
        files = sorted((folder / kind).glob("*.yaml"))
        if not files and whole:
            problems.append(Problem(f"{shown}{kind}/", 1, "", "holds no *.yaml file"))
        for path in files:
            _read(path, f"{kind}/{path.name}", shown, found, problems)
    if whole or (folder / ROUTING).exists():
        _read(folder / ROUTING, ROUTING, shown, found, problems)
    return found


def lay_over(base: Documents, folder: Path, problems: list[Problem]) -> Documents:
    """The catalog with an overlay's folder on top."""
    over = _read_overlay(folder, problems)
    merged = dict(base)
    for name, document in over.documents.items():
        if name in base:
            merged[name] = merge(base[name], document)
        elif _adds_nothing(document):
            known = [other for other in base if other.split("/")[0] == name.split("/")[0]]
            stems = [Path(other).stem for other in known]
            told = unknown_name(name.split("/")[0][:-1], Path(name).stem, stems)
            problems.append(document.problem((), f"overrides {told}"))
        else:
            merged[name] = document
    if over.note is not None and over.note.only is not None:
        _leave_on(over, merged, problems)
    return merged


def merge(base: Document, over: Document) -> Document:
    """One file over another, key by key; each value keeps the place it was written at."""
    lines, origin = dict(base.lines), dict(base.origin)

    if not isinstance(over.data, dict):
        return over

    def taken(value: object, loc: Loc) -> object:
        for known in [known for known in lines if known[: len(loc)] == loc]:
            del lines[known]
            origin.pop(known, None)
        for place, line in over.lines.items():
            if place[: len(loc)] == loc:
                lines[place], origin[place] = line, over.name
        return value

    def merged(below: object, above: object, loc: Loc) -> object:
        if not isinstance(below, dict) or not isinstance(above, dict):
            return taken(above, loc)
        if loc == ("detect",) and set(above) != set(below):
            return taken(above, loc)
        both = dict(below)
        for key, value in above.items():
            place = (*loc, key)
            both[key] = merged(below[key], value, place) if key in below else taken(value, place)
        return both

    return Document(base.name, merged(base.data, over.data, ()), lines, origin)


def _read_overlay(folder: Path, problems: list[Problem]) -> _Over:
    shown = f"{folder}/"
    readable = len(problems)
    documents = read_folder(folder, shown, problems, whole=False)
    nothing = not documents and len(problems) == readable
    note_document, note = Document(shown + OVERLAY, {}), None
    if (folder / OVERLAY).exists():
        try:
            note_document = read_yaml(folder / OVERLAY, shown + OVERLAY)
            note = validated(note_document, OverlayNote)
        except CatalogError as error:
            problems.extend(error.problems)
    if nothing and not (folder / OVERLAY).exists():
        told = f"holds no signals/, plays/, {ROUTING} or {OVERLAY}: there is nothing to lay over"
        problems.append(Problem(shown, 1, "", told))
    return _Over(documents, note, note_document)


def _leave_on(over: _Over, merged: Documents, problems: list[Problem]) -> None:
    """Switch off every signal that the overlay neither names nor brings."""
    signals = {Path(name).stem: name for name in merged if name.startswith("signals/")}
    named = over.note.only if over.note and over.note.only else ()
    for at, signal in enumerate(named):
        if signal not in signals:
            told = unknown_name("signal", signal, signals)
            problems.append(over.note_document.problem(("only", at), told))
    own = {Path(name).stem for name in over.documents}
    for signal, name in signals.items():
        document = merged[name]
        if signal not in named and signal not in own and isinstance(document.data, dict):
            off = Document(over.note_document.name, {"enabled": False}, {("enabled",): 1})
            merged[name] = merge(document, off)


def _adds_nothing(document: Document) -> bool:
    """Whether a file is too little to be a signal or a play of its own: it was meant to override one."""
    data = document.data
    return isinstance(data, dict) and "title" not in data and document.name.split("/")[-1] != ROUTING


def _read(path: Path, name: str, shown: str, found: Documents, problems: list[Problem]) -> None:
    try:
        found[name] = read_yaml(path, shown + name)
    except CatalogError as error:
        problems.extend(error.problems)
