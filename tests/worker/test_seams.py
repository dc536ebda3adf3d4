"""Faust and aiokafka are still what the worker was written against, below their public surface too."""

from __future__ import annotations

import importlib
from importlib.metadata import version

import aiokafka.producer.sender
import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.consumer.subscription_state import TopicPartitionState
from aiokafka.producer.message_accumulator import BatchBuilder
from faust.tables.base import Collection
from faust.transport.consumer import Consumer
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread

from streams.worker.consumer_thread import BatchThread
from streams.worker.table import StateTable
from streams.worker.transport import BatchConsumer
from tests.worker.seams import SEAMS, VERSIONS, Seam, digest_of


@pytest.mark.parametrize("package", VERSIONS)
def test_the_version_is_the_one_whose_private_parts_were_read(package: str) -> None:
    assert version(package) == VERSIONS[package], (
        f"{package} is {version(package)}, the worker was written against {VERSIONS[package]}: see which seams "
        "fail beside this test, read what changed in them, then raise the version in tests/worker/seams.py"
    )


@pytest.mark.parametrize("seam", SEAMS, ids=lambda seam: seam.name.partition(":")[2])
def test_a_private_part_is_as_it_was_read(seam: Seam) -> None:
    try:
        found = digest_of(seam.name)
    except (AttributeError, ImportError):
        pytest.fail(f"{seam.name} is gone. The worker leans on it: {seam.why}")
    assert found == seam.digest, (
        f"{seam.name} has changed. The worker leans on it: {seam.why}. Read it, mend the worker where needed, "
        "then renew the digest (python -m tests.worker.seams)"
    )


OVERRIDES = (
    (BatchConsumer, Consumer, "getmany resume_partitions pause_partitions perform_seek commit _new_offset"),
    (BatchConsumer, Consumer, "on_buffer_full on_buffer_drop _add_gap _commit"),
    (
        BatchThread,
        AIOKafkaConsumerThread,
        "_create_worker_consumer highwater _seek_wait getmany _fetch_records",
    ),
    (BatchThread, AIOKafkaConsumerThread, "_commit"),
    (StateTable, Collection, "persisted_offset apply_changelog_batch on_rebalance"),
)


@pytest.mark.parametrize(("ours", "theirs", "names"), OVERRIDES)
def test_what_is_overridden_is_there_to_be_overridden(ours: type, theirs: type, names: str) -> None:
    for name in names.split():
        assert name in vars(ours), f"{ours.__name__}.{name} is no override any more"
        assert hasattr(theirs, name), f"{theirs.__name__}.{name} is gone: the override is called by nobody"


def test_the_wait_between_transactions_is_short() -> None:
    importlib.import_module("streams.worker.exactly_once")

    assert aiokafka.producer.sender.BACKOFF_OVERRIDE == 0.003
    used = aiokafka.producer.sender.AddPartitionsToTxnHandler.handle_response.__code__.co_names
    assert "BACKOFF_OVERRIDE" in used


@pytest.mark.parametrize("name", ["_fetch_max_wait_ms", "_fetch_max_bytes"])
def test_the_bounds_of_a_fetch_can_be_set_before_the_start(name: str) -> None:
    for where in (AIOKafkaConsumer.__init__, AIOKafkaConsumer.start):
        assert name in where.__code__.co_names


def test_a_partitions_state_says_position_and_stable_end() -> None:
    for name in ("position", "has_valid_position"):
        assert isinstance(getattr(TopicPartitionState, name, None), property), name
    assert "lso" in TopicPartitionState.__init__.__code__.co_names


def test_a_batch_takes_its_first_record_whatever_its_size_and_none_when_closed() -> None:
    batch = BatchBuilder(1_000, 0, is_transactional=1)

    assert batch.append(timestamp=None, key=b"k", value=b"v" * 5_000) is not None
    assert batch.append(timestamp=None, key=b"k", value=b"v" * 5_000) is None
    assert batch.record_count() == 1
    assert batch.closed()
