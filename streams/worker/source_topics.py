"""Looking at the source topics while the worker runs: new partitions, and topics created anew."""

from __future__ import annotations

import asyncio
import logging

from aiokafka.errors import KafkaError

from streams.connection import Connection
from streams.door.clock import SourceTopic
from streams.worker.admin import Admin, BrokerUnreachable
from streams.worker.last_said import last_topic_ids
from streams.worker.metrics import WorkerMetrics
from streams.worker.topics import Renewal, Topics

_log = logging.getLogger(__name__)


class SourceTopics:
    """Keeps `topics` as the broker has them, and tells the operator what has changed.

    The first look compares with what the journal says of the topics: it knows them from the doors of before.
    """

    def __init__(self, brokers: Connection, topics: Topics, metrics: WorkerMetrics) -> None:
        self._brokers = brokers
        self._topics = topics
        self._metrics = metrics
        self._looked = False

    async def look(self) -> None:
        """Ask the broker; where none answers, the topics are taken to be as they were, and asked for again."""
        try:
            if not self._looked:
                await self._compare_with_journal()
            for renewal in self._topics.renew(await asyncio.to_thread(self._ask)):
                self._tell(renewal)
        except (BrokerUnreachable, KafkaError) as unanswered:
            _log.warning("the source topics are taken to be as they were: %s", unanswered)

    async def _compare_with_journal(self) -> None:
        before = await last_topic_ids(self._brokers, self._topics.journal)
        self._looked = True
        for name, topic in self._topics.sources.items():
            if before.get(name, topic.topic_id) != topic.topic_id:
                self._tell(Renewal(name, SourceTopic(before[name], topic.partitions), topic))

    def _ask(self) -> dict[str, SourceTopic]:
        with Admin(self._brokers) as admin:
            return admin.sources(self._topics.prefix)

    def _tell(self, renewal: Renewal) -> None:
        name, before, now = renewal
        if not renewal.created_anew:
            _log.warning("%s has %s partitions now, it had %s", name, now.partitions, before.partitions)
            return
        _log.warning(
            "%s was deleted and created anew (topic id %s, before %s): it is read from its beginning, and what it "
            "holds counts as new, except events whose event_id is among the latest of their account. What the "
            "former topic held and nobody had read is lost.",
            name,
            now.topic_id.hex(),
            before.topic_id.hex(),
        )
        self._metrics.recreated.labels(name).inc()
