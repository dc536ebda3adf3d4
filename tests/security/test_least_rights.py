"""A system whose users may do what docs/security.md says works, over TLS; with one right less it says which."""

from __future__ import annotations

import pytest

from streams.connection.rights import Right, Role
from streams.worker.admin import Admin
from streams.worker.checks import NotReady, check_rights
from streams.worker.process import WorkerFailed, wait_caught_up
from streams.worker.settings import settings_from
from tests.security.support import Guarded
from tests.support.secured import password_of

_PREFIX = "P-"


_ROLES: tuple[Role, ...] = ("worker", "door", "engine")
_STARTED: tuple[Right, ...] = (
    Right("topic", f"{_PREFIX}account-state", "Write"),
    Right("group", f"{_PREFIX}twomotion", "Read"),
    Right("transactional-id", f"{_PREFIX}twomotion-", "Write", prefixed=True),
)
"""Tried with a worker that is really started; all others by what it asks before it starts."""


def test_publish_worker_and_subscriber_with_the_least_rights_say_what_the_oracle_says(
    guarded: Guarded,
) -> None:
    for role in ("publisher", "worker", "subscriber"):
        guarded.allow(role)

    guarded.as_user("publisher").publish_story(accounts=6, beats=24)
    with guarded.worker("worker") as worker:
        worker.wait_caught_up(300)
        log = worker.log.read_text()
        worker.stop()
        code = worker.exit_code

    said = guarded.as_user("subscriber").output()
    assert said == guarded.as_admin.oracle()
    assert any(said.values())
    assert code == 0
    assert password_of("worker") not in log


def test_a_door_and_an_engine_with_users_of_their_own_say_what_the_oracle_says(guarded: Guarded) -> None:
    for role in ("publisher", "door", "engine", "subscriber"):
        guarded.allow(role)

    guarded.as_user("publisher").publish_story(accounts=6, beats=24)
    with (
        guarded.worker("door", "--stages", "door") as door,
        guarded.worker("engine", "--stages", "engine") as engine,
    ):
        wait_caught_up([door, engine], 300)

    assert guarded.as_user("subscriber").output() == guarded.as_admin.oracle()


@pytest.mark.parametrize("role", _ROLES)
def test_without_any_one_right_what_is_missing_is_named(guarded: Guarded, role: Role) -> None:
    stages = ("door", "engine") if role == "worker" else (role,)
    connection = guarded.secured.user(role)
    settings = settings_from(
        {}, brokers=str(connection), kafka=connection.security, prefix=guarded.prefix, stages=stages
    )
    wrong = {}
    for right in guarded.allow(role):
        with guarded.taken(role, right), Admin(connection) as admin, pytest.raises(NotReady) as refused:
            check_rights(admin, settings)
        if f"{role} is not allowed on Kafka at {connection}: {right}. To do:" not in str(refused.value):
            wrong[right] = str(refused.value)

    assert not wrong


@pytest.mark.parametrize("right", _STARTED, ids=str)
def test_a_worker_that_may_not_do_one_thing_ends_with_a_sentence(guarded: Guarded, right: Right) -> None:
    taken = right._replace(name=right.name.replace(_PREFIX, guarded.prefix, 1))
    assert taken in guarded.allow("worker", but=[taken])

    worker = guarded.worker("worker")
    worker.start()
    with pytest.raises(WorkerFailed, match="exit code 1"):
        worker.wait_ready(120)

    said = worker.log.read_text()
    assert f"worker is not allowed on Kafka at {guarded.secured.broker.bootstrap}: {taken}. To do:" in said
    assert f"twomotion topics acl --role worker --principal User:worker --prefix {guarded.prefix}" in said
    assert "Traceback" not in said
    assert password_of("worker") not in said
