"""One run: everything it starts ends with it."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, TypeVar, cast

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from schemas.board import AccountQuadrant
from schemas.growth import ExpansionOpportunity
from schemas.retention import RetentionAlert
from schemas.topics import TOPICS, real_name
from streams.connection import Connection
from streams.demo.outcome import Outcome, compare, last_of_each
from streams.demo.progress import Watched
from streams.demo.telling import Told, tell_to
from streams.devkafka import Broker, resolve_brokers
from streams.publishing import Publisher
from streams.story.history import DEFAULT_ACCOUNTS, DEFAULT_DAYS, DEFAULT_SEED, Story, tell
from streams.subscribing import Output, Reader
from streams.worker.admin import Admin
from streams.worker.process import WorkerProcess

PUBLISHING: Final = "Publishing the story"
PROCESSING: Final = "Detecting"
_LOOK_EVERY_S: Final = 0.5
_PATIENCE_S: Final = 600.0

M = TypeVar("M", bound=Output)


class DemoFailed(Exception):
    """The run did not come to its end; the message says why."""


class Demo:
    """A Kafka, its topics and a worker for the length of the block; `run` tells one story to them.

    The Kafka is the one at `brokers` (or `TWOMOTION_BROKERS`), then under a prefix of its own that is removed
    afterwards; otherwise a fresh local one. With `keep` topics of a Kafka that was there already stay.
    Raises KafkaUnavailable, and WorkerFailed when the worker ends by itself.
    """

    def __init__(
        self,
        watched: Watched,
        *,
        brokers: Connection | None = None,
        keep: bool = False,
        overlays: Sequence[Path] = (),
    ) -> None:
        self._watched = watched
        self._given = brokers
        self._keep = keep
        self._options = [option for overlay in overlays for option in ("--overlay", str(overlay))]
        self._stack = ExitStack()
        self._seconds: dict[str, float] = {}
        self._published = 0.0  # share of the story, 0–1
        self._records = 0  # records on the broker
        self.brokers = Connection("")
        self.prefix = ""
        self.worker: WorkerProcess | None = None

    def __enter__(self) -> Demo:
        with self._stack:
            self._start()
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def _start(self) -> None:
        say = self._watched.say
        with self._timed("kafka"):
            broker = (
                self._stack.enter_context(resolve_brokers(say=say))
                if self._given is None
                else Broker(self._given.bootstrap, "given")
            )
        self.brokers = self._given or Connection(broker.bootstrap)
        if broker.source == "given":
            self.prefix = f"demo-{uuid.uuid4().hex[:6]}-"
            if not self._keep:
                self._stack.callback(_remove_topics, self.brokers, self.prefix)
        with self._timed("topics"):
            say("Creating the topics")
            with Admin(self.brokers) as admin:
                admin.apply(self.prefix)
        say("Starting the worker")
        # The story was long ago: its own events move its time.
        options = ("--clock", "replay", *self._options)
        self.worker = WorkerProcess(self.brokers, self.prefix, options=options)
        self._stack.callback(self.worker.stop)
        self.worker.start()

    def run(
        self, accounts: int = DEFAULT_ACCOUNTS, days: int = DEFAULT_DAYS, seed: int = DEFAULT_SEED
    ) -> Outcome:
        """Tell a story, wait until the worker has worked it off, and read what it said."""
        worker = self.worker
        if worker is None:
            raise DemoFailed("the demo was not started")
        begin = time.monotonic()
        story = tell(accounts, days, seed)
        with self._looking(worker):
            with self._timed("publish"):
                told = asyncio.run(self._publish(story))
            with self._timed("process_after_publishing"):
                worker.wait_ready()
                worker.wait_caught_up(_PATIENCE_S)
        self._seconds["publish_and_process"] = time.monotonic() - begin
        with self._timed("read"):
            self._watched.say("Reading the alerts")
            return asyncio.run(self._read(story, told, accounts, days))

    async def _publish(self, story: Story) -> Told:
        async with Publisher(self.brokers, self.prefix) as publisher:

            def day_told(day: int) -> None:
                self._published = min(1.0, day / story.days)
                self._records = publisher.acknowledged.total()
                self._watched.share(PUBLISHING, self._published)

            told = await tell_to(publisher, story, day_told)
        self._records = told.records
        return told

    async def _read(self, story: Story, told: Told, accounts: int, days: int) -> Outcome:
        retention = cast(
            "dict[str, RetentionAlert]", last_of_each(await self._all("retention-alerts", RetentionAlert))
        )
        growth = cast(
            "dict[str, ExpansionOpportunity]",
            last_of_each(await self._all("expansion-opportunities", ExpansionOpportunity)),
        )
        places = await self._all("account-quadrants", AccountQuadrant)
        return Outcome(
            events=told.events,
            records=told.records,
            retention=retention,
            growth=growth,
            quadrants={place.account.id: place for place in places},
            truth=compare(story.truths, retention, growth, accounts=accounts, days=days),
            seconds=dict(self._seconds),
        )

    async def _all(self, topic: str, model: type[M]) -> list[M]:
        async with Reader(self.brokers, topic, self.prefix) as reader:
            return [said.message for said in await reader.so_far() if isinstance(said.message, model)]

    @contextmanager
    def _timed(self, step: str) -> Iterator[None]:
        begin = time.monotonic()
        yield
        self._seconds[step] = time.monotonic() - begin

    @contextmanager
    def _looking(self, worker: WorkerProcess) -> Iterator[None]:
        """While in the block, show how far the worker is."""
        over = threading.Event()

        def look() -> None:
            while not over.wait(_LOOK_EVERY_S):
                # Until it is ready its folder has no address to ask.
                status = worker.status() if worker.is_ready() else None
                if status is not None and self._records:
                    behind = (status["source_lag"] + status["journal_lag"]) / self._records
                    self._watched.share(PROCESSING, self._published * max(0.0, 1.0 - behind))

        looker = threading.Thread(target=look, name="looking", daemon=True)
        looker.start()
        try:
            yield
        finally:
            over.set()
            looker.join()


def _remove_topics(brokers: Connection, prefix: str) -> None:
    """Leave a Kafka that was there before as it was."""
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    try:
        admin = KafkaAdminClient(**brokers.kafka_python())
    except KafkaError:
        return  # it is gone, and its topics are not ours to worry about
    try:
        there = set(admin.list_topics())
        if mine := [name for topic in TOPICS if (name := real_name(prefix, topic)) in there]:
            admin.delete_topics(mine)
    finally:
        admin.close()
