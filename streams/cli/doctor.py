"""`twomotion doctor`: what a broker and the system on it are like, and what to do about it."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path

import click

from streams.cli.brokers import brokers_option
from streams.cli.output import Failure, json_option, out, print_json
from streams.cli.overlays import overlay_option, reference_option
from streams.cli.prefix import prefix_option
from streams.cli.quiet import quiet_clients
from streams.connection import Connection
from streams.doctor.finding import Finding, exit_code
from streams.worker.settings import SettingsError, settings_from

_MARKS = {"ok": "[green]ok  [/green]", "warn": "[yellow]warn[/yellow]", "fail": "[red]fail[/red]"}


@click.command(
    epilog="""\b
Examples:
  twomotion doctor
  twomotion doctor --brokers kafka-1:9092 --prefix prod- --strict
  twomotion doctor --json | jq -r '.findings[] | select(.level == "fail") | .todo'

\b
It looks as a worker with the same settings would be: TWOMOTION_STAGES, _GUARANTEE, _STORE, _DATA and so on count.
Nothing is changed on the broker; the record that compares the clocks is in a transaction that is aborted.
Exit codes: 0 nothing failed, 1 a warning (with --strict), 2 something failed, a broker that does not answer too.
"""
)
@brokers_option
@prefix_option
@overlay_option
@reference_option
@click.option("--strict", is_flag=True, help="Warnings count: exit code 1.")
@json_option
def doctor(
    brokers: Connection,
    prefix: str,
    overlays: tuple[Path, ...],
    reference: Path | None,
    strict: bool,
    as_json: bool,
) -> None:
    """Look at broker, topics, rights, clocks, states, groups and catalogs; say what to do."""
    from streams.doctor.examine import examine

    quiet_clients()
    try:
        settings = settings_from(
            os.environ,
            brokers=brokers.bootstrap,
            kafka=brokers.security,
            kafka_config=brokers.config,
            prefix=prefix,
        )
    except SettingsError as wrong:
        raise Failure(str(wrong)) from None
    findings: list[Finding] = []
    console = out()
    for finding in examine(settings, overlays, reference):
        findings.append(finding)
        if not as_json:
            console.print(f"{_MARKS[finding.level]} [bold]{finding.check}[/bold]  ", end="")
            console.print(finding.sentence, markup=False, soft_wrap=True)
            if finding.todo:
                console.print(f"       → {finding.todo}", markup=False, soft_wrap=True)
    code = exit_code(findings, strict=strict)
    if as_json:
        print_json({"findings": [asdict(finding) for finding in findings], "exit_code": code})
    click.get_current_context().exit(code)
