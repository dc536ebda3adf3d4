"""`twomotion explain`: why a signal is open for an account, and how far each of the others is from it."""

from __future__ import annotations

import asyncio
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import click
import orjson
from pydantic import SecretStr, ValidationError

from streams.assembly import load_system
from streams.cli.brokers import given_brokers_option
from streams.cli.explain_lines import lines_of
from streams.cli.output import Exit, Failure, json_option, print_json
from streams.cli.overlays import overlay_option, reference_option
from streams.cli.prefix import prefix_option
from streams.cli.quiet import quiet_clients
from streams.connection import Connection
from streams.detection.catalog.problems import CatalogError
from streams.detection.system import System
from streams.detection.units import DAY_MS, Millis, millis_of
from streams.lab.explain import Explanation, UnknownAccount, UnknownSignal, explain_history, explain_journal
from streams.lab.lines import CutShort
from streams.subscribing.account_journal import journal_of_account
from streams.subscribing.reader import CannotRead
from streams.worker.bearer import header_of
from streams.worker.secret_settings import secret_from

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_PATIENCE_S = 20.0


@click.command(
    epilog="""\b
Examples:
  twomotion explain acct-00097 --history ./story
  twomotion explain acct-00097 --history ./story --at 2024-11-30 --signal usage-drop
  twomotion explain acct-00097 --from-kafka --json | jq '.signals[] | select(.standing == "open").id'
  twomotion explain acct-00097 --url http://localhost:6066

\b
Exit codes: 0 explained; 1 no history, no such topic, no worker; 2 no such account or signal; 3 no Kafka answers.
"""
)
@click.argument("account")
@click.option(
    "--signal", "signals", metavar="ID", multiple=True, help="Only this signal; several are possible."
)
@click.option(
    "--at",
    "moment",
    metavar="TIME",
    help="As of that time (UTC): 2026-03-31 is the end of that day, 2026-03-31T14:30 that minute.",
)
@click.option("--history", type=_FOLDER, help="Folder with a history (<topic>.jsonl files).")
@click.option("--from-kafka", is_flag=True, help="Read the account's partition of the journal.")
@click.option("--url", metavar="URL", help="Ask a running worker, at the address of its /status.")
@given_brokers_option("the local Kafka, with --from-kafka")
@prefix_option
@overlay_option
@reference_option
@json_option
def explain(
    account: str,
    signals: tuple[str, ...],
    moment: str | None,
    history: Path | None,
    from_kafka: bool,
    url: str | None,
    brokers: Connection | None,
    prefix: str,
    overlays: tuple[Path, ...],
    reference: Path | None,
    as_json: bool,
) -> None:
    """Say why each signal is open for ACCOUNT, or how far it is from opening: reading, line, hold, and what would
    change it."""
    if (history is not None) + from_kafka + (url is not None) != 1:
        raise click.UsageError("say one of --history DIR, --from-kafka and --url URL")
    if url is not None and moment is not None:
        raise click.UsageError("a worker knows the present only; --at goes with --history or --from-kafka")
    at = _moment(moment) if moment else None
    try:
        if url is not None:
            found = _ask(url, account, signals)
        elif history is not None:
            found = explain_history(history, account, _system(reference, overlays), at, signals)
        else:
            found = _from_kafka(account, _system(reference, overlays), at, signals, brokers, prefix)
    except FileNotFoundError as error:
        raise Failure(str(error), hint="`twomotion story` writes a history to try it with.") from error
    except (CutShort, OSError) as error:
        raise Failure(f"the history cannot be read: {error}") from error
    except UnknownAccount as error:
        known = "is not known" if at is None else f"is not known by {moment}"
        raise Failure(
            f"the account {account!r} {known}",
            hint="Account ids are those of the events' `account_id`.",
            exit_code=Exit.USAGE,
        ) from error
    except UnknownSignal as error:
        raise Failure(
            f"there is no signal {error}", hint="`twomotion signals list` names them.", exit_code=Exit.USAGE
        ) from error
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    for line in lines_of(found, whole=bool(signals)):
        click.echo(line)


def _system(reference: Path | None, overlays: tuple[Path, ...]) -> System:
    try:
        return load_system(reference_dir=reference, overlays=overlays)
    except CatalogError as error:
        raise Failure(
            f"the catalogs are refused: {error.problems[0]}", hint="twomotion signals lint"
        ) from error


def _moment(text: str) -> Millis:
    try:
        if len(text) == len("2026-03-31"):
            midnight = datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
            return millis_of(midnight) + DAY_MS
        found = datetime.fromisoformat(text)
        return millis_of(found if found.tzinfo else found.replace(tzinfo=UTC))
    except ValueError as error:
        hint = "Write it as 2026-03-31 or 2026-03-31T14:30."
        raise Failure(f"{text!r} is no time", hint=hint, exit_code=Exit.USAGE) from error


def _from_kafka(
    account: str,
    system: System,
    at: Millis | None,
    signals: tuple[str, ...],
    brokers: Connection | None,
    prefix: str,
) -> Explanation:
    from streams.devkafka import find_brokers

    quiet_clients()
    try:
        kept = asyncio.run(
            journal_of_account(brokers or Connection(find_brokers()), account.encode(), prefix)
        )
    except CannotRead as problem:
        code = Exit.NOT_RUNNING if problem.unreachable else Exit.FAILED
        raise Failure(problem.message, hint=problem.hint, exit_code=code) from problem
    found = explain_journal(kept.records, account, system, at, signals)
    if kept.begins_at:
        note = f"the journal is kept from offset {kept.begins_at} on: what was known before is not in this"
        found = found.model_copy(update={"notes": (*found.notes, note)})
    return found


def _token() -> SecretStr | None:
    token = secret_from(os.environ, "TWOMOTION_HTTP_TOKEN")
    return SecretStr(token) if token is not None else None


def _ask(url: str, account: str, signals: tuple[str, ...]) -> Explanation:
    query = urllib.parse.urlencode([("signal", name) for name in signals])
    where = f"{url.rstrip('/')}/accounts/{urllib.parse.quote(account, safe='')}/explain?{query}"
    if not where.startswith(("http://", "https://")):
        raise Failure(f"{url!r} is no address", hint="http://host:port", exit_code=Exit.USAGE)
    try:
        asked = urllib.request.Request(where, headers=dict(header_of(_token())))
        with urllib.request.urlopen(asked, timeout=_PATIENCE_S) as answer:
            return Explanation.model_validate_json(answer.read())
    except urllib.error.HTTPError as refused:
        raise _refusal(refused, account, url) from refused
    except (OSError, TimeoutError) as failed:
        raise Failure(
            f"no worker answers at {url}: {failed}",
            hint="The address is that of its /status; several workers each know their own partitions.",
        ) from failed
    except ValidationError as wrong:
        raise Failure(f"the worker at {url} is of another version") from wrong


def _refusal(refused: urllib.error.HTTPError, account: str, url: str) -> Exception:
    problems: dict[str, Callable[[str], Exception]] = {
        "unknown account": UnknownAccount,
        "unknown signal": UnknownSignal,
    }
    try:
        said = orjson.loads(refused.read())
        kind, what = str(said["error"]), str(said["what"])
    except (ValueError, KeyError, TypeError):
        return Failure(f"the worker at {url} has no explanations: {refused}", hint="Is it of this release?")
    if kind in problems:
        return problems[kind](what)
    return Failure(f"{kind}: {what}", hint=f"Ask the worker whose partition holds {account}.")
