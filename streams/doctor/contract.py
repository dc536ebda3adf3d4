"""The topics and their settings against the contract, and what this user may do on them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from schemas.topics import TOPICS
from streams.connection.rights import of_stages
from streams.doctor.finding import Finding, count, fail, ok, warn
from streams.doctor.sight import Sight
from streams.worker.admin import Forbidden, differences
from streams.worker.topics import JOURNAL, STATE


def check(sight: Sight) -> Iterator[Finding]:
    yield from _topics(sight)
    yield from _pair(sight)
    yield from _session(sight)


def check_rights(sight: Sight) -> Iterator[Finding]:
    """What this user may not do and a worker with these settings has to."""
    settings = sight.settings
    wanted = of_stages(
        settings.prefix, settings.stages, with_transactions=settings.guarantee == "exactly_once"
    )
    missing = sight.admin.missing(wanted)
    if not missing:
        yield ok("rights", f"{settings.kafka.user} has all {len(wanted)} rights of a worker")
        return
    role = "worker" if len(set(settings.stages)) > 1 else settings.stages[0]
    option = f" --prefix {settings.prefix}" if settings.prefix else ""
    todo = (
        f"run what `twomotion topics acl --role {role} --principal User:{shlex.quote(settings.kafka.user)}{option}` "
        "prints"
    )
    for right in missing:
        yield fail("rights", f"{settings.kafka.user} is not allowed {right}", todo)


def _topics(sight: Sight) -> Iterator[Finding]:
    wrong = differences(sight.found)
    prefix = f" --prefix {sight.settings.prefix}" if sight.settings.prefix else ""
    for each in wrong:
        todo = f"twomotion topics apply{prefix}" if each.can_be_applied else each.remedy
        yield fail("topics", str(each), todo)
    if not wrong:
        more = sum(there.partitions > TOPICS[name].partitions for name, there in sight.found.items())
        grown = f"; {count(more, 'topic')} with more partitions than it begins with" if more else ""
        yield ok("topics", f"all {len(TOPICS)} are as the contract says{grown}")


def _pair(sight: Sight) -> Iterator[Finding]:
    journal, state = sight.found[JOURNAL], sight.found[STATE]
    if journal.exists and state.exists and journal.partitions != state.partitions:
        yield fail(
            "topics",
            f"{JOURNAL} has {journal.partitions} partitions and {STATE} {state.partitions}: they are one pair",
            "nothing runs on them; see docs/operations.md, more partitions for the journal",
        )


def _session(sight: Sight) -> Iterator[Finding]:
    try:
        shortest, longest = sight.admin.session_timeouts_ms()
    except Forbidden:
        yield warn(
            "session",
            "the broker does not show its bounds of a session",
            "allow DescribeConfigs on the cluster to have them checked",
        )
        return
    mine = round(sight.settings.session_timeout_s * 1000)
    if shortest <= mine <= longest:
        yield ok("session", f"{mine / 1000:g} s, within what the broker allows")
    else:
        yield fail(
            "session",
            f"session_timeout_s is {mine / 1000:g}, the broker allows {shortest / 1000:g} to {longest / 1000:g}",
            "set TWOMOTION_SESSION_TIMEOUT_S within that",
        )
