"""`twomotion topics apply|check|acl`: the topics of the contract on a broker, and who may do what on them."""

from __future__ import annotations

from dataclasses import asdict

import click

from schemas.topics import TOPICS
from streams.cli.brokers import brokers_option
from streams.cli.output import Exit, Failure, json_option, out, print_json
from streams.connection import Connection
from streams.connection.rights import ROLES, Role, as_commands, as_json, as_strimzi, rights_of
from streams.worker.admin import Admin, BrokerUnreachable, Difference, differences

#: Exit code of `check` when a topic is not as the contract says.
DIFFERENT = 4

_prefix = click.option(
    "--prefix", envvar="TWOMOTION_PREFIX", default="", help="In front of every topic name."
)


@click.group()
def topics() -> None:
    """Create the topics, check that they are as the contract says, print the rights that users need."""


@topics.command(
    epilog="""\b
Examples:
  twomotion topics apply --brokers localhost:9092
  twomotion topics apply --brokers kafka-1:9092 --replication-factor 3 --json
"""
)
@brokers_option
@_prefix
@click.option(
    "--replication-factor",
    type=click.IntRange(1),
    help="Of topics that are created; the broker's default without it.",
)
@json_option
def apply(brokers: Connection, prefix: str, replication_factor: int | None, as_json: bool) -> None:
    """Create what is missing and change settings that differ. Nothing is ever deleted."""
    try:
        with Admin(brokers) as admin:
            done = admin.apply(prefix, replication_factor or -1)
            left = differences(admin.describe(prefix))
    except BrokerUnreachable as refused:
        raise Failure(str(refused), exit_code=Exit.NOT_RUNNING) from None
    if as_json:
        print_json({"done": done, "differences": [asdict(each) for each in left]})
    else:
        for line in done or ["All topics are as the contract says."]:
            out().print(line)
        _show(left)
    _leave(left)


@topics.command(
    epilog="""\b
Examples:
  twomotion topics check --brokers localhost:9092
  twomotion topics check --brokers localhost:9092 --prefix demo- --json

Exit code 4 when a topic is missing or different.
"""
)
@brokers_option
@_prefix
@json_option
def check(brokers: Connection, prefix: str, as_json: bool) -> None:
    """Compare partitions, cleanup, timestamps, size limit and retention with the contract."""
    try:
        with Admin(brokers) as admin:
            wrong = differences(admin.describe(prefix))
    except BrokerUnreachable as refused:
        raise Failure(str(refused), exit_code=Exit.NOT_RUNNING) from None
    if as_json:
        print_json({"differences": [asdict(each) for each in wrong]})
    elif wrong:
        _show(wrong)
    else:
        out().print("All topics are as the contract says.")
    _leave(wrong)


@topics.command(
    epilog="""\b
Examples:
  twomotion topics acl --role worker --principal User:twomotion
  twomotion topics acl --role publisher --topic crm-changes --principal User:crm
  twomotion topics acl --role worker --principal User:twomotion --prefix live- --format json
  twomotion topics acl --role engine --principal User:engine --format strimzi | kubectl apply -f -

It asks no broker: what it prints is for whoever may give rights (docs/security.md has the whole table).
"""
)
@click.option(
    "--role", type=click.Choice([each.role for each in ROLES]), required=True, help="What the user does."
)
@click.option(
    "--principal", required=True, metavar="User:NAME", help="Who is to be allowed it, as the broker calls it."
)
@click.option(
    "--topic",
    "only",
    multiple=True,
    type=click.Choice(list(TOPICS)),
    help="Of a publisher or a subscriber: only this topic (several times for several).",
)
@_prefix
@click.option(
    "--format",
    "as_what",
    type=click.Choice(["kafka-acls", "json", "strimzi"]),
    default="kafka-acls",
    show_default=True,
    help="Commands of Kafka's own tool, documents, or a Strimzi KafkaUser.",
)
@click.option(
    "--bootstrap-server", default="localhost:9092", show_default=True, help="Shown in the commands."
)
def acl(
    role: Role, principal: str, only: tuple[str, ...], prefix: str, as_what: str, bootstrap_server: str
) -> None:
    """Print the least rights that a user of a role needs, for the broker's administrator."""
    if only and role not in ("publisher", "subscriber"):
        raise click.UsageError(
            "--topic is for the roles publisher and subscriber: the others need all of theirs."
        )
    if not principal.partition(":")[2]:
        raise click.UsageError("--principal is written as the broker calls it, such as User:twomotion.")
    rights = rights_of(role, prefix, only)
    if not rights:
        raise click.UsageError(f"a {role} has nothing to do with {', '.join(only)}.")
    if as_what == "json":
        print_json(as_json(rights, principal))
    elif as_what == "strimzi":
        click.echo(as_strimzi(rights, principal.partition(":")[2]))
    else:
        click.echo("\n".join(as_commands(rights, principal, bootstrap_server)))


def _show(wrong: list[Difference]) -> None:
    for each in wrong:
        out().print(f"{each} ({each.remedy})")
    if any(each.remedy.startswith("apply") for each in wrong):
        out().print("Run `twomotion topics apply` to put right what it can.")


def _leave(wrong: list[Difference]) -> None:
    if wrong:
        click.get_current_context().exit(DIFFERENT)
