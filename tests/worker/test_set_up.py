"""How Faust and its parts are set up: each value that a wrong one of would be found late, or never."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from types import SimpleNamespace

import mode
import pytest
from aiokafka import TopicPartition
from aiokafka.consumer.subscription_state import Assignment
from faust.types import TP

from schemas.topics import TOPICS
from streams.worker.app import _new_app
from streams.worker.batch_app import BatchApp
from streams.worker.consumer_thread import BatchThread, ask_only_for
from streams.worker.lanes import BATCH_BYTES, REQUEST_BYTES
from streams.worker.settings import WorkerSettings
from streams.worker.topics import OUTPUTS, STATE, Topics
from streams.worker.transport import BatchConsumer


@pytest.fixture
def app() -> BatchApp:
    return _new_app(WorkerSettings(brokers="localhost:9092"))


def test_buffers_count_batches(app: BatchApp) -> None:
    assert app.conf.stream_buffer_maxsize == 4


def test_there_are_no_standby_tables_that_could_be_taken_for_active_ones(app: BatchApp) -> None:
    assert app.conf.table_standby_replicas == 0


def test_what_was_never_read_is_read_from_the_beginning(app: BatchApp) -> None:
    assert app.conf.consumer_auto_offset_reset == "earliest"


def test_a_revocation_does_not_wait_for_what_is_dropped_anyway(app: BatchApp) -> None:
    assert not app.conf.stream_wait_empty


def test_faust_makes_no_topics(app: BatchApp) -> None:
    assert not app.conf.topic_allow_declare
    assert app.conf.topic_disable_leader


def test_a_member_of_the_group_is_asked_often_enough_to_notice_a_rebalance_within_a_second(
    app: BatchApp,
) -> None:
    assert app.conf.broker_heartbeat_interval <= 1.0


def test_a_full_batch_fits_every_topic_and_the_largest_record_fits_a_request() -> None:
    # Room for what a batch adds to its records, and its records' own frames.
    assert all(0.9 * TOPICS[name].max_message_bytes >= BATCH_BYTES for name in (*OUTPUTS, STATE))
    assert max(topic.max_message_bytes for topic in TOPICS.values()) < 0.9 * REQUEST_BYTES


def test_no_active_partition_fetches_nothing() -> None:
    """To the client below an empty set means all partitions."""
    thread = SimpleNamespace(consumer=SimpleNamespace(held=set()))

    assert asyncio.run(BatchThread.getmany(thread, set(), 1.0)) == {}  # type: ignore[arg-type]


@pytest.mark.parametrize("service", [BatchApp, BatchConsumer, BatchThread])
def test_no_service_calls_a_method_of_its_own_start(service: type[mode.Service]) -> None:
    assert not {"start", "stop", "restart", "crash"} & set(vars(service))


def test_a_prefix_with_dots_is_no_part_of_a_topics_name() -> None:
    topics = Topics("eu.prod.", ids={}, counts={})

    assert topics.contract_name(topics.real_name("product-usage")) == "product-usage"
    assert topics.is_source("eu.prod.product-usage")


def test_the_client_asks_only_for_what_is_wanted() -> None:
    tps = [TP(topic, 0) for topic in ("journal", "usage", "state")]

    async def test() -> set[TP]:
        assignment = Assignment([TopicPartition(*tp) for tp in tps])
        assigned = [(client, TP(*client), assignment.state_value(client)) for client in assignment.tps]
        for wanted in (tps[:2], tps, tps[:2], tps[:2]):
            ask_only_for(assigned, wanted)
        return {tp for _, tp, state in assigned if not state.paused}

    assert asyncio.run(test()) == {tps[0], tps[1]}


def test_a_worker_takes_up_no_http_client() -> None:
    seen = "import sys, streams.worker.run as run; print('aiohttp' in sys.modules)"

    told = subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, check=True)

    assert told.stdout == "False\n"
