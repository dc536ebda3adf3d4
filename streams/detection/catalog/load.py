"""A motion's folder as a catalog: `signals/`, `plays/` and `routing.yaml`, checked together or refused
together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from streams.detection.catalog.model import SignalSpec
from streams.detection.catalog.plays import Play
from streams.detection.catalog.problems import CatalogError, Problem, unknown_name
from streams.detection.catalog.routing import Routing
from streams.detection.catalog.templates import COMMON_FIELDS, template_problems
from streams.detection.catalog.yaml_files import Document, problems_of, read_yaml, validated
from streams.detection.detectors import DETECTORS
from streams.detection.packaging import Packaging

M = TypeVar("M", bound=BaseModel)

STARTS_WITH = {"retention": "problem", "growth": "opportunity"}
_WORDS_OF_GROWTH = ("narrative", "ask")


@dataclass(frozen=True)
class Catalog:
    """Everything that a motion does by data. `version` is the short SHA-256 of the files' names and
    contents."""

    motion: str
    version: str
    signals: tuple[SignalSpec, ...]
    plays: dict[str, Play]
    routing: Routing


def load_catalog(folder: Path, motion: str, packaging: Packaging) -> Catalog:
    """The catalog in `folder`, signals in the order of their ids.

    Raises CatalogError with everything that is wrong in any of its files."""
    problems: list[Problem] = []
    plays = {play.id: play for _, play in _folder(folder, "plays", Play, problems)}
    routing = _one(folder, "routing.yaml", Routing, problems)
    signals = list(_folder(folder, "signals", SignalSpec, problems))
    known = {path.stem for path in (folder / "signals").glob("*.yaml")}
    play_names = {path.stem for path in (folder / "plays").glob("*.yaml")}
    for name, play in plays.items():
        if play.starts_with != STARTS_WITH[motion]:
            told = f"a play of {motion} starts with {STARTS_WITH[motion]}, got {play.starts_with}"
            problems.append(Problem(f"plays/{name}.yaml", 1, "starts_with", told))
        if motion == "growth":
            _check_words(Document(f"plays/{name}.yaml", {}), play, COMMON_FIELDS, problems)
    for document, spec in signals:
        problems.extend(_check_signal(document, spec, motion, packaging, known, play_names))
    if routing is not None:
        problems.extend(_check_routing(routing, known))
    if problems or routing is None:
        raise CatalogError(problems)
    specs = tuple(spec for _, spec in signals)
    return Catalog(motion, _version(folder), specs, plays, routing)


def _folder(folder: Path, kind: str, model: type[M], problems: list[Problem]) -> Iterator[tuple[Document, M]]:
    """Every file of a sub-folder that can be read; what cannot is added to `problems`."""
    files = sorted((folder / kind).glob("*.yaml"))
    if not files:
        problems.append(Problem(f"{kind}/", 1, "", "holds no *.yaml file"))
    for path in files:
        name = f"{kind}/{path.name}"
        try:
            document = read_yaml(path, name)
            found = validated(document, model)
        except CatalogError as error:
            problems.extend(error.problems)
            continue
        given = getattr(found, "id", path.stem)
        if given != path.stem:
            problems.append(document.problem(("id",), f"is {given}, but the file is called {path.name}"))
            continue
        yield document, found


def _one(folder: Path, name: str, model: type[M], problems: list[Problem]) -> M | None:
    try:
        return validated(read_yaml(folder / name, name), model)
    except CatalogError as error:
        problems.extend(error.problems)
        return None


def _check_signal(
    document: Document, spec: SignalSpec, motion: str, packaging: Packaging, known: set[str], plays: set[str]
) -> list[Problem]:
    """What only shows when a signal meets its motion, its plays and the packaging."""
    problems: list[Problem] = []
    wrong, right = ("strength", "severity") if motion == "retention" else ("severity", "strength")
    if getattr(spec, right) is None:
        problems.append(document.problem((wrong,), f"a signal of {motion} has `{right}`, not `{wrong}`"))
    if spec.play not in plays:
        problems.append(document.problem(("play",), unknown_name("play", spec.play, plays)))
    for at, name in enumerate(spec.inhibits):
        if name not in known:
            told = unknown_name("signal", name, known)
            problems.append(document.problem(("inhibits", at), told))
    offered = COMMON_FIELDS | DETECTORS[spec.detect.kind].fields
    _check_words(document, spec, offered, problems)
    problems.extend(_check_detector(document, spec, packaging))
    problems.extend(_check_cases(document, spec))
    return problems


def _check_words(
    document: Document, model: SignalSpec | Play, offered: frozenset[str], problems: list[Problem]
) -> None:
    for name in ("explain", *_WORDS_OF_GROWTH):
        text = getattr(model, name, None)
        for sentence in template_problems(text, offered) if text else ():
            problems.append(document.problem((name,), sentence))


def _check_detector(document: Document, spec: SignalSpec, packaging: Packaging) -> list[Problem]:
    """The detector and its overrides against the packaging."""
    problems: list[Problem] = []
    kind, levels = spec.detect.kind, tuple(spec.levels.values())
    try:
        spec.detect.detector({}).bind(levels, packaging)
    except ValueError as error:
        return [document.problem(("detect", kind), str(error))]
    for segment, over in spec.segments.items():
        under: tuple[str | int, ...] = ("segments", segment, "detect")
        try:
            spec.detect.detector(over.detect).bind(levels, packaging)
        except ValidationError as error:
            problems.extend(problems_of(document, DETECTORS[kind], error, under))
        except ValueError as error:
            problems.append(document.problem(under, str(error)))
    return problems


def _check_cases(document: Document, spec: SignalSpec) -> list[Problem]:
    """Levels that inline tests expect must exist, and names tell tests apart."""
    problems = []
    names = [case.name for case in spec.tests]
    for at, case in enumerate(spec.tests):
        if case.name in names[:at]:
            problems.append(document.problem(("tests", at, "name"), f"two tests are called {case.name!r}"))
        for number, expected in enumerate(case.expect):
            if expected.level is not None and expected.level not in spec.levels:
                told = unknown_name("level", expected.level, spec.levels)
                problems.append(document.problem(("tests", at, "expect", number, "level"), told))
    return problems


def _check_routing(routing: Routing, known: set[str]) -> Iterator[Problem]:
    asked = [line.when for line in routing.owners]
    asked += [line.when for line in routing.also_notify]
    asked += [line.when for line in routing.respond_within]
    named = {signal for when in asked for signal in when.signals}
    for signal in sorted(named - known):
        yield Problem("routing.yaml", 1, "when.signals", unknown_name("signal", signal, known))


def _version(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.yaml")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
