"""`twomotion map`: who could buy at an account, who there knows us, and what is missing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from streams.assembly import load_packaging
from streams.cli.output import Exit, Failure, json_option, print_json
from streams.cli.overlays import overlay_option, reference_option
from streams.detection.catalog.problems import CatalogError
from streams.detection.units import day_from_date, day_of
from streams.growth.centres import AccountMap, Centre, Department, Need, Person, map_of
from streams.lab.facts import facts_of

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command("map")
@click.argument("account")
@click.option("--history", required=True, type=_FOLDER, help="Folder with a history (<topic>.jsonl files).")
@click.option(
    "--on", "day", help="The day to look at it from, YYYY-MM-DD; the history's last one by default."
)
@overlay_option
@reference_option
@json_option
def account_map(
    account: str,
    history: Path,
    day: str | None,
    overlays: tuple[Path, ...],
    reference: Path | None,
    as_json: bool,
) -> None:
    """Draw the map of an account: buying centres with owner, problem, people and path, and the white space.

    \b
    Examples:
      twomotion map acc-0007 --history ./story
      twomotion map acc-0007 --history ./story --json | jq '.centres[] | select(.covered | not)'
    """  # fmt: skip
    try:
        packaging = load_packaging(reference, overlays)
        known = facts_of(history, account)
    except CatalogError as error:
        raise Failure(f"the reference data are refused: {error.problems[0]}") from error
    except FileNotFoundError as error:
        raise Failure(str(error), hint="`twomotion story` writes a history to try it with.") from error
    if not known.events:
        raise Failure(
            f"the history does not name the account {account!r}",
            hint="Account ids are those of the events' `account_id`.",
            exit_code=Exit.USAGE,
        )
    found = map_of(known.facts, packaging, _day(day) if day else day_of(known.at))
    if as_json:
        print_json(found)
        return
    for line in _lines(found):
        click.echo(line)


def _day(text: str) -> int:
    try:
        return day_from_date(date.fromisoformat(text))
    except ValueError as error:
        raise Failure(f"{text!r} is no day", hint="Write it as 2026-03-31.", exit_code=Exit.USAGE) from error


def _lines(found: AccountMap) -> list[str]:
    lines = [f"{found.name or found.account_id} ({found.account_id}), as of {found.as_of}", ""]
    lines.append("Buying centres" if found.centres else "Buying centres: none is known")
    for centre in found.centres:
        lines += _centre(centre)
    if found.departments:
        lines += ["", "Departments in no buying centre"]
        for department in found.departments:
            lines += _department(department)
    if found.elsewhere:
        lines += ["", "People whose department is not known"]
        lines += [f"    {_named(person)}" for person in found.elsewhere]
    lines += ["", "Open to them" if found.white_space else "Open to them: nothing is known"]
    lines += [f"  - {phrase}" for phrase in found.white_space]
    return lines


def _centre(centre: Centre) -> list[str]:
    where = ", ".join(part for part in (centre.department, centre.region, centre.entity) if part)
    state = [centre.status, "deployed" if centre.deployed else "no deployment"]
    state.append("covered" if centre.covered else "not covered")
    met = f"last met on {centre.last_engaged}" if centre.last_engaged else "nobody met yet"
    lines = [f"  {centre.name}" + (f" ({where})" if where else "") + f": {', '.join(state)}; {met}"]
    lines.append(f"    owner    {_named(centre.owner) if centre.owner else 'not known'}")
    lines.append(f"    path     {centre.path or 'not known'}")
    lines += [f"    problem  {_need(need)}" for need in centre.problems]
    lines += [f"    person   {_named(person)}" for person in centre.people]
    if centre.missing_roles:
        lines.append(f"    missing  {', '.join(role.replace('_', ' ') for role in centre.missing_roles)}")
    return lines


def _department(department: Department) -> list[str]:
    state = "deployed" if department.deployed else "no deployment"
    lines = [f"  {department.name}: {state}{'' if department.served else ', no use case serves it'}"]
    lines += [f"    problem  {_need(need)}" for need in department.problems]
    lines += [f"    person   {_named(person)}" for person in department.people]
    return lines


def _need(need: Need) -> str:
    what = f"{need.use_case}" if need.use_case else "use case not named"
    return f"{need.id} ({what}{'' if need.fits else ', not served'}), since {need.since}"


def _named(person: Person) -> str:
    about = ", ".join(part for part in (person.title or person.seniority, *_roles(person)) if part)
    met = f"last met on {person.last_engaged}" if person.last_engaged else "never met"
    return f"{person.name or person.id} ({about or 'no role known'}), {met}"


def _roles(person: Person) -> list[str]:
    return [role.replace("_", " ") for role in person.roles]
