"""A motion's folder as a catalog: `signals/`, `plays/` and `routing.yaml`, checked together or refused
together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from streams.detection.catalog.bundle import canonical, documents_of, text_of, version_of
from streams.detection.catalog.model import SignalSpec
from streams.detection.catalog.overlays import ROUTING, Documents, lay_over, read_folder
from streams.detection.catalog.plays import Play
from streams.detection.catalog.problems import CatalogError, Problem, unknown_name
from streams.detection.catalog.references import signal_problems
from streams.detection.catalog.routing import Routing
from streams.detection.catalog.templates import COMMON_FIELDS, template_problems
from streams.detection.catalog.yaml_files import Document, problems_of, validated
from streams.detection.detectors import DETECTORS
from streams.detection.packaging import Packaging

M = TypeVar("M", bound=BaseModel)

STARTS_WITH = {"retention": "problem", "growth": "opportunity"}
_WORDS_OF_GROWTH = ("narrative", "ask")


@dataclass(frozen=True)
class Catalog:
    """Everything that a motion does by data. `text` is all of it in one canonical form, `version` the name it
    goes by: the short SHA-256 of the text, where an activation gave no other."""

    motion: str
    version: str
    signals: tuple[SignalSpec, ...]
    plays: dict[str, Play]
    routing: Routing
    text: str
    switched_off: tuple[SignalSpec, ...] = ()

    def told_by(self, spec: SignalSpec) -> str:
        """Everything that a signal decides by and says: itself, its play and the routing."""
        parts: tuple[BaseModel, ...] = (self.plays[spec.play], self.routing)
        told = [spec.model_dump(mode="json", exclude={"tests", "blind_spots"})]
        return canonical([*told, *(part.model_dump(mode="json") for part in parts)])


def load_catalog(
    folder: Path, motion: str, packaging: Packaging, overlays: Sequence[Path] = (), *, shown: str = ""
) -> Catalog:
    """The catalog in `folder` with the overlays' folders on top, signals in the order of their ids. `shown` stands
    before the paths of the folder's own files in messages.

    Raises CatalogError with everything that is wrong in any of the files."""
    problems: list[Problem] = []
    documents = read_folder(folder, shown, problems)
    for overlay in overlays:
        documents = lay_over(documents, overlay, problems)
    return _assembled(documents, motion, packaging, problems, with_tests=True)


def load_text(text: str, motion: str, packaging: Packaging, version: str | None = None) -> Catalog:
    """The catalog that `Catalog.text` told; its signals have no inline tests. Raises CatalogError."""
    found = _assembled(documents_of(text, motion), motion, packaging, [], with_tests=False)
    return Catalog(
        found.motion,
        version or found.version,
        found.signals,
        found.plays,
        found.routing,
        found.text,
        found.switched_off,
    )


def _assembled(
    documents: Documents, motion: str, packaging: Packaging, problems: list[Problem], *, with_tests: bool
) -> Catalog:
    """What the files say, checked alone and against each other."""
    plays = {play.id: (document, play) for document, play in _all(documents, "plays", Play, problems)}
    routing = _routing(documents, problems)
    signals = list(_all(documents, "signals", SignalSpec, problems))
    known = {Path(name).stem for name in documents if name.startswith("signals/")}
    play_names = {Path(name).stem for name in documents if name.startswith("plays/")}
    for document, play in plays.values():
        if play.starts_with != STARTS_WITH[motion]:
            told = f"a play of {motion} starts with {STARTS_WITH[motion]}, got {play.starts_with}"
            problems.append(document.problem(("starts_with",), told))
        if motion == "growth":
            _check_words(document, play, COMMON_FIELDS, problems)
    for document, spec in signals:
        problems.extend(_check_signal(document, spec, motion, packaging, known, play_names))
        if with_tests and not spec.tests:
            problems.append(document.problem((), "has no inline test", missing="tests"))
    if routing is not None:
        problems.extend(_check_routing(documents[ROUTING], routing, known))
    if problems or routing is None:
        raise CatalogError(problems)
    text = text_of(documents, motion)
    return Catalog(
        motion,
        version_of(text),
        tuple(spec for _, spec in signals if spec.enabled),
        {name: play for name, (_, play) in plays.items()},
        routing,
        text,
        tuple(spec for _, spec in signals if not spec.enabled),
    )


def _all(
    documents: Documents, kind: str, model: type[M], problems: list[Problem]
) -> Iterator[tuple[Document, M]]:
    """Every file of a kind that fits its model; what does not is added to `problems`."""
    for name, document in sorted(documents.items()):
        if not name.startswith(f"{kind}/"):
            continue
        try:
            found = validated(document, model)
        except CatalogError as error:
            problems.extend(error.problems)
            continue
        stem = Path(name).stem
        given = getattr(found, "id", stem)
        if given != stem:
            problems.append(document.problem(("id",), f"is {given}, but the file is called {stem}.yaml"))
            continue
        yield document, found


def _routing(documents: Documents, problems: list[Problem]) -> Routing | None:
    document = documents.get(ROUTING)
    if document is None:
        if not any(problem.file.endswith(ROUTING) for problem in problems):
            problems.append(Problem(ROUTING, 1, "", "is missing"))
        return None
    try:
        return validated(document, Routing)
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
    offered = COMMON_FIELDS | spec.detect.detector({}).offers
    _check_words(document, spec, offered, problems)
    problems.extend(_check_detector(document, spec, packaging))
    problems.extend(signal_problems(document, spec, packaging))
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


def _check_routing(document: Document, routing: Routing, known: set[str]) -> Iterator[Problem]:
    for part in ("owners", "also_notify", "respond_within"):
        for at, line in enumerate(getattr(routing, part)):
            for number, signal in enumerate(line.when.signals):
                if signal not in known:
                    told = unknown_name("signal", signal, known)
                    yield document.problem((part, at, "when", "signals", number), told)
