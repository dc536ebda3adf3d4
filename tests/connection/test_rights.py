"""The rights of each role follow from the contract of the topics."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from schemas.topics import SOURCES, TOPICS, real_name
from streams.cli.main import root
from streams.connection.rights import ROLES, Right, Role, rights_of
from streams.connection.rights_page import PAGE, page


def operations(role: Role, topic: str) -> set[str]:
    return {
        right.operation for right in rights_of(role, "a-") if right[:2] == ("topic", real_name("a-", topic))
    }


@pytest.mark.parametrize("topic", TOPICS)
def test_only_door_and_engine_may_write_what_they_own(topic: str) -> None:
    may_write = {each.role for each in ROLES if "Write" in operations(each.role, topic)}
    owners = TOPICS[topic].producers

    expected = (
        {"worker", *owners}
        if {"door", "engine"} & set(owners)
        else {"operator" if topic == "control" else "publisher"}
    )
    assert may_write == expected


@pytest.mark.parametrize("source", SOURCES)
def test_the_door_alone_reads_what_publishers_say(source: str) -> None:
    may_read = {each.role for each in ROLES if "Read" in operations(each.role, source)}

    assert may_read - ({"operator"} if source == "control" else set()) == {"worker", "door"}


def test_a_worker_has_no_right_over_the_cluster_and_deletes_nothing() -> None:
    for role in ("worker", "door", "engine", "publisher", "subscriber"):
        for right in rights_of(role):
            assert right.resource != "cluster"
            assert right.operation not in ("Create", "Delete", "Alter", "AlterConfigs")


def test_every_name_has_the_prefix() -> None:
    for each in ROLES:
        assert all(
            right.name.startswith("a-") for right in rights_of(each.role, "a-") if right.resource != "cluster"
        )


def test_a_publisher_of_one_topic_gets_that_one() -> None:
    assert rights_of("publisher", "a-", ["crm-changes"]) == [Right("topic", "a-crm-changes", "Write")]


def test_the_page_has_the_table_as_it_is() -> None:
    text = PAGE.read_text(encoding="utf-8")

    assert text == page(text), "python -m streams.connection.rights_page"


def acl(*options: str) -> str:
    done = CliRunner().invoke(root, ["topics", "acl", "--principal", "User:u", *options])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("each", ROLES, ids=lambda each: each.role)
def test_commands_documents_and_manifest_say_the_same(each: object) -> None:
    role = each.role  # type: ignore[attr-defined]
    rights = rights_of(role, "a-")
    commands = acl("--role", role, "--prefix", "a-").splitlines()
    documents = json.loads(acl("--role", role, "--prefix", "a-", "--format", "json"))
    manifest = json.loads(acl("--role", role, "--prefix", "a-", "--format", "strimzi"))

    assert sum(line.count("--operation") for line in commands) == len(set(rights))
    assert sum(len(document["operations"]) for document in documents) == len(set(rights))
    acls = manifest["spec"]["authorization"]["acls"]
    assert sum(len(each["operations"]) for each in acls) == len(set(rights))
    assert len(commands) == len(documents) == len(acls)
    assert all("--allow-principal User:u" in line for line in commands)


@pytest.mark.parametrize(
    "options",
    [
        ("--role", "worker", "--topic", "control"),
        ("--role", "publisher", "--topic", "control"),
        ("--role", "nobody"),
    ],
)
def test_what_makes_no_sense_is_a_wrong_option(options: tuple[str, ...]) -> None:
    assert CliRunner().invoke(root, ["topics", "acl", "--principal", "User:u", *options]).exit_code == 2
    assert (
        CliRunner().invoke(root, ["topics", "acl", "--role", "worker", "--principal", "User:"]).exit_code == 2
    )
