"""`twomotion signals`: what the two catalogs look for, and whether their own tests hold."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import click

from streams.assembly import load_system
from streams.cli.output import Exit, Failure, json_option, print_json
from streams.cli.overlays import overlay_option, reference_option
from streams.detection.catalog.durations import duration_text
from streams.detection.catalog.problems import CatalogError, unknown_name
from streams.detection.motion import CatalogMotion
from streams.detection.rules import Rule, Variant
from streams.detection.system import System
from streams.lab.cases import CaseResult, run_all

T = TypeVar("T")

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@dataclass(frozen=True)
class Folders:
    """Where the catalogs are, from the group's options."""

    retention: Path | None
    growth: Path | None
    reference: Path | None
    overlays: tuple[Path, ...]

    def load(self) -> System:
        """Ends the command where they are wrong."""
        return loaded(lambda: load_system(self.retention, self.growth, self.reference, self.overlays))


def loaded(load: Callable[[], T], exit_code: Exit = Exit.FAILED) -> T:
    """What is loaded, or the end of the command with everything that is wrong with it."""
    try:
        return load()
    except CatalogError as error:
        told = "\n".join(f"  {problem}" for problem in error.problems)
        raise Failure(
            f"the catalogs are refused, {len(error.problems)} problem(s):\n{told}",
            hint="Each line says file:line: field: what was expected.",
            exit_code=exit_code,
        ) from error


@click.group()
@click.option("--retention", type=_FOLDER, help="Folder of the retention catalog instead of the bundled one.")
@click.option("--growth", type=_FOLDER, help="Folder of the growth catalog instead of the bundled one.")
@reference_option
@overlay_option
@click.pass_context
def signals(
    ctx: click.Context,
    retention: Path | None,
    growth: Path | None,
    reference: Path | None,
    overlays: tuple[Path, ...],
) -> None:
    """List, show, test, check, begin and compare the signals of both motions.

    \b
    Examples:
      twomotion signals list
      twomotion signals show usage-drop
      twomotion signals test
      twomotion signals --growth ./my-growth test seats-near-full
      twomotion signals --overlay starter list
    """  # fmt: skip
    ctx.obj = Folders(retention, growth, reference, overlays)


@signals.command("list")
@json_option
@click.pass_obj
def list_(folders: Folders, as_json: bool) -> None:
    """List every signal, motion by motion.

    \b
    Examples:
      twomotion signals list
      twomotion signals list --json | jq '.signals[].id'
    """  # fmt: skip
    system = folders.load()
    if as_json:
        versions = {motion.name: motion.catalog_version for motion in system.motions}
        print_json({"catalogs": versions, "signals": [_heading(rule) for rule in system.rules]})
        return
    for motion in system.motions:
        click.secho(f"{motion.name} (catalog {motion.catalog_version})", bold=True)
        for rule in motion.rules:
            group = rule.spec.family or rule.spec.engine or ""
            click.echo(f"  {rule.id:<26} {group:<13} {'/'.join(rule.levels):<17} {rule.spec.title}")


@signals.command()
@click.argument("signal")
@json_option
@click.pass_obj
def show(folders: Folders, signal: str, as_json: bool) -> None:
    """Show one signal: what it looks for, how it opens and clears, its play and its blind spots.

    \b
    Examples:
      twomotion signals show usage-drop
      twomotion signals show tier-limit-sustained --json
    """  # fmt: skip
    system = folders.load()
    rule = _rule(system, signal)
    if as_json:
        print_json(_whole(rule))
        return
    for line in _lines(rule):
        click.echo(line)


@signals.command()
@click.argument("signal", required=False)
@json_option
@click.pass_obj
def test(folders: Folders, signal: str | None, as_json: bool) -> None:
    """Run the inline tests of all signals, or of one. Exit code 1 if one fails.

    \b
    Examples:
      twomotion signals test
      twomotion signals test usage-drop
      twomotion signals test --json | jq '.failed'
    """  # fmt: skip
    system = folders.load()
    named = None if signal is None else [_rule(system, signal).id]
    started = time.monotonic()
    results = list(run_all(system, named))
    failed = [result for result in results if not result.passed]
    if as_json:
        print_json(_summary(results))
    else:
        for result in failed:
            click.secho(f"{result.motion} {result.signal}: {result.case.name}", fg="red")
            click.echo("\n".join(result.lines()))
        count = len({result.signal for result in results})
        took = time.monotonic() - started
        click.echo(
            f"{len(results) - len(failed)} of {len(results)} cases of {count} signals hold ({took:.1f} s)"
        )
    if failed:
        raise click.exceptions.Exit(int(Exit.FAILED))


