"""Looking at the source topics while the worker runs: new partitions, and topics created anew."""

from __future__ import annotations

import asyncio
import logging

from streams.door.clock import SourceTopic
from streams.worker.admin import Admin, BrokerUnreachable
from streams.worker.metrics import WorkerMetrics
from streams.worker.topics import Renewal, Topics

_log = logging.getLogger(__name__)


class SourceTopics:
    """Keeps `topics` as the broker has them, and tells the operator what has changed."""

    def __init__(self, brokers: str, topics: Topics, metrics: WorkerMetrics) -> None:
        self._brokers = brokers
        self._topics = topics
        self._metrics = metrics

    async def look(self) -> list[Renewal]:
        """What has changed since the last look; nothing where no broker answers: it is asked again."""
        try:
            found = await asyncio.to_thread(self._ask)
        except BrokerUnreachable as unanswered:
            _log.warning("the source topics are taken to be as they were: %s", unanswered)
            return []
        changed = self._topics.renew(found)
        for renewal in changed:
            self._tell(renewal)
        return changed

    def _ask(self) -> dict[str, SourceTopic]:
        with Admin(self._brokers) as admin:
            return admin.sources(self._topics.prefix)

    def _tell(self, renewal: Renewal) -> None:
        name, before, now = renewal
        if renewal.created_anew:
            tell_created_anew(name, before.topic_id.hex(), now.topic_id.hex(), self._metrics)
        else:
            _log.warning("%s has %s partitions now, it had %s", name, now.partitions, before.partitions)


def tell_created_anew(topic: str, before: str, now: str, metrics: WorkerMetrics) -> None:
    """Say that a source topic is another one than before; `before` and `now` are its ids, hexadecimal."""
    _log.warning(
        "%s was deleted and created anew (topic id %s, before %s): it is read from its beginning, and what it "
        "holds counts as new. What the former topic held and nobody had read is lost; an event published to "
        "both is recognised by its event_id, if it is one of its account's latest.",
        topic,
        now,
        before,
    )
    metrics.recreated.labels(topic).inc()
