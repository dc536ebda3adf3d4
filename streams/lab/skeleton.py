"""A working signal file to begin with: the detector of a bundled signal, and a first case that holds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import yaml

from streams.assembly import bundled, load_system
from streams.detection.catalog.problems import unknown_name
from streams.detection.catalog.yaml_files import read_yaml
from streams.detection.detectors import DETECTORS
from streams.detection.rules import Rule
from streams.detection.system import System
from streams.lab.cases import CaseResult, run_case
from streams.lab.timeline import ACCOUNT

LEVELS: Final = {"retention": ("warning", "critical"), "growth": ("low", "medium", "high")}
_KEPT: Final = ("for", "clears_for", "clears_when", "expires", "cooldown", "gates", "explain")
_WORDS: Final = {
    "title": "Say in one line what has happened",
    "why": "Say why it matters to the one who owns the account.",
    "good": "Say what good looks like.",
}


class NoSkeleton(Exception):
    """There is nothing to begin with; the message says what there is."""


def model_for(system: System, motion: str, detector: str) -> Rule:
    """The signal whose detector is taken over: one of the same motion where there is one. Raises NoSkeleton."""
    if detector not in DETECTORS:
        raise NoSkeleton(unknown_name("detector", detector, DETECTORS))
    found = [
        rule
        for rule in system.rules
        if rule.spec.detect.kind == detector
        and any(case.kind == "fires" for case in rule.spec.tests)
        and _file_of(rule).exists()
    ]
    if not found:
        raise NoSkeleton(f"no bundled signal uses `{detector}`: there is no case to begin with")
    return min(found, key=lambda rule: (rule.motion != motion, len(rule.spec.tests[0].timeline), rule.id))


def skeleton(system: System, motion: str, signal: str, model: Rule) -> dict[str, object]:
    """The new signal's file as data, its case still without an expectation."""
    old = read_yaml(_file_of(model)).data
    assert isinstance(old, dict)
    group = "family" if motion == "retention" else "engine"
    usual = "usage" if motion == "retention" else "seat"
    numbers = list(model.spec.levels.values())
    same = model.motion == motion
    play = model.spec.play if same else next(rule.spec.play for rule in system.rules if rule.motion == motion)
    return {
        "id": signal,
        "version": 1,
        **_WORDS,
        "source": old["source"],
        **({name: old[name] for name in (group,) if name in old} if same else {group: usual}),
        "detect": old["detect"],
        **{name: old[name] for name in _KEPT if name in old},
        "severity" if motion == "retention" else "strength": dict(zip(LEVELS[motion], numbers, strict=False)),
        "play": play,
        "blind_spots": ["Say what looks the same and is not, and what this cannot see."],
        "tests": [_first_case(old)],
    }


def _file_of(rule: Rule) -> Path:
    return bundled(rule.motion) / "signals" / f"{rule.id}.yaml"


def _first_case(old: Mapping[str, object]) -> dict[str, object]:
    tests = old["tests"]
    assert isinstance(tests, list)
    case = next(case for case in tests if isinstance(case, dict) and case.get("kind") == "fires")
    return {**case, "expect": []}


def expectation(result: CaseResult) -> list[dict[str, object]]:
    """What the case must expect to hold."""
    return [
        {
            "day": said.day,
            "status": said.status,
            "level": said.level,
            **({"subjects": list(said.subjects)} if set(said.subjects) - {ACCOUNT} else {}),
        }
        for said in result.said
    ]


def write_signal(folder: Path, motion: str, signal: str, detector: str, overlays: tuple[Path, ...]) -> Path:
    """Write the signal into an overlay's folder, with a case that holds. Raises NoSkeleton, and CatalogError
    where the folder does not load without it."""
    path = folder / motion / "signals" / f"{signal}.yaml"
    base = load_system(overlays=overlays)
    if path.exists() or any(rule.id == signal for rule in base.rules):
        raise NoSkeleton(f"there is a signal `{signal}` already")
    model = model_for(base, motion, detector)
    data = skeleton(base, motion, signal, model)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text_of(data), "utf-8")
    over = overlays if folder in overlays else (*overlays, folder)
    system = load_system(overlays=over)
    rule = next(rule for rule in system.rules if rule.id == signal)
    result = run_case(system, rule, rule.spec.tests[0])
    if not result.said:
        path.unlink()
        told = f"`{detector}` finds nothing in the case of `{model.id}` here"
        raise NoSkeleton(f"{told}: it looks at the other motion, or that signal answers for it")
    tests = data["tests"]
    assert isinstance(tests, list)
    tests[0]["expect"] = expectation(result)
    path.write_text(text_of(data), "utf-8")
    return path


def text_of(data: Mapping[str, object]) -> str:
    """The file's text; what holds only plain values stands in one line."""
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, default_flow_style=None, width=110)
