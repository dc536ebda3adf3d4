"""The signal reference: `docs/signals.md` with one section a signal, and a picture of a case in which it fires.

`python -m streams.lab.reference` writes it from the catalogs, `--check` only says what is out of date (exit 1).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import yaml

from streams.assembly import load_system
from streams.detection.catalog.durations import duration_text
from streams.detection.catalog.load import Catalog
from streams.detection.catalog.model import Override
from streams.detection.rules import Rule
from streams.detection.system import System
from streams.growth.motion import Growth
from streams.lab.cases import CaseResult, run_case
from streams.lab.measured import SIGNALS, read_measured
from streams.lab.measured_page import ANCHOR, HEADING, measured_section
from streams.lab.plot import plot
from streams.retention.motion import Retention

PAGE: Final = "signals.md"
PICTURES: Final = "signals"
HERE: Final = Path(__file__).parents[2] / "docs"

_STARTS: Final = {
    "retention": "A play starts with a problem. Three signals of one family are one strike.",
    "growth": "A play starts with an opportunity. The engine says how the account would grow.",
}


def generated(system: System) -> dict[str, str]:
    """File, by its path under docs/, and its text."""
    files: dict[str, str] = {}
    lines = [
        "# Signals",
        "",
        "Made by `python -m streams.lab.reference`; change the catalogs instead of this page. Bars are the day's",
        "events of the signal's first firing case, lines are what it says. All windows are days of event time.",
        "",
        *_contents(system),
    ]
    for motion in system.motions:
        assert isinstance(motion, Retention | Growth)
        lines += [f"## {motion.name.capitalize()}", "", _STARTS[motion.name], ""]
        for rule in motion.rules:
            result = _firing(system, rule)
            files[f"{PICTURES}/{rule.id}.svg"] = plot(result.case, result.said)
            lines += _section(rule, motion.catalog, result)
    lines += measured_section(read_measured())
    return {PAGE: "\n".join(lines).rstrip() + "\n", **files}


def _contents(system: System) -> Iterator[str]:
    for motion in system.motions:
        names = ", ".join(f"[{rule.id}](#{rule.id})" for rule in motion.rules)
        yield from (f"**{motion.name.capitalize()}** ({len(motion.rules)}): {names}", "")
    yield from (f"**[{HEADING}](#{ANCHOR})** of the statistical ones, by company size", "")


def _firing(system: System, rule: Rule) -> CaseResult:
    case = next((case for case in rule.spec.tests if case.kind == "fires"), rule.spec.tests[0])
    return run_case(system, rule, case)


def _section(rule: Rule, catalog: Catalog, result: CaseResult) -> Iterator[str]:
    spec, play = rule.spec, catalog.plays[rule.spec.play]
    yield from (f"### {rule.id}", "", f"**{spec.title}.** {spec.why}", "")
    yield from (f"*What good looks like:* {spec.good}", "")
    yield from ("| | |", "|---|---|")
    for name, text in _facts(rule):
        yield f"| {name} | {_cell(text)} |"
    yield f"| Play | {_cell(f'`{play.id}`: {play.title}, by the {play.owner}')} |"
    said = next((said.why for said in result.said), None)
    if said:
        yield f"| Says, for example | {_cell(said)} |"
    yield from ("", f"![{result.case.name}]({PICTURES}/{rule.id}.svg)", "", f"*{result.case.name}*", "")
    yield from ("Blind spots:", "", *(f"- {spot}" for spot in spec.blind_spots), "")


def _facts(rule: Rule) -> Iterator[tuple[str, str]]:
    spec, usual = rule.spec, rule.variants[None]
    kind = spec.detect.kind
    group = f"family {spec.family}" if spec.family else f"engine {spec.engine}"
    counts = "" if spec.strike or not spec.family else ", no strike"
    yield "Group, source", f"{group}{counts}; {spec.source}; version {spec.version}"
    yield "Detector", f"`{kind}` {_flow(spec.detect.given[kind])}"
    held = f"after {duration_text(usual.hold_for)}" if usual.hold_for else "at once"
    levels = " · ".join(
        f"{level} ({'' if number is None else f'from {number:g}, '}{_points(points)})"
        for (level, number), points in zip(spec.levels.items(), rule.points, strict=True)
    )
    yield "Opens", f"{held}: {levels}"
    clears = f" Held for {duration_text(usual.clears_for)}." if usual.clears_for else ""
    yield "Clears", f"{spec.clears_when}{clears} Expires after {duration_text(usual.expires)}."
    yield "Cooldown", duration_text(usual.cooldown)
    if rule.id in SIGNALS:
        yield "Measured", f"[recall, delay and false alarms by company size](#{ANCHOR})"
    gates = spec.gates.model_dump(exclude_defaults=True, mode="json")
    if gates:
        yield "Asked of", _flow(gates)
    for segment, override in spec.segments.items():
        yield f"In {segment}", _override(override)
    if spec.inhibits:
        yield "Holds back", ", ".join(f"[{name}](#{name})" for name in spec.inhibits)


def _override(override: Override) -> str:
    told = []
    if override.enabled is False:
        return "switched off"
    for name, value in (
        ("for", override.hold_for),
        ("clears for", override.clears_for),
        ("expires", override.expires),
        ("cooldown", override.cooldown),
    ):
        if value is not None:
            told.append(f"{name} {duration_text(value)}")
    if override.detect:
        told.append(_flow(override.detect))
    return ", ".join(told)


def _points(points: int) -> str:
    return f"{points} point" if points == 1 else f"{points} points"


def _flow(data: object) -> str:
    """Data in one line, as it is written in YAML."""
    text = yaml.safe_dump(data, default_flow_style=True, sort_keys=False, width=10_000, allow_unicode=True)
    return f"`{text.strip()}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def write(folder: Path, *, check: bool = False) -> list[str]:
    """Bring the page and its pictures up to date (with `check` write nothing); what was not."""
    wanted = generated(load_system())
    there = {path.relative_to(folder).as_posix() for path in (folder / PICTURES).glob("*") if path.is_file()}
    wrong = [name for name, text in wanted.items() if _text(folder / name) != text]
    gone = sorted(there - wanted.keys())
    if not check:
        for name in wrong:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(wanted[name], "utf-8")
        for name in gone:
            (folder / name).unlink()
    return sorted(wrong) + gone


def _text(path: Path) -> str | None:
    return path.read_text("utf-8") if path.exists() else None


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m streams.lab.reference", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 when something is stale")
    check = parser.parse_args(arguments).check
    wrong = write(HERE, check=check)
    for name in wrong:
        print(("out of date: " if check else "wrote ") + f"docs/{name}")
    return 1 if check and wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
