"""What must be true of the broker and its topics before a worker starts.

A wrong setting found here is a sentence and an exit code; found later it is a worker that sits idle
for ever (a group join that the broker refuses is logged once) or one that is silently wrong.
"""

from __future__ import annotations

from streams.worker.admin import Admin, Difference, differences
from streams.worker.settings import WorkerSettings
from streams.worker.topics import JOURNAL, OUTPUTS, SOURCES, STATE, Topics


class NotReady(RuntimeError):
    """The worker cannot start as things are; the message says what to do."""


def check_broker(admin: Admin, settings: WorkerSettings) -> Topics:
    """The topics as the broker has them; raises NotReady when a worker must not start on them."""
    needed = {JOURNAL, STATE, *OUTPUTS}
    if "door" in settings.stages:
        needed |= set(SOURCES)
    found = admin.describe(settings.prefix)
    wrong = [each for each in differences(found) if each.topic in needed]
    if wrong:
        raise NotReady(_sentence(wrong, settings))
    if found[JOURNAL].partitions != found[STATE].partitions:
        raise NotReady(
            f"{JOURNAL} has {found[JOURNAL].partitions} partitions and {STATE} {found[STATE].partitions}: "
            "they are one pair and must have the same number, for life"
        )
    shortest, longest = admin.session_timeouts_ms()
    session_ms = round(settings.session_timeout_s * 1000)
    if not shortest <= session_ms <= longest:
        raise NotReady(
            f"session_timeout_s is {settings.session_timeout_s}, the broker allows {shortest / 1000} to "
            f"{longest / 1000} (group.min.session.timeout.ms, group.max.session.timeout.ms): "
            "set TWOMOTION_SESSION_TIMEOUT_S within that"
        )
    return Topics(
        settings.prefix,
        ids={name: topic.topic_id for name, topic in found.items()},
        counts={name: topic.partitions for name, topic in found.items()},
    )


def _sentence(wrong: list[Difference], settings: WorkerSettings) -> str:
    said = "; ".join(str(each) for each in wrong[:5])
    more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
    option = f" --prefix {settings.prefix}" if settings.prefix else ""
    remedies = dict.fromkeys(each.remedy for each in wrong if not each.can_be_applied)
    if any(each.can_be_applied for each in wrong):
        remedies[f"run `twomotion topics apply{option} --brokers {settings.brokers}`"] = None
    return f"{said}{more}. To do: {'; '.join(remedies)}."
