"""What must be true of the broker and its topics before a worker starts.

A wrong setting found here is a sentence and an exit code; found later it is a worker that sits idle
for ever (a group join that the broker refuses is logged once) or one that is silently wrong.
"""

from __future__ import annotations

import logging
import shlex

from streams.connection.rights import DEAD_LETTERS, of_stages
from streams.worker.admin import Admin, Difference, Forbidden, differences
from streams.worker.settings import WorkerSettings
from streams.worker.topics import JOURNAL, OUTPUTS, SOURCES, STATE, Topics

_log = logging.getLogger(__name__)


class NotReady(RuntimeError):
    """The worker cannot start as things are; the message says what to do."""


def check_broker(admin: Admin, settings: WorkerSettings) -> Topics:
    """The topics as the broker has them; raises NotReady when a worker must not start on them."""
    needed = {JOURNAL, DEAD_LETTERS}
    if "door" in settings.stages:
        needed |= set(SOURCES)
    if "engine" in settings.stages:
        needed |= {STATE, *OUTPUTS}
    check_rights(admin, settings)
    found = admin.describe(settings.prefix, needed)
    wrong = [each for each in differences(found) if each.topic in needed]
    if wrong:
        raise NotReady(_sentence(wrong, settings))
    if STATE in needed and found[JOURNAL].partitions != found[STATE].partitions:
        raise NotReady(
            f"{JOURNAL} has {found[JOURNAL].partitions} partitions and {STATE} {found[STATE].partitions}: "
            "they are one pair and must have the same number, for life"
        )
    _check_session(admin, settings)
    return Topics(
        settings.prefix,
        ids={name: topic.topic_id for name, topic in found.items()},
        counts={name: topic.partitions for name, topic in found.items()},
    )


def check_rights(admin: Admin, settings: WorkerSettings) -> None:
    """Raises NotReady that names what this user is not allowed and has to be."""
    with_transactions = settings.guarantee == "exactly_once"
    missing = admin.missing(of_stages(settings.prefix, settings.stages, with_transactions=with_transactions))
    if not missing:
        return
    role = "worker" if len(set(settings.stages)) > 1 else settings.stages[0]
    option = f" --prefix {settings.prefix}" if settings.prefix else ""
    said = "; ".join(map(str, missing[:5]))
    more = f"; and {len(missing) - 5} more" if len(missing) > 5 else ""
    user = settings.kafka.user
    raise NotReady(
        f"{user} is not allowed on Kafka at {settings.brokers}: {said}{more}. To do: run what "
        f"`twomotion topics acl --role {role} --principal User:{shlex.quote(user)}{option}` prints"
    )


def _check_session(admin: Admin, settings: WorkerSettings) -> None:
    try:
        shortest, longest = admin.session_timeouts_ms()
    except Forbidden:
        # A right over the whole cluster, for one check: not among those that a worker has to have.
        _log.info("the broker's bounds of a session are not known (right: DescribeConfigs on the cluster)")
        return
    session_ms = round(settings.session_timeout_s * 1000)
    if not shortest <= session_ms <= longest:
        raise NotReady(
            f"session_timeout_s is {settings.session_timeout_s}, the broker allows {shortest / 1000} to "
            f"{longest / 1000} (group.min.session.timeout.ms, group.max.session.timeout.ms): "
            "set TWOMOTION_SESSION_TIMEOUT_S within that"
        )


def _sentence(wrong: list[Difference], settings: WorkerSettings) -> str:
    said = "; ".join(str(each) for each in wrong[:5])
    more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
    option = f" --prefix {settings.prefix}" if settings.prefix else ""
    remedies = dict.fromkeys(each.remedy for each in wrong if not each.can_be_applied)
    if any(each.can_be_applied for each in wrong):
        remedies[f"run `twomotion topics apply{option} --brokers {settings.brokers}`"] = None
    return f"{said}{more}. To do: {'; '.join(remedies)}."