def _rule(system: System, signal: str) -> Rule:
    rules = {rule.id: rule for rule in system.rules}
    off = {
        spec.id
        for each in system.motions
        if isinstance(each, CatalogMotion)
        for spec in each.catalog.switched_off
    }
    if signal in off:
        raise Failure(f"the signal `{signal}` is switched off by an overlay", exit_code=Exit.USAGE)
    if signal not in rules:
        raise Failure(unknown_name("signal", signal, rules), exit_code=Exit.USAGE)
    return rules[signal]


def _heading(rule: Rule) -> dict[str, object]:
    spec = rule.spec
    return {
        "id": rule.id,
        "motion": rule.motion,
        "version": spec.version,
        "title": spec.title,
        "family": spec.family,
        "engine": spec.engine,
        "levels": list(rule.levels),
        "points": dict(zip(rule.levels, rule.points, strict=True)),
        "detector": spec.detect.kind,
        "source": spec.source,
        "play": spec.play,
        "tests": {kind: sum(case.kind == kind for case in spec.tests) for kind in _kinds(rule)},
    }


def _whole(rule: Rule) -> dict[str, object]:
    spec = rule.spec
    return {
        **_heading(rule),
        "why": spec.why,
        "good": spec.good,
        "clears_when": spec.clears_when,
        "explain": spec.explain,
        "narrative": spec.narrative,
        "ask": spec.ask,
        "blind_spots": list(spec.blind_spots),
        "inhibits": list(spec.inhibits),
        "variants": {segment or "default": _variant(v) for segment, v in rule.variants.items()},
        "cases": [{"name": case.name, "kind": case.kind} for case in spec.tests],
    }


def _variant(variant: Variant) -> dict[str, object]:
    return {
        "enabled": variant.enabled,
        "for": duration_text(variant.hold_for),
        "clears_for": duration_text(variant.clears_for),
        "expires": duration_text(variant.expires),
        "cooldown": duration_text(variant.cooldown),
        "detector": variant.detector.model_dump(mode="json"),
    }


def _lines(rule: Rule) -> list[str]:
    spec, usual = rule.spec, rule.variants[None]
    parameters = ", ".join(
        f"{name}={value}" for name, value in usual.detector.model_dump(mode="json").items()
    )
    levels = ", ".join(
        f"{level} ({'as it opens' if number is None else f'from {number:g}'}, {points} on the board)"
        for (level, number), points in zip(spec.levels.items(), rule.points, strict=True)
    )
    lines = [
        f"{rule.id} (version {spec.version}, {rule.motion}, {spec.family or spec.engine})",
        spec.title,
        "",
        f"Why        {spec.why}",
        f"Good       {spec.good}",
        f"Detector   {spec.detect.kind}: {parameters}",
        f"Opens      after {duration_text(usual.hold_for)}; levels: {levels}",
        f"Clears     {spec.clears_when} Expires after {duration_text(usual.expires)}.",
        f"Cooldown   {duration_text(usual.cooldown)}",
        f"Says       {spec.explain}",
    ]
    lines += [
        f"{name:<10} {text}" for name, text in (("Narrative", spec.narrative), ("Ask", spec.ask)) if text
    ]
    lines.append(f"Play       {spec.play}")
    for segment, variant in rule.variants.items():
        if segment is not None and (not variant.enabled or _variant(variant) != _variant(usual)):
            lines.append(f"{segment:<10} {_differences(variant, usual)}")
    lines += ["Blind spots", *(f"  - {spot}" for spot in spec.blind_spots)]
    lines += ["Tests", *(f"  - {case.kind}: {case.name}" for case in spec.tests)]
    return lines


def _differences(variant: Variant, usual: Variant) -> str:
    if not variant.enabled:
        return "switched off"
    mine, theirs = _variant(variant), _variant(usual)
    return ", ".join(f"{name} {value}" for name, value in mine.items() if value != theirs[name])


def _summary(results: list[CaseResult]) -> dict[str, object]:
    return {
        "cases": len(results),
        "failed": sum(not result.passed for result in results),
        "results": [
            {
                "motion": result.motion,
                "signal": result.signal,
                "case": result.case.name,
                "kind": result.case.kind,
                "passed": result.passed,
                "error": result.error,
                "said": [
                    {"day": said.day, "status": said.status, "level": said.level, "subjects": said.subjects}
                    for said in result.said
                ],
            }
            for result in results
        ],
    }


def _kinds(rule: Rule) -> list[str]:
    return sorted({case.kind for case in rule.spec.tests})
