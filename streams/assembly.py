"""The whole system put together: both motions and the board on the engine, from the bundled data or one's
own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from importlib.resources import files
from pathlib import Path

from streams.board import PointsBoard
from streams.detection.catalog.load import Catalog, load_catalog, load_text
from streams.detection.catalog.problems import CatalogError, Problem, unknown_name
from streams.detection.catalog.references import packaging_problems
from streams.detection.catalog.yaml_files import read_yaml, validated
from streams.detection.packaging import Packaging
from streams.detection.quiet import QuietDays
from streams.detection.renewal_steps import RenewalSteps
from streams.detection.routing import acv_in_reference
from streams.detection.system import Motion, System
from streams.growth.motion import Growth
from streams.retention.motion import Retention

PACKAGING = "packaging.yaml"
HOLIDAYS = "holidays.yaml"
RENEWAL_STEPS = "renewal-steps.yaml"
MOTIONS = ("retention", "growth")
REFERENCE = "reference"


def load_system(
    retention_dir: Path | None = None,
    growth_dir: Path | None = None,
    reference_dir: Path | None = None,
    overlays: Sequence[Path] = (),
) -> System:
    """The system over these folders, each the bundled one where none is given, with the overlays on top: folders
    that hold `retention/`, `growth/` or `reference/`, the last one counting most.

    Raises CatalogError with everything that is wrong in any of them."""
    packaging = load_packaging(reference_dir, overlays)
    retention, growth = load_catalogs(packaging, retention_dir, growth_dir, overlays)
    return System(
        motions=(Retention.of(retention, packaging), Growth.of(growth, packaging)),
        board=PointsBoard(),
        acv=partial(acv_in_reference, retention.routing),
        packaging=packaging,
        activate=Activations(),
    )


class Activations:
    """Puts an activated catalog in the place of the one that ruled a motion. Motions once made are kept: every
    partition of a worker asks for the same ones."""

    KEPT = 8

    def __init__(self) -> None:
        self._made: dict[tuple[str, str, str], Retention | Growth] = {}

    def __call__(self, system: System, motion: str, version: str, text: str) -> System:
        """Raises CatalogError where the catalog is wrong, alone or beside the other motion's; `system` stays as it
        is."""
        key = (motion, version, text)
        made = self._made.get(key)
        if made is None:
            made = _motion(load_text(text, motion, system.packaging, version), system.packaging)
            if len(self._made) >= self.KEPT:
                self._made.clear()
            self._made[key] = made
        motions: tuple[Motion, ...] = tuple(made if old.name == motion else old for old in system.motions)
        by_name = {each.name: each.catalog for each in motions if isinstance(each, Retention | Growth)}
        if problems := lint_across(by_name["retention"], by_name["growth"]):
            raise CatalogError(problems)
        acv = partial(acv_in_reference, by_name["retention"].routing)
        return replace(system, motions=motions, acv=acv)


def _motion(catalog: Catalog, packaging: Packaging) -> Retention | Growth:
    if catalog.motion == "retention":
        return Retention.of(catalog, packaging)
    return Growth.of(catalog, packaging)


def load_packaging(reference_dir: Path | None = None, overlays: Sequence[Path] = ()) -> Packaging:
    """What the vendor sells, when its customers are away, and the steps of a renewal. Raises CatalogError.

    A file in the `reference/` of an overlay takes the place of the whole one below. A folder of one's own that lacks
    one of the files but the first has the bundled one."""
    folders = [overlay / REFERENCE for overlay in overlays]
    packaging = read_yaml(*_reference(PACKAGING, reference_dir, folders))
    if problems := packaging_problems(packaging):
        raise CatalogError(problems)
    quiet = validated(read_yaml(*_reference(HOLIDAYS, reference_dir, folders)), QuietDays)
    steps = validated(read_yaml(*_reference(RENEWAL_STEPS, reference_dir, folders)), RenewalSteps)
    return validated(packaging, Packaging).model_copy(update={"quiet_days": quiet, "renewal_steps": steps})


def _reference(name: str, own: Path | None, overlays: Sequence[Path]) -> tuple[Path, str]:
    """Where a file of reference data is, and what it is called in messages."""
    for folder in reversed(overlays):
        if (folder / name).exists():
            return folder / name, f"{folder}/{name}"
    if own is not None and ((own / name).exists() or name == PACKAGING):
        return own / name, f"{own}/{name}"
    return bundled(REFERENCE) / name, f"{REFERENCE}/{name}"


def load_catalogs(
    packaging: Packaging,
    retention_dir: Path | None = None,
    growth_dir: Path | None = None,
    overlays: Sequence[Path] = (),
) -> tuple[Catalog, Catalog]:
    """Both catalogs, alone and against each other. Raises CatalogError."""
    problems = [problem for overlay in overlays for problem in _overlay_problems(overlay)]
    found: dict[str, Catalog] = {}
    for motion, folder in (("retention", retention_dir), ("growth", growth_dir)):
        over = [overlay / motion for overlay in overlays if (overlay / motion).is_dir()]
        try:
            found[motion] = load_catalog(
                folder or bundled(motion), motion, packaging, over, shown=f"{motion}/"
            )
        except CatalogError as error:
            problems.extend(error.problems)
    if len(found) == 2:
        problems.extend(lint_across(found["retention"], found["growth"]))
    if problems:
        raise CatalogError(problems)
    return found["retention"], found["growth"]


def _overlay_problems(overlay: Path) -> list[Problem]:
    known = (PACKAGING, HOLIDAYS, RENEWAL_STEPS)
    reference = overlay / REFERENCE
    if reference.is_dir():
        names = sorted(path.name for path in reference.glob("*.y*ml"))
        told = [
            (name, unknown_name("file of reference data", name, known)) for name in names if name not in known
        ]
        if not names:
            told.append(("", f"holds none of {', '.join(known)}: there is nothing to lay over"))
        return [Problem(f"{reference}/{name}", 1, "", sentence) for name, sentence in told]
    if any((overlay / motion).is_dir() for motion in MOTIONS):
        return []
    return [Problem(f"{overlay}/", 1, "", "an overlay holds a folder retention/, growth/ or reference/")]


def lint_across(retention: Catalog, growth: Catalog) -> list[Problem]:
    """What must hold between the two motions: no id twice, no shared queue (the same person has two
    inboxes), and above the upper band nobody who owns both."""
    told = []
    ids = {spec.id for spec in retention.signals} & {spec.id for spec in growth.signals}
    told += [("signals", f"`{name}` is in both catalogs; alert ids would meet") for name in sorted(ids)]
    queues = retention.routing.all_queues & growth.routing.all_queues
    told += [
        ("queues", f"`{name}` is also a queue of retention; inboxes are never shared")
        for name in sorted(queues)
    ]
    owners = retention.routing.owners_of("large") & growth.routing.owners_of("large")
    above = f"{growth.routing.bands.large_above} {growth.routing.currency}"
    told += [
        ("owners", f"above {above} `{role}` would own both motions; give growth to another role")
        for role in sorted(owners)
    ]
    if retention.routing.currency != growth.routing.currency:
        told.append(
            ("currency", f"retention takes ACV in {retention.routing.currency}: one reference currency")
        )
    return [Problem("growth/routing.yaml", 1, field, sentence) for field, sentence in told]


def starter() -> Path:
    """The bundled overlay for teams that begin: three signals a motion."""
    return bundled("reference") / "starter"


def bundled(part: str) -> Path:
    """The folder of bundled data of retention, growth or reference."""
    return Path(str(files(f"streams.{part}")))
